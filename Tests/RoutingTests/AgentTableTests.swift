import Primitives
import Routing
import Testing

/// The agent's table of offer-protocol section 2, row by row.
@Suite struct AgentTableTests {
    private typealias Word = To<QueueCommand>

    // MARK: reserve

    enum Absence: CaseIterable { case neverOnQueue, wentOff, notResponding, unconfigured }

    @Test(arguments: Absence.allCases) func `reserve while not available is refused`(_ absence: Absence) throws {
        var agent = Bench.agent(onQueue: absence != .neverOnQueue)
        switch absence {
        case .neverOnQueue: break
        case .wentOff: agent.give(.setPresence(.available, onQueue: false))
        case .notResponding:
            let missed = agent.work("missed")
            agent.reserved(missed)
            agent.give(.free(missed.ticket, attempt: 1, .rona))
        case .unconfigured: agent = Bench("ann")
        }
        let said = agent.give(.reserve(agent.work()))
        #expect(said.refusals == [Ticket("c1")])
        #expect(agent.slot("c1") == nil)
        guard case .refused(_, 1, let snapshot) = said.toQueues.first?.command else { return }
        #expect(snapshot.free.isZero)
    }

    @Test func `reserve with a free slot is reserved, rings and says so`() {
        var agent = Bench.agent()
        let work = agent.work()
        let said = agent.give(.reserve(work))
        #expect(said.toQueues == [Word("sales", .ringing(work.ticket, attempt: 1, ann))])
        #expect(agent.slot("c1")?.isReserved == true)
        let ring = said.notices.first { $0.name == "offer.alerting" }
        #expect(ring?.audience == .agentSession)
        #expect(ring?.text("offerId").flatMap { OfferID(text: $0) } == work.offer)
        #expect(ring?["alertUntil"] == .time(agent.now + .seconds(15)))
    }

    @Test func `reserve for a ticket that the agent has awarded turns the award into the reservation`() throws {
        var agent = Bench.agent()
        _ = try agent.awarded()
        let work = agent.work()
        let said = agent.give(.reserve(work))
        #expect(said.toQueues == [Word("sales", .ringing(work.ticket, attempt: 1, ann))])
        #expect(agent.state.slots.count == 1)
        #expect(agent.slot("c1")?.isReserved == true)
    }

    @Test func `reserve below a bid in hand that claims the only slot closes the window`() throws {
        var agent = Bench.agent(queues: [sales, QueueID("help")])
        agent.give(.bids([agent.bid("c0", queue: "help", place: 1)]))
        let said = agent.give(.reserve(agent.work("c1", place: 2)))
        #expect(said.awards.map(\.queue) == ["help"])
        #expect(said.awards.map(\.ticket) == [Ticket("c0")])
        #expect(said.refusals == [Ticket("c1")])
        #expect(agent.state.slots.map(\.ticket) == [Ticket("c0")])
    }

    @Test func `reserve above a bid in hand rings`() {
        var agent = Bench.agent()
        agent.give(.bids([agent.bid("c9", queue: "help", place: 9)]))
        let said = agent.give(.reserve(agent.work("c1", place: 2)))
        #expect(said.toQueues == [Word("sales", .ringing(Ticket("c1"), attempt: 1, ann))])
    }

    @Test func `reserve beside a higher bid that leaves a slot free rings`() {
        var agent = Bench.agent()
        agent.give(.bids([agent.bid("c0", queue: "help", media: .chat, place: 1)]))
        let said = agent.give(.reserve(agent.work("c1", media: .chat, place: 2)))
        #expect(said.toQueues == [Word("sales", .ringing(Ticket("c1"), attempt: 1, ann))])
    }

    @Test func `reserve without a free slot wins over the lowest lower award`() throws {
        var agent = Bench.agent(maximum: PerMedia { $0 == .chat ? 2 : 0 })
        _ = try agent.awarded("mid", queue: "q1", media: .chat, place: 6)
        _ = try agent.awarded("low", queue: "q2", media: .chat, place: 9)
        let said = agent.give(.reserve(agent.work("c1", media: .chat, place: 5)))
        #expect(said.toQueues == [Word("sales", .ringing(Ticket("c1"), attempt: 1, ann))])
        #expect(Set(agent.state.slots.map(\.ticket.conversation.key)) == ["mid", "c1"])
    }

