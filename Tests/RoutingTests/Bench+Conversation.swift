import Primitives
import Routing
import Testing

extension Bench<ConversationState> {
    /// `c1`, created for `sales`, waiting.
    static func conversation(wrapUpDue: Bool = false) -> Bench<ConversationState> {
        var bench = Bench("c1")
        bench.give(
            .create(
                NewConversation(
                    queue: sales, media: .voice, priority: 3, skills: [SkillRequest(skill: "english")],
                    wrapUpCodes: ["sold", "lost"], defaultWrapUpCode: "lost", wrapUpDue: wrapUpDue)))
        return bench
    }

    @discardableResult
    mutating func connected(
        _ number: UInt32 = 1, attempt: UInt32 = 1, agent: AgentID = ann, attempts: [FinishedAttempt] = []
    ) -> Said<ConversationState> {
        give(.connected(Ticket("c1", number), agent: agent, attempt: attempt, offered: now, attempts: attempts))
    }

    /// The queue's word that the ticket is over.
    @discardableResult
    mutating func withdrawn(
        _ number: UInt32 = 1, wasConnected: Bool = false, lost: Bool = false, attempts: [FinishedAttempt] = []
    ) -> Said<ConversationState> {
        give(.withdrawn(Ticket("c1", number), wasConnected: wasConnected, lost: lost, attempts: attempts))
    }

    func attempt(_ number: UInt32, _ outcome: FinishedAttempt.Outcome, by agent: AgentID = ann) -> FinishedAttempt {
        FinishedAttempt(
            attempt: number, agent: agent, offered: now, connected: outcome == .completed ? now : nil, ended: now,
            outcome: outcome)
    }

    var view: ConversationView? {
        var copy = self
        if case .view(let view) = copy.give(.view).reply { return view }
        return nil
    }
}

extension Said<ConversationState> {
    /// The ticket that enters a line, with its queue.
    var enqueued: (queue: String, entry: Enqueue)? {
        for word in toQueues {
            if case .enqueue(let entry) = word.command { return (word.key, entry) }
        }
        return nil
    }

    var withdrawals: [To<QueueCommand>] {
        toQueues.filter { word in
            if case .withdraw = word.command { true } else { false }
        }
    }
}
