import Primitives
import Routing
import Testing

/// The agent's rows of docs/models/recovery.md.
@Suite struct AgentRecoveryTests {
    private func shard(_ entity: EntityID) -> ShardID { entity.shard(of: Bench<AgentState>.shardCount) }
    private var queueShard: ShardID { shard(sales.entity) }

    @Test func `an award to a recovered queue is dropped`() throws {
        var agent = Bench.agent()
        _ = try agent.awarded()
        #expect(agent.give(.recovered(queueShard)).toQueues.isEmpty)
        #expect(agent.state.slots.isEmpty)
    }

    @Test func `a reservation for a recovered queue is freed without RONA and without a decline`() {
        var agent = Bench.agent()
        agent.reserved(agent.work())
        let said = agent.give(.recovered(queueShard))
        #expect(said.toQueues.isEmpty)
        #expect(said.notices.contains { $0.name == "offer.ended" })
        #expect(agent.state.slots.isEmpty)
        #expect(!agent.state.notResponding)
        #expect(agent.state.onQueue)
    }

    @Test func `work connected for a recovered queue ends without after-contact work`() {
        var agent = Bench.agent()
        agent.connected(agent.work(after: .mandatory))
        agent.give(.recovered(queueShard))
        #expect(agent.state.slots.isEmpty)
        #expect(agent.takes(.voice))
    }

    @Test func `after-contact work outlives its queue's recovery and ends with its conversation's`() {
        var agent = Bench.agent()
        agent.connected(agent.work(after: .mandatory))
        agent.give(.free(Ticket("c1"), attempt: 1, .end))
        agent.give(.recovered(queueShard))
        #expect(agent.slot("c1")?.isWrapUp == true)
        agent.give(.recovered(shard(ConversationID("c1").entity)))
        #expect(agent.state.slots.isEmpty)
    }

    @Test func `a conversation's recovery leaves offers and connected work to the queue's word`() {
        for isConnected in [false, true] {
            var agent = Bench.agent()
            if isConnected { agent.connected(agent.work()) } else { agent.reserved(agent.work()) }
            let said = agent.give(.recovered(shard(ConversationID("c1").entity)))
            #expect(said.toQueues.isEmpty && said.toConversations.isEmpty && said.notices.isEmpty)
            #expect(agent.slot("c1")?.isConnected == isConnected)
            #expect(agent.slot("c1")?.isReserved == !isConnected)
        }
    }

    @Test func `an agent that begins anew is off queue`() {
        let agent = Bench<AgentState>("ann")
        #expect(!agent.state.onQueue)
        #expect(!agent.state.notResponding)
        #expect(agent.state.slots.isEmpty)
    }
}