    @Test func `reserve without a free slot is refused by a higher award`() throws {
        var agent = Bench.agent()
        _ = try agent.awarded("c0", queue: "q1", place: 1)
        let said = agent.give(.reserve(agent.work("c1", place: 5)))
        #expect(said.refusals == [Ticket("c1")])
        #expect(agent.state.slots.map(\.ticket) == [Ticket("c0")])
    }

    @Test func `reserve without a free slot is refused by work in hand`() {
        var agent = Bench.agent()
        agent.connected(agent.work("c0", place: 9))
        #expect(agent.give(.reserve(agent.work("c1", place: 1))).refusals == [Ticket("c1")])
    }

    // MARK: bids and awards

    @Test func `the best of the bids of 20 ms is awarded`() {
        var agent = Bench.agent(queues: [sales, QueueID("q2"), QueueID("q3")])
        agent.give(.bids([agent.bid("c5", queue: "sales", place: 5)]))
        let first = agent.now
        agent.wait(.milliseconds(10))
        agent.give(.bids([agent.bid("c2", queue: "q2", place: 2)]))
        agent.give(.bids([agent.bid("c9", queue: "q3", place: 9)]))
        agent.wait(.milliseconds(9))
        #expect(agent.give(.due).awards.isEmpty)
        let said = agent.passTime()
        #expect(agent.now - first >= .milliseconds(20))
        #expect(agent.now - first < .milliseconds(21))
        #expect(said.awards.map(\.ticket) == [Ticket("c2")])
        #expect(said.awards.map(\.queue) == ["q2"])
    }

    @Test func `bids of equal rank are told apart by their ticket`() {
        var agent = Bench.agent()
        for key in ["cb", "ca"] {
            let rank = Rank(5, of: "same")
            agent.give(.bids([Bid(queue: QueueID("q-" + key), ticket: Ticket(key), rank: rank, media: .voice)]))
        }
        #expect(agent.passTime().awards.map(\.ticket) == [Ticket("ca")])
    }

    @Test func `a bid holds nothing and a failover forgets it`() {
        var agent = Bench.agent()
        let before = agent.state
        agent.give(.bids([agent.bid()]))
        #expect(agent.state == before)
        agent.failOver()
        agent.wait(.milliseconds(30))
        #expect(agent.give(.due).awards.isEmpty)
    }

    @Test func `a bid for a ticket that is in hand is never awarded`() {
        var agent = Bench.agent()
        agent.reserved(agent.work("c1", media: .chat))
        agent.give(.bids([agent.bid("c1", media: .chat)]))
        agent.wait(.milliseconds(30))
        #expect(agent.give(.due).awards.isEmpty)
    }

    @Test func `a bid that outlives the agent's presence is not awarded`() {
        var agent = Bench.agent()
        agent.give(.bids([agent.bid()]))
        agent.give(.setPresence(.away, onQueue: false))
        agent.wait(.milliseconds(30))
        #expect(agent.give(.due).awards.isEmpty)
    }

    @Test func `reservation numbers only grow`() throws {
        var agent = Bench.agent()
        var numbers: [UInt64] = []
        for _ in 0..<4 {
            let reservation = try agent.awarded()
            numbers.append(reservation)
            agent.give(.gone(reservation: reservation, queue: sales, next: nil))
        }
        #expect(numbers == [1, 2, 3, 4])
    }

    @Test func `granted on a standing award rings with the ticket that was granted`() throws {
        var agent = Bench.agent()
        let reservation = try agent.awarded("c1")
        let better = agent.work("c0", place: 1)
        let said = agent.give(.granted(better, reservation: reservation))
        #expect(said.toQueues == [Word("sales", .ringing(Ticket("c0"), attempt: 1, ann))])
        #expect(agent.state.slots.map(\.ticket) == [Ticket("c0")])
    }

    @Test func `granted on an award that does not stand is released`() {
        var agent = Bench.agent()
        let said = agent.give(.granted(agent.work(), reservation: 9))
        #expect(said.toQueues == [Word("sales", .release(Ticket("c1"), attempt: 1, ann))])
        #expect(agent.state.slots.isEmpty)
    }

