import Primitives
import Routing
import Testing

/// The queue's table of offer-protocol section 2, row by row.
@Suite struct QueueTableTests {
    private typealias Word = To<AgentCommand>
    private typealias Talk = To<ConversationCommand>

    @Test func `enqueue without a free agent waits`() {
        var queue = Bench.queue("ann")
        let said = queue.enqueue("c1")
        #expect(said.toAgents.isEmpty)
        #expect(queue.state("c1") == .waiting)
        #expect(queue.line.map(\.position) == [1])
    }

    @Test func `enqueue with an agent who seems free goes on to held in the same entry and reserves`() throws {
        var queue = Bench.queue("ann")
        queue.available("ann")
        let said = queue.enqueue("c1")
        let work = try #require(said.offered(to: "ann"))
        #expect(said.toAgents == [Word("ann", .reserve(work))])
        #expect((work.ticket, work.attempt, work.queue) == (Ticket("c1"), 1, sales))
        #expect(queue.state("c1") == .held)
        #expect(queue.order == [])
    }

    @Test func `a push takes the highest-ranked ticket that the agent may take`() throws {
        var queue = Bench.queue("ann")
        queue.enqueue("old", media: .email)
        queue.available("ann", free: [.chat: 1])
        #expect(queue.enqueue("new").offered(to: "ann")?.ticket == Ticket("new"))
    }

    @Test func `an available agent gets a bid on the best ticket, which holds nothing`() throws {
        var queue = Bench.queue("ann")
        queue.enqueue("c1")
        queue.enqueue("c2")
        let said = queue.available("ann")
        #expect(said.bids(to: "ann") == [Ticket("c1")])
        #expect(said.saysNothing)
        #expect(queue.order == ["c1", "c2"])
    }

    @Test func `an agent with room for more gets bids on as many of the best, of one medium`() throws {
        var queue = Bench.queue("ann")
        for key in ["c1", "c2", "c3", "c4"] { queue.enqueue(key) }
        queue.enqueue("voice", media: .voice)
        #expect(queue.available("ann", free: [.chat: 2, .voice: 1]).bids(to: "ann") == [Ticket("c1"), Ticket("c2")])
        // What it has awarded may be the best one, which is not taken yet.
        let more = queue.available("ann", free: [.chat: 1], awards: 2)
        #expect(more.bids(to: "ann") == [Ticket("c1"), Ticket("c2"), Ticket("c3")])
        for number in 5...30 { queue.enqueue("c\(number)") }
        #expect(queue.available("ann", free: [.chat: 25]).bids(to: "ann").count == 16)
    }

    @Test func `an award of a waiting ticket is granted with the reservation and held`() throws {
        var queue = Bench.queue("ann")
        queue.enqueue("c1")
        let said = queue.give(.award(Ticket("c1"), reservation: 7, media: .chat, queue.snapshot("ann", free: [:])))
        let work = try #require(said.offered(to: "ann"))
        #expect(said.toAgents == [Word("ann", .granted(work, reservation: 7))])
        #expect(queue.state("c1") == .held)
    }

    @Test func `an award takes the highest-ranked ticket of that medium at the decision`() throws {
        var queue = Bench.queue("ann")
        queue.enqueue("c1")
        queue.enqueue("mail", media: .email, priority: 9)
        queue.enqueue("c0", priority: 5)
        let said = queue.give(.award(Ticket("c1"), reservation: 1, media: .chat, queue.snapshot("ann", free: [:])))
        #expect(said.offered(to: "ann")?.ticket == Ticket("c0"))
        #expect(queue.order == ["mail", "c1"])
    }

    @Test func `an award of a ticket that does not wait is answered gone with the next bid`() throws {
        var queue = Bench.queue("ann", "ben")
        _ = try queue.held()
        queue.enqueue("c2")
        let said = queue.give(.award(Ticket("c1"), reservation: 3, media: .chat, queue.snapshot("ben")))
        guard case .gone(3, sales, let next) = said.toAgents.first?.command else {
            Issue.record("\(said.toAgents)")
            return
        }
        #expect(said.toAgents.map(\.key) == ["ben"])
        #expect(next?.ticket == Ticket("c2"))
        #expect(queue.order == ["c2"])
    }

