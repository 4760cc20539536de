import Primitives
import Routing
import Testing

/// The race table of offer-protocol section 5: what came first in the queue's log, then what comes second.
@Suite struct QueueRaceTests {
    private typealias Word = To<AgentCommand>

    enum First: CaseIterable { case accept, desktopDecline, offQueue, answerTimer, alertTimer, refused, release }
    enum Gone: CaseIterable { case end, move }

    /// The queue after `first` about attempt 1 of `c1` at `ann`, who says nothing newer.
    private func after(_ first: First) throws -> (Bench<QueueState>, OfferedWork) {
        var queue = Bench.queue("ann")
        let rings = first != .answerTimer && first != .refused
        let work = rings ? try queue.alerting() : try queue.held()
        switch first {
        case .accept: queue.give(.acceptOffer(work.offer, ann))
        case .desktopDecline: queue.give(.declineOffer(work.offer, ann))
        case .offQueue: queue.give(.decline(work.ticket, attempt: 1, ann, why: .offQueue))
        case .answerTimer, .alertTimer: queue.passTime()
        case .refused: queue.give(.refused(work.ticket, attempt: 1, queue.snapshot("ann", free: [:])))
        case .release: queue.give(.release(work.ticket, attempt: 1, ann))
        }
        #expect(queue.state("c1") == (first == .accept ? .connected : .waiting))
        return (queue, work)
    }

    @Test func `accept then accept: the same agent 200, others 410`() throws {
        var (queue, work) = try after(.accept)
        #expect(queue.give(.acceptOffer(work.offer, ann)).reply == .accepted(work.ticket))
        #expect(queue.give(.acceptOffer(work.offer, ben)).reply == .gone)
        #expect(queue.ticket("c1")?.agent == ann)
    }

    @Test func `accept then decline: 410, and the work stays`() throws {
        var (queue, work) = try after(.accept)
        let said = queue.give(.declineOffer(work.offer, ann))
        #expect(said.reply == .gone && said.saysNothing)
        #expect(queue.give(.decline(work.ticket, attempt: 1, ann, why: .offQueue)).saysNothing)
        #expect(queue.give(.release(work.ticket, attempt: 1, ann)).saysNothing)
        #expect(queue.state("c1") == .connected)
    }

    @Test(arguments: [false, true]) func `accept then a timer: stale`(_ rings: Bool) throws {
        var queue = Bench.queue("ann")
        let work = rings ? try queue.alerting() : try queue.held()
        queue.give(.acceptOffer(work.offer, ann))
        queue.wait(.seconds(1_000))
        #expect(queue.give(.due).saysNothing)
        #expect(queue.state("c1") == .connected)
    }

