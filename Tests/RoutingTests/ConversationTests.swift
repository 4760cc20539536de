import Primitives
import Routing
import Testing

/// The conversation's rules of offer-protocol section 2, and its rows of docs/models/recovery.md.
@Suite struct ConversationTests {
    private typealias Word = To<QueueCommand>
    private let help = QueueID("help")

    @Test func `create issues ticket 1 in its line`() {
        var conversation = Bench<ConversationState>("c1")
        let work = NewConversation(queue: sales, media: .chat, priority: 2, skills: [SkillRequest(skill: "x")])
        let said = conversation.give(.create(work))
        #expect(
            said.toQueues == [
                Word(
                    "sales",
                    .enqueue(
                        Enqueue(ticket: Ticket("c1"), media: .chat, priority: 2, skills: [SkillRequest(skill: "x")])))
            ])
        guard case .created(let view, let isNew) = said.reply else {
            Issue.record("\(said.reply)")
            return
        }
        #expect(isNew)
        #expect(view == conversation.view)
    }

    @Test func `create again answers with the first and issues nothing`() {
        var conversation = Bench.conversation()
        let view = conversation.view
        let said = conversation.give(.create(NewConversation(queue: help, media: .email)))
        #expect(said.saysNothing)
        guard case .created(let again, let isNew) = said.reply else {
            Issue.record("\(said.reply)")
            return
        }
        #expect(!isNew)
        #expect(again == view)
    }

    @Test func `a claimed key changes nothing, whether the conversation exists or not`() {
        for var conversation in [Bench<ConversationState>("c9"), Bench.conversation()] {
            let before = conversation.state
            let said = conversation.give(.claimKey)
            #expect(said.reply == .done && said.saysNothing)
            #expect(conversation.state == before)
        }
    }

    @Test func `an unknown conversation knows nothing`() {
        var conversation = Bench<ConversationState>("c9")
        for command in [ConversationCommand.view, .end(by: nil), .abandon, .move(help)] {
            let said = conversation.give(command)
            #expect(said.reply == .unknown && said.saysNothing)
        }
    }

    @Test func `a move while nobody is connected withdraws as move, and n+1 enters the new line after withdrawn`() {
        var conversation = Bench.conversation()
        let moved = conversation.give(.move(help))
        #expect(moved.reply == .done)
        #expect(moved.toQueues == [Word("sales", .withdraw(Ticket("c1"), .move))])
        let said = conversation.withdrawn()
        #expect(said.enqueued?.queue == "help")
        #expect(said.enqueued?.entry.ticket == Ticket("c1", 2))
        #expect(said.enqueued?.entry.priority == 3)
        #expect(said.enqueued?.entry.skills == [SkillRequest(skill: "english")])
        #expect(conversation.state.line == help)
    }

    @Test func `a move by an owner is a transfer, and the agent is told at once`() {
        var conversation = Bench.conversation()
        conversation.connected()
        let said = conversation.give(.move(help))
        #expect(said.withdrawals == [Word("sales", .withdraw(Ticket("c1"), .transfer))])
        #expect(said.toAgents == [To("ann", .over(Ticket("c1")))])
        let next = conversation.withdrawn(wasConnected: true, attempts: [conversation.attempt(1, .completed)])
        #expect(next.enqueued?.queue == "help")
        #expect(conversation.state.owner == nil)
    }

    @Test func `a second move during a pending one is refused`() {
        var conversation = Bench.conversation()
        conversation.give(.move(help))
        let said = conversation.give(.move(QueueID("third")))
        #expect(said.saysNothing)
        #expect(said.reply != .done)
    }

    @Test func `a move that is too late has failed and can be followed by another withdrawal`() {
        var conversation = Bench.conversation()
        conversation.give(.move(help))
        conversation.connected()
        #expect(conversation.give(.tooLate(Ticket("c1"))).toQueues.isEmpty)
        #expect(conversation.state.owner?.agent == ann)
        #expect(!conversation.state.isLeaving)
        #expect(conversation.give(.end(by: nil)).withdrawals == [Word("sales", .withdraw(Ticket("c1"), .end))])
    }

    @Test func `an end during a pending move is only noted, and follows when the move is too late`() {
        var conversation = Bench.conversation()
        conversation.give(.move(help))
        #expect(conversation.give(.end(by: nil)).toQueues.isEmpty)
        conversation.connected()
        let said = conversation.give(.tooLate(Ticket("c1")))
        #expect(said.withdrawals == [Word("sales", .withdraw(Ticket("c1"), .end))])
        conversation.withdrawn(wasConnected: true)
        #expect(conversation.view?.endReason == .completed)
    }

    @Test func `an end during a pending move ends when the move succeeds`() {
        var conversation = Bench.conversation()
        conversation.give(.move(help))
        conversation.give(.abandon)
        let said = conversation.withdrawn()
        #expect(said.toQueues.isEmpty)
        #expect(conversation.view?.endReason == .abandoned)
    }

    @Test func `an end twice withdraws once`() {
        var conversation = Bench.conversation()
        #expect(conversation.give(.abandon).withdrawals == [Word("sales", .withdraw(Ticket("c1"), .end))])
        #expect(conversation.give(.end(by: nil)).toQueues.isEmpty)
        #expect(conversation.give(.abandon).toQueues.isEmpty)
    }

    @Test func `connected names the owner`() {
        var conversation = Bench.conversation()
        conversation.connected(attempt: 4)
        #expect(conversation.view?.owner == ann)
        #expect(conversation.view?.segments.map(\.id) == [SegmentID(Ticket("c1"), attempt: 4)])
        #expect(conversation.view?.segments.map(\.state) == [.connected])
    }

    @Test func `words about another ticket are ignored`() {
        var conversation = Bench.conversation()
        conversation.give(.move(help))
        conversation.withdrawn()
        let before = conversation.state
        conversation.connected(1)
        conversation.withdrawn(1)
        conversation.withdrawn(3)
        conversation.give(.tooLate(Ticket("c1")))
        #expect(conversation.state == before)
    }

    @Test(arguments: [
        (true, true, EndReason.completed), (false, true, .completed), (true, false, .abandoned),
        (false, false, .cancelled),
    ])
    func `the end reason is completed if it was connected, else by who asked`(
        _ byCustomer: Bool, _ wasConnected: Bool, _ reason: EndReason
    ) {
        var conversation = Bench.conversation()
        conversation.give(byCustomer ? .abandon : .end(by: nil))
        conversation.withdrawn(wasConnected: wasConnected)
        #expect(conversation.view?.endReason == reason)
        #expect(conversation.view?.ended == conversation.now)
        #expect(conversation.view?.owner == nil)
    }

    @Test func `an ended conversation stays ended`() {
        var conversation = Bench.conversation()
        conversation.give(.abandon)
        conversation.withdrawn()
        let before = conversation.state
        for command in [ConversationCommand.end(by: nil), .abandon, .move(help)] {
            let said = conversation.give(command)
            #expect(said.reply == .alreadyEnded && said.saysNothing)
        }
        conversation.connected()
        conversation.withdrawn(wasConnected: true)
        conversation.give(.recovered(sales.entity.shard(of: Bench<ConversationState>.shardCount)))
        #expect(conversation.state == before)
    }

    @Test func `an abandon after the connection is refused`() {
        var conversation = Bench.conversation()
        conversation.connected()
        let said = conversation.give(.abandon)
        #expect(said.reply == .alreadyConnected && said.saysNothing)
    }

    @Test func `only the owner ends as an agent`() {
        var conversation = Bench.conversation()
        conversation.connected()
        let other = conversation.give(.end(by: ben))
        #expect(other.reply == .notOwner && other.saysNothing)
        let said = conversation.give(.end(by: ann))
        #expect(said.reply == .done)
        #expect(said.withdrawals == [Word("sales", .withdraw(Ticket("c1"), .end))])
    }

    @Test func `attempts that came to nothing are segments as soon as somebody is connected`() {
        var bench = Bench.conversation()
        let declined = bench.attempt(1, .declined, by: AgentID("ben"))
        bench.connected(attempt: 2, attempts: [declined])
        #expect(bench.view?.segments.map(\.state) == [.declined, .connected])
        bench.give(.end(by: nil))
        bench.withdrawn(wasConnected: true, attempts: [declined, bench.attempt(2, .completed)])
        #expect(bench.view?.segments.map(\.state) == [.declined, .completed])
    }

    @Test func `finished attempts become segments`() {
        var conversation = Bench.conversation(wrapUpDue: true)
        conversation.connected(attempt: 3)
        conversation.give(.end(by: ann))
        conversation.withdrawn(
            wasConnected: true,
            attempts: [
                conversation.attempt(1, .unanswered, by: ben), conversation.attempt(2, .declined, by: ben),
                conversation.attempt(3, .completed),
            ])
        let segments = conversation.view?.segments ?? []
        #expect(
            Dictionary(segments.map { ($0.id.attempt, $0.state) }) { $1 } == [
                1: .unanswered, 2: .declined, 3: .wrapUp,
            ])
    }

    @Test func `a code is taken from the agent of the segment once the contact is over, and frees the agent`() {
        var conversation = Bench.conversation(wrapUpDue: true)
        conversation.connected()
        let segment = SegmentID(Ticket("c1"), attempt: 1)
        func code(_ code: String, _ agent: AgentID?) -> Said<ConversationState> {
            conversation.give(.wrapUp(segment, code: code, notes: "", by: agent))
        }
        #expect(code("sold", ann).reply == .segmentOpen)
        conversation.give(.end(by: ann))
        conversation.withdrawn(wasConnected: true, attempts: [conversation.attempt(1, .completed)])
        #expect(code("sold", ben).reply == .notOwner)
        #expect(code("other", ann).reply == .unknownCode)
        let said = code("sold", ann)
        #expect(said.reply == .done)
        #expect(said.toAgents == [To("ann", .wrappedUp(Ticket("c1"), attempt: 1))])
        #expect(conversation.view?.segments.first?.code == "sold")
        #expect(conversation.view?.segments.first?.state == .completed)
    }

    @Test func `the default code is set when time runs out, and never replaces a given one`() {
        var conversation = Bench.conversation(wrapUpDue: true)
        conversation.connected()
        conversation.give(.end(by: ann))
        conversation.withdrawn(wasConnected: true, attempts: [conversation.attempt(1, .completed)])
        var other = conversation
        conversation.give(.wrapUpTimedOut(Ticket("c1"), attempt: 1))
        #expect(conversation.view?.segments.first?.code == "lost")
        #expect(conversation.view?.segments.first?.codeByDefault == true)
        other.give(.wrapUp(SegmentID(Ticket("c1"), attempt: 1), code: "sold", notes: "", by: ann))
        other.give(.wrapUpTimedOut(Ticket("c1"), attempt: 1))
        #expect(other.view?.segments.first?.code == "sold")
    }

    // MARK: recovery

    private var shard: ShardID { sales.entity.shard(of: Bench<ConversationState>.shardCount) }

    @Test func `the recovery of the line's queue issues n+1 in the same line`() {
        for isConnected in [false, true] {
            var conversation = Bench.conversation()
            if isConnected { conversation.connected() }
            let said = conversation.give(.recovered(shard))
            #expect(said.enqueued?.queue == "sales")
            #expect(said.enqueued?.entry.ticket == Ticket("c1", 2))
            #expect(conversation.state.owner == nil)
        }
    }

    @Test func `a lost ticket is issued again in the same line`() {
        var conversation = Bench.conversation()
        conversation.connected()
        let said = conversation.withdrawn(wasConnected: true, lost: true)
        #expect(said.enqueued?.queue == "sales")
        #expect(said.enqueued?.entry.ticket == Ticket("c1", 2))
    }

    @Test func `the recovery during a pending move leads to the target`() {
        var conversation = Bench.conversation()
        conversation.give(.move(help))
        #expect(conversation.give(.recovered(shard)).enqueued?.queue == "help")
        #expect(!conversation.state.isLeaving)
    }

    @Test func `the recovery ends what was to end`() {
        var conversation = Bench.conversation()
        conversation.give(.abandon)
        #expect(conversation.give(.recovered(shard)).toQueues.isEmpty)
        #expect(conversation.view?.endReason == .abandoned)
    }

    @Test func `the recovery of another shard changes nothing`() {
        var conversation = Bench.conversation()
        #expect(conversation.give(.recovered(ShardID((shard.number + 1) % 64))).saysNothing)
    }
}