    @Test func `an award of an unknown ticket is answered gone`() {
        var queue = Bench.queue("ann")
        let said = queue.give(.award(Ticket("c9"), reservation: 4, media: .chat, queue.snapshot("ann")))
        #expect(said.toAgents == [Word("ann", .gone(reservation: 4, queue: sales, next: nil))])
        #expect(said.events.isEmpty)
    }

    @Test func `an award of a ticket held for the same agent is answered gone`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.held()
        let said = queue.give(.award(work.ticket, reservation: 5, media: .chat, queue.snapshot("ann", free: [:])))
        #expect(said.toAgents == [Word("ann", .gone(reservation: 5, queue: sales, next: nil))])
        #expect(queue.ticket("c1")?.attempt == 1)
    }

    @Test func `ringing turns held into alerting and starts the alert timer`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.held()
        queue.wait(.milliseconds(500))
        queue.give(.ringing(work.ticket, attempt: work.attempt, ann))
        #expect(queue.state("c1") == .alerting)
        #expect(queue.state.nextDue(soft: queue.soft) == queue.now + .seconds(30))
    }

    @Test func `a refusal puts the ticket back and the agent stays out until it says something newer`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.held()
        let old = queue.snapshot("ann")
        queue.wait(.milliseconds(1))
        let said = queue.give(.refused(work.ticket, attempt: 1, queue.snapshot("ann")))
        #expect(said.toAgents.isEmpty)
        #expect(queue.order == ["c1"])
        queue.give(.available(old, awards: 0))
        #expect(queue.enqueue("c2").toAgents.isEmpty)
        queue.available("ann")
        #expect(queue.enqueue("c3").offered(to: "ann")?.ticket == Ticket("c1"))
    }

    @Test(arguments: [false, true]) func `a release puts a held or alerting ticket back`(_ rings: Bool) throws {
        var queue = Bench.queue("ann")
        let work = rings ? try queue.alerting() : try queue.held()
        let said = queue.give(.release(work.ticket, attempt: 1, ann))
        #expect(said.toAgents.isEmpty)
        #expect(queue.order == ["c1"])
        #expect(queue.state.nextDue(soft: queue.soft) == nil)
    }

    @Test(arguments: [false, true]) func `an agent gone off queue frees without consequence`(_ rings: Bool) throws {
        var queue = Bench.queue("ann")
        let work = rings ? try queue.alerting() : try queue.held()
        let said = queue.give(.decline(work.ticket, attempt: 1, ann, why: .offQueue))
        #expect(said.toAgents == [Word("ann", .free(work.ticket, attempt: 1, .off))])
        #expect(queue.order == ["c1"])
        queue.available("ann")
        #expect(queue.enqueue("c2").offered(to: "ann")?.ticket == Ticket("c1"))
    }

    @Test func `a decline by choice excludes the agent; a lost desktop has no consequence`() throws {
        for why in [DeclineReason.declined, .disconnected] {
            var queue = Bench.queue("ann")
            let work = try queue.alerting()
            let said = queue.give(.decline(work.ticket, attempt: 1, ann, why: why))
            let reason: FreeReason = why == .declined ? .declined : .off
            #expect(said.toAgents == [Word("ann", .free(work.ticket, attempt: 1, reason))])
            queue.available("ann")
            let next = why == .declined ? Ticket("c2") : Ticket("c1")
            #expect(queue.enqueue("c2").offered(to: "ann")?.ticket == next)
        }
    }

    @Test func `an agent who has just got free is bid to, and pushed to when its bid window is over`() throws {
        var queue = Bench.queue("ann", "ben")
        queue.give(.available(queue.snapshot("ann"), awards: 0))
        #expect(queue.enqueue("c1").toAgents.isEmpty)
        let due = try #require(queue.state.nextDue(soft: queue.soft))
        #expect(due - queue.now < AgentState.bidWindow)
        #expect(queue.passTime().offered(to: "ann")?.ticket == Ticket("c1"))
        #expect(queue.state.nextDue(soft: queue.soft) == queue.now + QueueState.answerTime)
    }

    @Test func `a word that says nothing new opens no window again`() throws {
        var queue = Bench.queue("ann")
        queue.available("ann")
        queue.give(.available(queue.snapshot("ann"), awards: 0))
        #expect(queue.enqueue("c1").offered(to: "ann")?.ticket == Ticket("c1"))
    }

    @Test func `connected carries the attempts that came to nothing before`() throws {
        var queue = Bench.queue("ann", "ben")
        let work = try queue.alerting()
        queue.give(.declineOffer(work.offer, ann))
        queue.available("ben")
        let second = try #require(queue.enqueue("c9").offered(to: "ben"))
        let said = queue.give(.acceptOffer(second.offer, AgentID("ben")))
        guard case .connected(_, _, let attempt, _, let attempts) = said.toConversations.first?.command else {
            Issue.record("the conversation hears nothing")
            return
        }
        #expect(attempt == 2)
        #expect(attempts.map(\.outcome) == [.declined])
        #expect(attempts.map(\.attempt) == [1])
    }

    @Test(arguments: [false, true]) func `a desktop's decline frees as declined and excludes`(_ rings: Bool) throws {
        var queue = Bench.queue("ann")
        let work = rings ? try queue.alerting() : try queue.held()
        let said = queue.give(.declineOffer(work.offer, ann))
        #expect(said.reply == .done)
        #expect(said.toAgents == [Word("ann", .free(work.ticket, attempt: 1, .declined))])
        #expect(queue.order == ["c1"])
        queue.available("ann")
        #expect(queue.enqueue("c2").offered(to: "ann")?.ticket == Ticket("c2"))
    }

    @Test(arguments: [false, true]) func `accept with attempt and nonce connects`(_ rings: Bool) throws {
        var queue = Bench.queue("ann")
        let work = rings ? try queue.alerting() : try queue.held()
        let offered = try #require(queue.ticket("c1")?.since)
        let said = queue.give(.acceptOffer(work.offer, ann))
        #expect(said.reply == .accepted(work.ticket))
        #expect(said.toAgents == [Word("ann", .connected(work.ticket, attempt: 1))])
        #expect(
            said.toConversations == [
                Talk("c1", .connected(work.ticket, agent: ann, attempt: 1, offered: offered, attempts: []))
            ])
        #expect(queue.state("c1") == .connected)
        #expect(queue.state.nextDue(soft: queue.soft) == nil)
    }

    @Test func `the answer timer gives up after two seconds without RONA, and the agent leaves the view`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.held()
        #expect(queue.state.nextDue(soft: queue.soft) == queue.now + .seconds(2))
        queue.wait(.milliseconds(1_999))
        #expect(queue.give(.due).saysNothing)
        let said = queue.passTime()
        #expect(said.toAgents == [Word("ann", .free(work.ticket, attempt: 1, .off))])
        #expect(queue.order == ["c1"])
        #expect(queue.enqueue("c2").toAgents.isEmpty)
    }

    @Test func `the answer timer goes to the next candidate`() throws {
        var queue = Bench.queue("ann", "ben")
        let work = try queue.held()
        queue.available("ben")
        let said = queue.passTime()
        #expect(said.toAgents.first == Word("ann", .free(work.ticket, attempt: 1, .off)))
        #expect(said.offered(to: "ben")?.attempt == 2)
    }

    @Test func `the alert timer frees as RONA and the ticket waits at its old place`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.alerting()
        queue.enqueue("c2")
        queue.wait(.milliseconds(29_990))
        #expect(queue.give(.due).saysNothing)
        let said = queue.passTime()
        #expect(said.toAgents == [Word("ann", .free(work.ticket, attempt: 1, .rona))])
        #expect(queue.order == ["c1", "c2"])
    }

    @Test func `accept again by the owner is answered again and changes nothing`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.connected()
        let said = queue.give(.acceptOffer(work.offer, ann))
        #expect(said.reply == .accepted(work.ticket))
        #expect(said.saysNothing)
    }

    @Test(arguments: [WithdrawKind.end, .move, .transfer])
    func `a withdrawal of a waiting ticket closes it`(_ kind: WithdrawKind) {
        var queue = Bench.queue("ann")
        queue.enqueue("c1")
        let said = queue.give(.withdraw(Ticket("c1"), kind))
        #expect(said.toAgents.isEmpty)
        #expect(
            said.toConversations == [
                Talk("c1", .withdrawn(Ticket("c1"), wasConnected: false, lost: false, attempts: []))
            ])
        #expect(queue.ticket("c1") == nil)
        #expect(queue.order == [])
    }

    @Test(arguments: [WithdrawKind.end, .move], [false, true])
    func `a withdrawal of an offered ticket frees the agent`(_ kind: WithdrawKind, _ rings: Bool) throws {
        var queue = Bench.queue("ann")
        let work = rings ? try queue.alerting() : try queue.held()
        let said = queue.give(.withdraw(work.ticket, kind))
        #expect(said.toAgents == [Word("ann", .free(work.ticket, attempt: 1, .off))])
        guard case .withdrawn(work.ticket, false, false, let attempts) = said.toConversations.first?.command else {
            Issue.record("\(said.toConversations)")
            return
        }
        #expect(attempts.map(\.outcome) == [.withdrawn])
        #expect(queue.ticket("c1") == nil)
    }

    @Test(arguments: [WithdrawKind.end, .transfer])
    func `end or transfer of connected work closes it and ends the agent's part`(_ kind: WithdrawKind) throws {
        var queue = Bench.queue("ann")
        let work = try queue.connected()
        let said = queue.give(.withdraw(work.ticket, kind))
        #expect(said.toAgents == [Word("ann", .free(work.ticket, attempt: 1, .end))])
        guard case .withdrawn(work.ticket, true, false, let attempts) = said.toConversations.first?.command else {
            Issue.record("\(said.toConversations)")
            return
        }
        #expect(attempts.map(\.outcome) == [.completed])
        #expect(queue.ticket("c1") == nil)
    }

    @Test func `a move of connected work is too late and takes nothing away`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.connected()
        let said = queue.give(.withdraw(work.ticket, .move))
        #expect(said.toConversations == [Talk("c1", .tooLate(work.ticket))])
        #expect(said.toAgents.isEmpty)
        #expect(queue.state("c1") == .connected)
    }

    @Test func `a withdrawal of an unknown ticket is ignored`() {
        var queue = Bench.queue("ann")
        queue.enqueue("c1")
        #expect(queue.give(.withdraw(Ticket("c9"), .end)).saysNothing)
        #expect(queue.give(.withdraw(Ticket("c1", 2), .end)).saysNothing)
        #expect(queue.order == ["c1"])
    }

    @Test func `words with another attempt or agent are ignored`() throws {
        var queue = Bench.queue("ann", "ben")
        let work = try queue.held()
        let before = queue.state
        for (attempt, agent) in [(UInt32(0), ann), (2, ann), (1, ben)] {
            #expect(queue.give(.ringing(work.ticket, attempt: attempt, agent)).saysNothing)
            #expect(queue.give(.release(work.ticket, attempt: attempt, agent)).saysNothing)
            #expect(queue.give(.decline(work.ticket, attempt: attempt, agent, why: .offQueue)).saysNothing)
            #expect(queue.give(.refused(work.ticket, attempt: attempt, queue.snapshot(agent.key))).events.isEmpty)
        }
        #expect(queue.state == before)
    }

    @Test func `accept or decline that is not current is gone`() throws {
        var queue = Bench.queue("ann", "ben")
        let work = try queue.alerting()
        let wrong = [
            OfferID(queue: sales, ticket: work.ticket, attempt: 1, nonce: work.nonce &+ 1),
            OfferID(queue: sales, ticket: work.ticket, attempt: 2, nonce: work.nonce),
            OfferID(queue: sales, ticket: Ticket("c1", 2), attempt: 1, nonce: work.nonce),
            OfferID(queue: QueueID("other"), ticket: work.ticket, attempt: 1, nonce: work.nonce),
        ]
        for offer in wrong {
            let accept = queue.give(.acceptOffer(offer, ann))
            let decline = queue.give(.declineOffer(offer, ann))
            #expect(accept.reply == .gone && accept.saysNothing)
            #expect(decline.reply == .gone && decline.saysNothing)
        }
        #expect(queue.give(.acceptOffer(work.offer, ben)).reply == .gone)
        #expect(queue.give(.declineOffer(work.offer, ben)).reply == .gone)
        #expect(queue.state("c1") == .alerting)
    }
}
