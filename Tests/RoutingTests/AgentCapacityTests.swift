import Primitives
import Routing
import Testing

/// Utilization, routing-semantics section 6: what an agent may have in hand at once.
@Suite struct AgentCapacityTests {
    @Test(arguments: [
        (MediaType.voice, 1), (.callback, 1), (.chat, 4), (.message, 4), (.email, 1), (.social, 4), (.workitem, 1),
    ])
    func `so many of a medium fit unless something else is configured`(_ media: MediaType, _ maximum: Int) {
        var agent = Bench.agent()
        for count in 0..<maximum {
            #expect(agent.takes(media))
            agent.connected(agent.work("c\(count)", media: media))
        }
        #expect(!agent.takes(media))
        #expect(agent.state.free.isZero)
    }

    @Test func `a configured maximum counts, and 0 takes nothing`() {
        var agent = Bench.agent(maximum: PerMedia { $0 == .chat ? 2 : 0 })
        #expect(!agent.takes(.voice))
        agent.connected(agent.work("c1", media: .chat))
        agent.reserved(agent.work("c2", media: .chat))
        #expect(!agent.takes(.chat))
    }

    @Test(arguments: MediaType.allCases) func `no other medium beside work in hand`(_ media: MediaType) {
        var agent = Bench.agent()
        agent.connected(agent.work("c1", media: media))
        for other in MediaType.allCases where other != media { #expect(!agent.takes(other)) }
    }

    @Test func `an awarded slot counts as well`() throws {
        var agent = Bench.agent()
        _ = try agent.awarded("c0", media: .chat, place: 0)
        #expect(agent.state.free[.chat] == 3)
        #expect(agent.state.free[.voice] == 0)
    }

    @Test(arguments: [MediaType.voice, .callback]) func `a call rings alone`(_ media: MediaType) {
        var agent = Bench.agent(maximum: PerMedia { _ in 4 })
        agent.reserved(agent.work("c1", media: media))
        for other in MediaType.allCases { #expect(!agent.takes(other)) }
        agent.give(.connected(Ticket("c1"), attempt: 1))
        #expect(agent.takes(media))
    }

    @Test func `chats ring side by side`() {
        var agent = Bench.agent()
        agent.reserved(agent.work("c1", media: .chat))
        #expect(agent.takes(.chat))
    }

    @Test(arguments: [MediaType.voice, .callback])
    func `after-contact work of a call blocks every offer`(_ media: MediaType) {
        var agent = Bench.agent(maximum: PerMedia { _ in 4 })
        agent.connected(agent.work("c1", media: media, after: .mandatory))
        agent.give(.free(Ticket("c1"), attempt: 1, .end))
        #expect(agent.slot("c1")?.isWrapUp == true)
        for other in MediaType.allCases { #expect(!agent.takes(other)) }
        agent.give(.wrappedUp(Ticket("c1"), attempt: 1))
        for other in MediaType.allCases { #expect(agent.takes(other)) }
    }

    @Test func `after-contact work of a chat blocks only its own slot`() {
        var agent = Bench.agent()
        agent.connected(agent.work("c1", media: .chat, after: .mandatory))
        agent.give(.free(Ticket("c1"), attempt: 1, .end))
        #expect(agent.state.free[.chat] == 3)
        #expect(agent.takes(.voice))
    }

    @Test func `lowering a maximum takes nothing away and offers nothing more`() {
        var agent = Bench.agent()
        for key in ["c1", "c2"] { agent.connected(agent.work(key, media: .chat)) }
        agent.give(.configure(AgentSettings(version: 2, maximum: PerMedia { _ in 1 }, queues: [sales])))
        #expect(agent.state.slots.count == 2)
        #expect(!agent.takes(.chat))
        agent.give(.free(Ticket("c1"), attempt: 1, .end))
        #expect(!agent.takes(.chat))
        agent.give(.free(Ticket("c2"), attempt: 1, .end))
        #expect(agent.takes(.chat))
    }

    @Test func `raising a maximum makes the agent say that there is room`() {
        var agent = Bench.agent(maximum: PerMedia { $0 == .chat ? 1 : 0 })
        agent.connected(agent.work("c1", media: .chat))
        let said = agent.give(
            .configure(AgentSettings(version: 2, maximum: PerMedia { $0 == .chat ? 2 : 0 }, queues: [sales])))
        #expect(said.announced == ["sales"])
        #expect(agent.takes(.chat))
    }

    @Test func `an older configuration never replaces a newer`() {
        var agent = Bench.agent()
        agent.give(.configure(AgentSettings(version: 5, maximum: PerMedia { _ in 2 }, queues: [sales])))
        #expect(agent.give(.configure(AgentSettings(version: 4, maximum: .none))).events.isEmpty)
        #expect(agent.takes(.voice))
    }
}