    @Test func `granted while off queue is released`() throws {
        var agent = Bench.agent()
        let reservation = try agent.awarded()
        agent.give(.setPresence(.available, onQueue: false))
        let said = agent.give(.granted(agent.work(), reservation: reservation))
        #expect(said.toQueues == [Word("sales", .release(Ticket("c1"), attempt: 1, ann))])
        #expect(agent.state.slots.isEmpty)
    }

    @Test func `granted while not responding drops the award and is released`() throws {
        var agent = Bench.agent()
        let missed = agent.work("missed", media: .chat)
        agent.reserved(missed)
        let reservation = try agent.awarded("c1", media: .chat)
        agent.give(.free(missed.ticket, attempt: 1, .rona))
        let said = agent.give(.granted(agent.work("c1", media: .chat), reservation: reservation))
        #expect(said.toQueues == [Word("sales", .release(Ticket("c1"), attempt: 1, ann))])
        #expect(agent.state.slots.isEmpty)
    }

    @Test func `gone drops the award and takes the next bid`() throws {
        var agent = Bench.agent()
        let reservation = try agent.awarded("c1")
        let said = agent.give(.gone(reservation: reservation, queue: sales, next: agent.bid("c2", place: 6)))
        #expect(said.awards.map(\.ticket) == [Ticket("c2")])
        #expect(agent.state.slots.map(\.ticket) == [Ticket("c2")])
    }

    @Test func `when an award comes to nothing, a better bid of another queue goes before the next one`() throws {
        var agent = Bench.agent(queues: [sales, QueueID("support")])
        agent.give(.bids([agent.bid("c1", place: 1)]))
        agent.give(.bids([agent.bid("c2", queue: "support", place: 2)]))
        let said = agent.passTime()
        #expect(said.awards.map(\.ticket) == [Ticket("c1")])
        let reservation = try #require(said.awards.first?.reservation)
        let next = agent.give(.gone(reservation: reservation, queue: sales, next: agent.bid("c3", place: 3)))
        #expect(next.awards.map(\.ticket) == [Ticket("c2")])
    }

    @Test func `gone without a next bid announces that the agent is available`() throws {
        var agent = Bench.agent()
        let reservation = try agent.awarded("c1")
        let said = agent.give(.gone(reservation: reservation, queue: sales, next: nil))
        #expect(said.announced == ["sales"])
        #expect(agent.state.slots.isEmpty)
    }

    @Test func `gone for an award that does not stand is ignored`() throws {
        var agent = Bench.agent()
        let reservation = try agent.awarded("c1")
        let before = agent.state
        #expect(agent.give(.gone(reservation: reservation + 1, queue: sales, next: nil)).saysNothing)
        #expect(agent.state == before)
    }

    @Test func `an award that is not answered for 500 ms is dropped, and a late grant released`() throws {
        var agent = Bench.agent()
        let reservation = try agent.awarded()
        let asked = agent.now
        agent.wait(.milliseconds(499))
        agent.give(.due)
        #expect(agent.state.slots.count == 1)
        while !agent.state.slots.isEmpty, agent.now - asked < .seconds(5) { agent.passTime() }
        #expect(agent.now - asked >= .milliseconds(500))
        #expect(agent.now - asked < .milliseconds(510))
        let said = agent.give(.granted(agent.work(), reservation: reservation))
        #expect(said.toQueues == [Word("sales", .release(Ticket("c1"), attempt: 1, ann))])
    }

    @Test func `a new leader counts the patience afresh`() throws {
        var agent = Bench.agent()
        _ = try agent.awarded()
        agent.failOver()
        let start = agent.now
        while !agent.state.slots.isEmpty, agent.now - start < .seconds(10) { agent.passTime() }
        #expect(agent.state.slots.isEmpty)
        #expect(agent.now - start >= .milliseconds(500))
    }

    // MARK: connected, free, over

    @Test func `connected turns reserved into connected and is otherwise ignored`() {
        var agent = Bench.agent()
        #expect(agent.give(.connected(Ticket("c1"), attempt: 1)).saysNothing)
        let work = agent.work()
        agent.reserved(work)
        #expect(agent.give(.connected(work.ticket, attempt: 2)).saysNothing)
        agent.give(.connected(work.ticket, attempt: 1))
        #expect(agent.slot("c1")?.isConnected == true)
        #expect(agent.give(.connected(work.ticket, attempt: 1)).saysNothing)
    }

