import Primitives
import Routing
import Testing

/// After-contact work, idle time, and what an agent says again: offer-protocol sections 2 to 4, routing-semantics 3.
@Suite struct AgentTimeTests {
    private typealias Word = To<QueueCommand>

    @Test(arguments: [AfterContactWork.none, .optional])
    func `where no code is owed the end frees at once and starts the idle time`(_ after: AfterContactWork) {
        var agent = Bench.agent()
        agent.connected(agent.work(after: after))
        agent.wait(.seconds(60))
        agent.give(.free(Ticket("c1"), attempt: 1, .end))
        #expect(agent.state.slots.isEmpty)
        #expect(agent.state.idleSince == agent.now)
    }

    @Test func `mandatory work stays until the code is given`() {
        var agent = Bench.agent()
        agent.connected(agent.work(after: .mandatory))
        agent.give(.free(Ticket("c1"), attempt: 1, .end))
        agent.wait(.seconds(100_000))
        agent.give(.due)
        #expect(agent.slot("c1")?.isWrapUp == true)
        agent.give(.wrappedUp(Ticket("c1"), attempt: 1))
        #expect(agent.state.slots.isEmpty)
        #expect(agent.state.idleSince == agent.now)
    }

    @Test func `timed work ends by the agent's own clock, and the conversation is told`() {
        var agent = Bench.agent()
        agent.connected(agent.work(after: .mandatoryTimed(.seconds(10))))
        agent.give(.free(Ticket("c1"), attempt: 1, .end))
        let ended = agent.now
        agent.wait(.milliseconds(9_990))
        agent.give(.due)
        #expect(agent.slot("c1")?.isWrapUp == true)
        var told: [To<ConversationCommand>] = []
        while !agent.state.slots.isEmpty, agent.now - ended < .seconds(20) { told += agent.passTime().toConversations }
        #expect(told == [To("c1", .wrapUpTimedOut(Ticket("c1"), attempt: 1))])
        #expect(agent.now - ended >= .seconds(10))
        #expect(agent.now - ended < .milliseconds(10_010))
        #expect(agent.state.idleSince == agent.now)
    }

    @Test func `an offer that was not accepted does not touch the idle time`() {
        var agent = Bench.agent()
        let since = agent.state.idleSince
        agent.wait(.seconds(5))
        agent.reserved(agent.work())
        agent.give(.free(Ticket("c1"), attempt: 1, .off))
        #expect(agent.state.idleSince == since)
    }

    @Test func `taking work does not touch the idle time`() {
        var agent = Bench.agent()
        let since = agent.state.idleSince
        agent.wait(.seconds(5))
        agent.connected(agent.work(media: .chat))
        #expect(agent.state.idleSince == since)
    }

    @Test func `an agent with room says so again every two seconds, and asks after work in hand`() {
        var agent = Bench.agent()
        agent.reserved(agent.work(media: .chat))
        var said = agent.passTime()
        let first = agent.now
        said = agent.passTime()
        #expect(agent.now - first <= .milliseconds(2_001))
        #expect(said.announced == ["sales"])
        #expect(said.softToQueues.contains(Word("sales", .status(Ticket("c1"), attempt: 1, ann))))
    }

    @Test func `the queue's answer to status frees or connects`() {
        var agent = Bench.agent()
        agent.reserved(agent.work())
        #expect(agent.give(.statusAnswer(Ticket("c1"), attempt: 1, .current)).saysNothing)
        agent.give(.statusAnswer(Ticket("c1"), attempt: 1, .connected))
        #expect(agent.slot("c1")?.isConnected == true)
        agent.give(.statusAnswer(Ticket("c1"), attempt: 1, .free(.off)))
        #expect(agent.state.slots.isEmpty)
        #expect(agent.give(.statusAnswer(Ticket("c1"), attempt: 1, .free(.rona))).saysNothing)
        #expect(!agent.state.notResponding)
    }
}
