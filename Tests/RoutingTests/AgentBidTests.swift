import Primitives
import Routing
import Testing

/// Several bids in hand: what they keep away, and how long (offer-protocol sections 2 and 6).
@Suite struct AgentBidTests {
    private typealias Word = To<QueueCommand>

    @Test func `reserve below what a queue has behind its award is refused`() throws {
        var agent = Bench.agent(maximum: PerMedia { $0 == .chat ? 2 : 0 }, queues: [sales, QueueID("help")])
        let bids = ["c0", "c1"].map { agent.bid($0, queue: "help", media: .chat, place: 1) }
        agent.give(.bids(bids))
        #expect(agent.passTime().awards.map(\.ticket) == [Ticket("c0")])
        let said = agent.give(.reserve(agent.work("c9", media: .chat, place: 9)))
        #expect(said.refusals == [Ticket("c9")])
        #expect(said.awards.map(\.ticket) == [Ticket("c1")])
        #expect(agent.state.slots.map(\.ticket) == [Ticket("c0"), Ticket("c1")])
    }

    @Test func `a window that is closed by a push forgets no other claim`() throws {
        var agent = Bench.agent(maximum: PerMedia { $0 == .chat ? 2 : 0 }, queues: [sales, QueueID("help")])
        agent.give(.bids(["c0", "c1"].map { agent.bid($0, queue: "help", media: .chat, place: 1) }))
        let first = agent.give(.reserve(agent.work("c8", queue: "q8", media: .chat, place: 8)))
        #expect(first.refusals == [Ticket("c8")] && first.awards.map(\.ticket) == [Ticket("c0")])
        let second = agent.give(.reserve(agent.work("c9", queue: "q9", media: .chat, place: 9)))
        #expect(second.refusals == [Ticket("c9")] && second.awards.map(\.ticket) == [Ticket("c1")])
    }

    @Test func `a bid of the queue that pushes keeps its push not away`() throws {
        var agent = Bench.agent()
        agent.give(.bids([agent.bid("c0", place: 1)]))
        let said = agent.give(.reserve(agent.work("c1", place: 2)))
        #expect(said.toQueues == [Word("sales", .ringing(Ticket("c1"), attempt: 1, ann))])
    }

    @Test func `what stands behind a bid that is gone is not awarded when the queue has nothing left`() throws {
        var agent = Bench.agent(maximum: PerMedia { $0 == .chat ? 3 : 0 }, queues: [sales, QueueID("help")])
        agent.give(.bids(["c0", "c1"].map { agent.bid($0, queue: "help", media: .chat, place: 1) }))
        let reservation = try #require(agent.passTime().awards.first?.reservation)
        let said = agent.give(.gone(reservation: reservation, queue: QueueID("help"), next: nil))
        #expect(said.awards.isEmpty)
    }

    @Test func `a bid of an earlier window keeps nothing away`() throws {
        var agent = Bench.agent(maximum: PerMedia { $0 == .chat ? 2 : 0 }, queues: [sales, QueueID("help")])
        agent.give(.bids(["c0", "c1"].map { agent.bid($0, queue: "help", media: .chat, place: 1) }))
        #expect(agent.passTime().awards.map(\.ticket) == [Ticket("c0")])
        agent.wait(AgentState.bidWindow)
        // No queue has bid anew since: nothing is waiting there any more.
        let said = agent.give(.reserve(agent.work("c9", media: .chat, place: 9)))
        #expect(said.toQueues == [Word("sales", .ringing(Ticket("c9"), attempt: 1, ann))])
    }

    @Test func `a bid from before the agent could take more is forgotten`() throws {
        var agent = Bench.agent(maximum: PerMedia { $0 == .chat ? 2 : 0 })
        // What fills one slot; then a bid for the other one, which nobody awards any more.
        let work = agent.work("c1", media: .chat, place: 1)
        agent.give(.reserve(work))
        agent.give(.bids([agent.bid("old", queue: "help", media: .chat, place: 2)]))
        agent.give(.free(work.ticket, attempt: work.attempt, .off))
        let said = agent.give(.reserve(agent.work("c3", media: .chat, place: 9)))
        agent.give(.reserve(agent.work("c4", media: .chat, place: 9)))
        #expect(said.awards.isEmpty)
        #expect(agent.state.slots.map(\.ticket) == [Ticket("c3"), Ticket("c4")])
    }
}