    @Test(arguments: [FreeReason.off, .declined]) func `free of a ringing slot frees it`(_ why: FreeReason) {
        var agent = Bench.agent()
        agent.reserved(agent.work())
        agent.give(.free(Ticket("c1"), attempt: 1, why))
        #expect(agent.state.slots.isEmpty)
        #expect(!agent.state.notResponding)
        #expect(agent.takes(.voice))
    }

    @Test func `free by RONA also stops the agent from responding until it says otherwise`() {
        var agent = Bench.agent()
        agent.reserved(agent.work())
        agent.give(.free(Ticket("c1"), attempt: 1, .rona))
        #expect(agent.state.notResponding)
        #expect(!agent.takes(.voice))
        agent.wait(.seconds(3_600))
        agent.give(.due)
        #expect(agent.state.notResponding)
        agent.give(.setPresence(.available, onQueue: true))
        #expect(!agent.state.notResponding)
        #expect(agent.state.idleSince == agent.now)
        #expect(agent.takes(.voice))
    }

    @Test func `free of an unknown attempt is ignored`() {
        var agent = Bench.agent()
        agent.reserved(agent.work())
        let before = agent.state
        for why in [FreeReason.off, .rona, .end, .declined] {
            #expect(agent.give(.free(Ticket("c1"), attempt: 2, why)).saysNothing)
            #expect(agent.give(.free(Ticket("c2"), attempt: 1, why)).saysNothing)
        }
        #expect(agent.state == before)
    }

    @Test func `over frees as the end does, and what the queue says later is ignored`() {
        var agent = Bench.agent()
        agent.connected(agent.work(after: .mandatory))
        agent.give(.over(Ticket("c1")))
        #expect(agent.slot("c1")?.isWrapUp == true)
        let before = agent.state
        #expect(agent.give(.free(Ticket("c1"), attempt: 1, .end)).saysNothing)
        #expect(agent.give(.free(Ticket("c1"), attempt: 1, .rona)).saysNothing)
        #expect(agent.state == before)
    }

    @Test func `over that overtakes connected frees once`() {
        var agent = Bench.agent()
        agent.reserved(agent.work())
        agent.give(.over(Ticket("c1")))
        #expect(agent.state.slots.isEmpty)
        #expect(agent.give(.connected(Ticket("c1"), attempt: 1)).saysNothing)
        #expect(agent.give(.free(Ticket("c1"), attempt: 1, .end)).saysNothing)
        #expect(agent.state.slots.isEmpty)
    }

    // MARK: off queue

    @Test func `going off queue declines what rings, keeps its slot, drops awards and leaves connected work`() throws {
        var agent = Bench.agent()
        agent.connected(agent.work("talk", media: .chat))
        agent.reserved(agent.work("ring", media: .chat))
        _ = try agent.awarded("want", media: .chat)
        let said = agent.give(.setPresence(.away, onQueue: false))
        #expect(said.toQueues == [Word("sales", .decline(Ticket("ring"), attempt: 1, ann, why: .offQueue))])
        #expect(agent.slot("talk")?.isConnected == true)
        #expect(agent.slot("ring")?.isReserved == true)
        #expect(agent.slot("want") == nil)
        agent.give(.free(Ticket("ring"), attempt: 1, .off))
        #expect(agent.slot("ring") == nil)
    }

    @Test(arguments: Presence.allCases) func `on queue needs the presence available`(_ presence: Presence) {
        var agent = Bench.agent(onQueue: false)
        let reply = agent.give(.setPresence(presence, onQueue: true)).reply
        #expect(reply == (presence == .available ? .done : .presenceNotAvailable))
        #expect(agent.state.onQueue == (presence == .available))
    }

    @Test func `a presence for an agent who is not configured is unknown`() {
        var agent = Bench<AgentState>("nobody")
        let said = agent.give(.setPresence(.available, onQueue: true))
        #expect(said.reply == .unknown && said.saysNothing)
    }
}
