import Primitives
import Routing

/// A state with the name that it has in the golden bytes.
struct NamedState<E: Entity & Equatable> {
    let name: String
    let key: String
    let state: E

    /// The state that these events leave behind, a second apart.
    init(_ name: String, key: String, _ events: [E.Event]) {
        self.name = name
        self.key = key
        var state = E(key: key)
        for (index, event) in events.enumerated() { state.apply(event, at: Samples.time + .seconds(Int64(index))) }
        self.state = state
    }
}

extension Samples {
    private static func enqueued(_ key: String, _ sequence: UInt64, priority: Int32 = 0) -> QueueEvent {
        let entry = Enqueue(
            ticket: Ticket(key, 2), media: .chat, priority: priority,
            skills: [SkillRequest(skill: "english", minimum: 20)])
        return .enqueued(entry, waitingSince: time + .milliseconds(Int64(sequence)), sequence: sequence)
    }

    private static func held(_ key: String, _ agent: AgentID, _ attempt: UInt32) -> QueueEvent {
        .held(
            ConversationID(key), agent, attempt: attempt, nonce: .max - UInt64(attempt), answerBy: time + .seconds(60))
    }

    static var queueStates: [NamedState<QueueState>] {
        [
            NamedState("empty", key: "sales", []),
            NamedState(
                "with a ticket in each state", key: "sales",
                [
                    .configured(queueSettings),
                    enqueued("declined", 1, priority: 5), held("declined", ann, 1),
                    .returned(ConversationID("declined"), .declined, excludedUntil: time + .seconds(90)),
                    held("declined", ben, 2), .alerting(ConversationID("declined"), until: time + .seconds(70)),
                    .returned(ConversationID("declined"), .declined, excludedUntil: time + .seconds(80)),
                    enqueued("new", 2, priority: -1), enqueued("held", 3), held("held", ann, 1),
                    enqueued("rings", 4), held("rings", ben, 1),
                    .alerting(ConversationID("rings"), until: time + .seconds(65)),
                    enqueued("taken", 300), held("taken", ann, 1), .connected(ConversationID("taken")),
                ]),
        ]
    }

    private static func work(_ key: String, _ after: AfterContactWork) -> OfferedWork {
        var work = work
        work.ticket = Ticket(key)
        work.afterContactWork = after
        return work
    }

    /// One slot in each state, the timed and the untimed after-contact work among them.
    static var agentStates: [NamedState<AgentState>] {
        let inHand = [
            work("rings", .none), work("taken", .optional), work("timed", .mandatoryTimed(.seconds(9))),
            work("untimed", .mandatory),
        ]
        var events: [AgentEvent] = [
            .configured(agentSettings), .presenceChanged(.available, onQueue: true), .awarded(bid, reservation: 200),
        ]
        events += inHand.map { .reserved($0, replacing: nil) }
        events += inHand.dropFirst().map { .connected($0.ticket, attempt: $0.attempt) }
        events += wrapUps(of: Array(inHand.suffix(2)))
        return [
            NamedState("empty", key: "ann", []),
            NamedState("with a slot in each state", key: "ann", events),
            NamedState(
                "not responding", key: "ann",
                [
                    .configured(agentSettings), .presenceChanged(.available, onQueue: true),
                    .reserved(work, replacing: nil), .freed(work.ticket, attempt: work.attempt, .rona, wrapUp: nil),
                ]),
        ]
    }

    /// Only an agent's decision makes after-contact work.
    private static func wrapUps(of work: [OfferedWork]) -> [AgentEvent] {
        work.flatMap { work in
            var agent = Bench.agent()
            agent.connected(work)
            return agent.give(.free(work.ticket, attempt: work.attempt, .end)).events
        }
    }

    private static let second = Ticket("c1", 2)
    private static let firstTurn: [ConversationEvent] = [
        .created(conversation), .ticketIssued(1, sales),
        .connected(ticket, agent: ann, attempt: 3, offered: time + .seconds(1), attempts: []),
        .withdrawalAsked(.transfer, QueueID("support")), .withdrawn(ticket, attempts: [attempt]),
        .ticketIssued(2, QueueID("support")),
    ]
    private static let declined = FinishedAttempt(
        attempt: 1, agent: ann, offered: time, connected: nil, ended: time + .microseconds(5), outcome: .declined)

    static var conversationStates: [NamedState<ConversationState>] {
        let connected: [ConversationEvent] = [
            .connected(second, agent: ben, attempt: 2, offered: time + .seconds(6), attempts: [declined]),
            .wrapUpSet(segment, code: "sold", notes: "n", byDefault: false),
        ]
        return [
            NamedState("empty", key: "c1", []),
            NamedState("waiting", key: "c1", [.created(conversation), .ticketIssued(1, sales)]),
            NamedState(
                "moving and wished to end", key: "c1",
                firstTurn + [.withdrawalAsked(.move, sales), .endWished(.abandoned)]),
            NamedState("withdrawn", key: "c1", Array(firstTurn.dropLast()).map(asMove)),
            NamedState("transferred and connected", key: "c1", firstTurn + connected),
            NamedState(
                "ended", key: "c1",
                firstTurn + connected + [
                    .endWished(.completed), .withdrawalAsked(.end, nil), .withdrawn(second, attempts: []),
                    .ended(.completed),
                    .wrapUpSet(SegmentID(second, attempt: 2), code: nil, notes: "", byDefault: true),
                ]),
        ]
    }

    private static func asMove(_ event: ConversationEvent) -> ConversationEvent {
        if case .withdrawalAsked(_, let queue) = event { .withdrawalAsked(.move, queue) } else { event }
    }

    static var centreStates: [NamedState<CentreState>] {
        let support = QueueID("support")
        let whats: [CentreChange.What] = [
            changes[0], .skill("orders", SkillDocument(name: "Orders", isLanguage: false)), .agent(ann, agentSettings),
            .agent(ben, agentSettings), .queue(sales, queueSettings), .queue(support, queueSettings),
            .members(sales, [ann, ben]), .members(support, [ben]), .skill("orders", nil), .agent(ben, nil),
            .queue(support, nil),
        ]
        let events = whats.enumerated().map { CentreChange(version: 120 + UInt64($0.offset), what: $0.element) }
        return [
            NamedState("empty", key: CentreState.key, []),
            NamedState("with documents and removals", key: CentreState.key, events),
        ]
    }
}
