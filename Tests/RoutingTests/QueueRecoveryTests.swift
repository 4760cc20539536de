import Primitives
import Routing
import Testing

/// The queue's answers to `status?`, and its rows of docs/models/recovery.md.
@Suite struct QueueRecoveryTests {
    private typealias Word = To<AgentCommand>

    private func status(
        _ queue: Bench<QueueState>, _ ticket: Ticket, _ attempt: UInt32, _ agent: AgentID
    ) -> TicketStatus? {
        var copy = queue
        let said = copy.give(.status(ticket, attempt: attempt, agent))
        #expect(said.saysNothing)
        for word in said.softToAgents where word.key == agent.key {
            if case .statusAnswer(ticket, attempt, let status) = word.command { return status }
        }
        return nil
    }

    private func shard(_ entity: EntityID) -> ShardID { entity.shard(of: Bench<QueueState>.shardCount) }

    @Test func `a current attempt is current, then connected, and free once it is over`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.alerting()
        #expect(status(queue, work.ticket, 1, ann) == .current)
        queue.give(.acceptOffer(work.offer, ann))
        #expect(status(queue, work.ticket, 1, ann) == .connected)
        queue.give(.withdraw(work.ticket, .end))
        guard case .free = status(queue, work.ticket, 1, ann) else {
            Issue.record("a closed ticket is not free")
            return
        }
    }

    @Test func `free gives the reason`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.alerting()
        queue.passTime()
        #expect(status(queue, work.ticket, 1, ann) == .free(.rona))
        var other = Bench.queue("ann")
        let declined = try other.alerting()
        other.give(.declineOffer(declined.offer, ann))
        #expect(status(other, declined.ticket, 1, ann) == .free(.declined))
    }

    @Test func `unknown queue, ticket, attempt or agent is free`() throws {
        #expect(status(Bench("unheard"), Ticket("c1"), 1, ann) == .free(.off))
        var queue = Bench.queue("ann")
        let work = try queue.alerting()
        #expect(status(queue, Ticket("c2"), 1, ann) == .free(.off))
        #expect(status(queue, work.ticket, 2, ann) == .free(.off))
        #expect(status(queue, work.ticket, 1, ben) == .free(.off))
    }

    @Test func `a new leader asks all members how they are`() {
        var queue = Bench.queue("ann", "ben")
        queue.failOver()
        let said = queue.give(.due)
        #expect(said.softToAgents == [Word("ann", .announce(sales)), Word("ben", .announce(sales))])
        #expect(queue.give(.due).softToAgents.isEmpty)
    }

    @Test func `a failover forgets the view and nothing else`() throws {
        var queue = Bench.queue("ann", "ben")
        let work = try queue.alerting()
        queue.available("ben")
        queue.failOver()
        #expect(queue.enqueue("c2").toAgents.isEmpty)
        #expect(queue.give(.acceptOffer(work.offer, ann)).reply == .accepted(work.ticket))
    }

    @Test(arguments: [false, true])
    func `an offer at a recovered agent waits again, without RONA and with its count kept`(_ rings: Bool) throws {
        var queue = Bench.queue("ann", "ben")
        let work = rings ? try queue.alerting() : try queue.held()
        let said = queue.give(.recovered(shard(ann.entity)))
        #expect(said.toAgents.isEmpty)
        #expect(queue.order == ["c1"])
        #expect(queue.state.nextDue(soft: queue.soft) == nil)
        #expect(queue.give(.acceptOffer(work.offer, ann)).reply == .gone)
        let next = queue.give(.award(work.ticket, reservation: 1, media: .chat, queue.snapshot("ben")))
        #expect(next.offered(to: "ben")?.attempt == 2)
    }

    @Test func `a recovered agent is not asked until it says something newer`() throws {
        var queue = Bench.queue("ann")
        queue.available("ann")
        queue.give(.recovered(shard(ann.entity)))
        #expect(queue.enqueue("c1").toAgents.isEmpty)
        queue.available("ann")
        #expect(queue.enqueue("c2").offered(to: "ann") != nil)
    }

    @Test func `work connected at a recovered agent is closed as lost`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.connected()
        let said = queue.give(.recovered(shard(ann.entity)))
        guard case .withdrawn(work.ticket, true, true, _) = said.toConversations.first?.command else {
            Issue.record("\(said.toConversations)")
            return
        }
        #expect(queue.ticket("c1") == nil)
    }

    @Test func `tickets of a recovered conversation are closed and their agents freed`() throws {
        let lost = shard(ConversationID("c1").entity)
        var waiting = Bench.queue("ann")
        waiting.enqueue("c1")
        #expect(waiting.give(.recovered(lost)).toAgents.isEmpty)
        #expect(waiting.ticket("c1") == nil)

        var offered = Bench.queue("ann")
        let work = try offered.alerting()
        #expect(offered.give(.recovered(lost)).toAgents == [Word("ann", .free(work.ticket, attempt: 1, .off))])
        #expect(offered.ticket("c1") == nil)
    }

    @Test func `the recovery of a shard that a queue has nothing to do with changes nothing`() throws {
        var queue = Bench.queue("ann")
        _ = try queue.connected()
        let used = [shard(ann.entity), shard(ConversationID("c1").entity)]
        let other = try #require((0..<UInt32(64)).map { ShardID($0) }.first { !used.contains($0) })
        #expect(queue.give(.recovered(other)).saysNothing)
        #expect(queue.state("c1") == .connected)
    }
}