    @Test func `accept then ringing: it stays connected`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.held()
        #expect(queue.give(.acceptOffer(work.offer, ann)).reply == .accepted(work.ticket))
        #expect(queue.give(.ringing(work.ticket, attempt: 1, ann)).saysNothing)
        #expect(queue.state("c1") == .connected)
    }

    @Test func `accept then withdraw end: connected, then closed, and the slot freed by end`() throws {
        var (queue, work) = try after(.accept)
        let said = queue.give(.withdraw(work.ticket, .end))
        #expect(said.toAgents == [Word("ann", .free(work.ticket, attempt: 1, .end))])
        #expect(queue.ticket("c1") == nil)
    }

    @Test func `accept then withdraw move: too late, and the agent keeps it`() throws {
        var (queue, work) = try after(.accept)
        let said = queue.give(.withdraw(work.ticket, .move))
        #expect(said.toAgents.isEmpty)
        #expect(said.toConversations.map(\.command) == [.tooLate(work.ticket)])
    }

    @Test(arguments: First.allCases.filter { $0 != .accept })
    func `what ended the attempt, then accept: 410`(_ first: First) throws {
        var (queue, work) = try after(first)
        let said = queue.give(.acceptOffer(work.offer, ann))
        #expect(said.reply == .gone && said.saysNothing)
        #expect(queue.order == ["c1"])
    }

    @Test(arguments: First.allCases.filter { $0 != .accept })
    func `what ended the attempt, then decline or off queue: ignored`(_ first: First) throws {
        var (queue, work) = try after(first)
        #expect(queue.give(.declineOffer(work.offer, ann)).reply == .gone)
        #expect(queue.give(.decline(work.ticket, attempt: 1, ann, why: .offQueue)).saysNothing)
        #expect(queue.give(.ringing(work.ticket, attempt: 1, ann)).saysNothing)
        #expect(queue.order == ["c1"])
    }

    @Test(arguments: First.allCases.filter { $0 != .accept })
    func `what ended the attempt, then its timer: stale`(_ first: First) throws {
        var (queue, _) = try after(first)
        queue.wait(.seconds(1_000))
        let said = queue.give(.due)
        #expect(said.toAgents.isEmpty)
        #expect(queue.order == ["c1"])
    }

    @Test(arguments: First.allCases.filter { $0 != .accept }, Gone.allCases)
    func `what ended the attempt, then withdraw: withdrawn without a word to the agent`(
        _ first: First, _ kind: Gone
    ) throws {
        var (queue, work) = try after(first)
        let said = queue.give(.withdraw(work.ticket, kind == .end ? .end : .move))
        #expect(said.toAgents.isEmpty)
        guard case .withdrawn(work.ticket, false, false, let attempts) = said.toConversations.first?.command else {
            Issue.record("\(said.toConversations)")
            return
        }
        #expect(attempts.map(\.attempt) == [1])
    }

    @Test(arguments: [WithdrawKind.end, .move], [false, true])
    func `withdraw then anything: 410, ignored, stale`(_ kind: WithdrawKind, _ rings: Bool) throws {
        var queue = Bench.queue("ann")
        let work = rings ? try queue.alerting() : try queue.held()
        queue.give(.withdraw(work.ticket, kind))
        #expect(queue.give(.acceptOffer(work.offer, ann)).reply == .gone)
        #expect(queue.give(.declineOffer(work.offer, ann)).reply == .gone)
        #expect(queue.give(.decline(work.ticket, attempt: 1, ann, why: .offQueue)).saysNothing)
        #expect(queue.give(.ringing(work.ticket, attempt: 1, ann)).saysNothing)
        #expect(queue.give(.release(work.ticket, attempt: 1, ann)).saysNothing)
        queue.wait(.seconds(1_000))
        #expect(queue.give(.due).saysNothing)
        #expect(queue.ticket("c1") == nil)
    }

    @Test func `the attempt number is never used again`() throws {
        var queue = Bench.queue("ann")
        var numbers: [UInt32] = []
        queue.enqueue("c1")
        for reservation in UInt64(1)...5 {
            let said = queue.give(
                .award(Ticket("c1"), reservation: reservation, media: .chat, queue.snapshot("ann", free: [:])))
            let work = try #require(said.offered(to: "ann"))
            numbers.append(work.attempt)
            queue.give(.release(work.ticket, attempt: work.attempt, ann))
        }
        #expect(numbers == [1, 2, 3, 4, 5])
    }

    @Test func `two attempts at the same agent have different nonces`() throws {
        var queue = Bench.queue("ann")
        let first = try queue.alerting()
        queue.give(.release(first.ticket, attempt: 1, ann))
        let said = queue.give(.award(first.ticket, reservation: 1, media: .chat, queue.snapshot("ann")))
        let second = try #require(said.offered(to: "ann"))
        #expect(first.nonce != second.nonce)
        #expect(queue.give(.acceptOffer(first.offer, ann)).reply == .gone)
        #expect(queue.give(.acceptOffer(second.offer, ann)).reply == .accepted(first.ticket))
    }

    @Test func `the nonce stands in no notice and in no view`() throws {
        var queue = Bench.queue("ann")
        queue.available("ann")
        let said = queue.enqueue("c1")
        let work = try #require(said.offered(to: "ann"))
        var writer = ByteWriter()
        writer.write(work.nonce)
        var views = ByteWriter()
        views.write(said.notices)
        views.write(queue.ticket("c1"))
        #expect(!said.notices.isEmpty)
        let bytes = views.bytes
        let isTold = bytes.indices.contains { bytes[$0...].starts(with: writer.bytes) }
        #expect(!isTold)
    }
}
