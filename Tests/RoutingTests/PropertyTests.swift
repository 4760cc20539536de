import Primitives
import Routing
import Testing

/// Random commands against the invariants of offer-protocol section 7 that one entity alone must keep.
@Suite struct PropertyTests {
    // MARK: queue

    /// A queue with what the world around it would know.
    private struct QueueRun {
        var bench = Bench.queue("a0", "a1", "a2", "a3")
        var random: SeededRandom
        var offers: [(work: OfferedWork, agent: String)] = []
        var nextNumber: [String: UInt32] = [:]
        var attempts: [Ticket: UInt32] = [:]
        var connected: Set<Ticket> = []
        var closed: Set<Ticket> = []

        mutating func agent() -> String { "a\(random.pick(0...3))" }

        mutating func someTicket() -> Ticket {
            let key = "c\(random.pick(0...7))"
            return Ticket(key, max(1, nextNumber[key, default: 1] - (random.chance(150) ? 1 : 0)))
        }

        mutating func command() -> QueueCommand {
            let agent = agent()
            let name = AgentID(agent)
            let media: [MediaType] = [.chat, .voice]
            let snapshot = bench.snapshot(
                agent, free: random.chance(800) ? [.chat: 2, .voice: 1] : [:],
                skills: random.chance(500) ? [HeldSkill(skill: "s")] : [], idle: random.pick(0...3))
            let (offer, attempt, owner) = anyOffer(or: name)
            switch random.pick(0...12) {
            case 0, 1, 2: return enqueue() ?? .due
            case 3, 4: return .available(snapshot, awards: 0)
            case 5:
                return .award(someTicket(), reservation: random.next(), media: media[Int(random.pick(0...1))], snapshot)
            case 6, 7: return .ringing(offer.ticket, attempt: attempt, owner)
            case 8: return .acceptOffer(offer, owner)
            case 9:
                return random.chance(500)
                    ? .declineOffer(offer, owner) : .decline(offer.ticket, attempt: attempt, owner, why: .offQueue)
            case 10: return .refused(offer.ticket, attempt: attempt, snapshot)
            case 11: return .release(offer.ticket, attempt: attempt, owner)
            default:
                let kinds: [WithdrawKind] = [.end, .move, .transfer]
                return random.chance(500) ? .due : .withdraw(someTicket(), kinds[Int(random.pick(0...2))])
            }
        }

        /// A ticket that may enter: the last one of its conversation is over.
        private mutating func enqueue() -> QueueCommand? {
            let key = "c\(random.pick(0...7))"
            let number = nextNumber[key, default: 1]
            guard
                number == 1 && bench.ticket(key, 1) == nil && !closed.contains(Ticket(key, 1))
                    || closed.contains(Ticket(key, number))
            else { return nil }
            let next = closed.contains(Ticket(key, number)) ? number + 1 : number
            nextNumber[key] = next
            return .enqueue(
                Enqueue(
                    ticket: Ticket(key, next), media: random.chance(700) ? .chat : .voice,
                    priority: Int32(random.pick(-1...1)), skills: random.chance(300) ? [SkillRequest(skill: "s")] : [],
                    waitingSince: random.chance(200) ? bench.now + .seconds(-random.pick(0...90)) : nil))
        }

        private mutating func anyOffer(or agent: AgentID) -> (OfferID, UInt32, AgentID) {
            guard !offers.isEmpty else {
                return (OfferID(queue: sales, ticket: Ticket("c0"), attempt: 1, nonce: 1), 1, agent)
            }
            let recent = offers.suffix(random.chance(850) ? 4 : 40)
            let (work, holder) = recent[recent.startIndex + Int(random.pick(0...Int64(recent.count - 1)))]
            let attempt = random.chance(50) ? work.attempt + 1 : work.attempt
            let nonce = random.chance(50) ? work.nonce ^ 1 : work.nonce
            let offer = OfferID(queue: sales, ticket: work.ticket, attempt: attempt, nonce: nonce)
            return (offer, attempt, random.chance(50) ? agent : AgentID(holder))
        }
    }

    @Test(arguments: 1...40) func `a queue keeps its invariants whatever comes`(_ seed: UInt64) throws {
        var run = QueueRun(random: SeededRandom(seed: seed))
        for _ in 0..<400 {
            run.bench.wait(.milliseconds(run.random.chance(100) ? 9_000 : run.random.pick(0...400)))
            let command = run.command()
            let before = run.bench.state
            let said = run.bench.give(command)
            checkOffers(said, &run)
            checkAnswers(command, said, before, &run)
            checkLine(run)
            if run.random.chance(20) { run.bench.failOver() }
        }
        #expect(!run.offers.isEmpty && !run.connected.isEmpty && !run.closed.isEmpty)
        #expect(try run.bench.replayed() == run.bench.state)
    }

    /// Attempt numbers of a ticket grow, and only a waiting ticket is offered.
    private func checkOffers(_ said: Said<QueueState>, _ run: inout QueueRun) {
        for word in said.toAgents {
            guard let work = said.offered(to: word.key), word.command.offers(work) else { continue }
            #expect(work.attempt == run.attempts[work.ticket, default: 0] + 1)
            #expect(!run.connected.contains(work.ticket) && !run.closed.contains(work.ticket))
            run.attempts[work.ticket] = work.attempt
            run.offers.append((work, word.key))
        }
    }

    private func checkAnswers(
        _ command: QueueCommand, _ said: Said<QueueState>, _ before: QueueState, _ run: inout QueueRun
    ) {
        if case .accepted(let ticket) = said.reply, !said.events.isEmpty {
            #expect(run.connected.insert(ticket).inserted)
            #expect(!run.closed.contains(ticket))
        }
        for word in said.toConversations {
            guard case .withdrawn(let ticket, let wasConnected, let lost, _) = word.command else { continue }
            #expect(run.closed.insert(ticket).inserted)
            #expect(wasConnected == run.connected.contains(ticket))
            #expect(!lost)
        }
        if case .withdraw(let ticket, .move) = command, run.connected.contains(ticket) {
            #expect(run.bench.state == before)
        }
        if case .gone = said.reply { #expect(run.bench.state == before) }
    }

    /// The line holds exactly the waiting tickets by rank; what is offered has a timer.
    private func checkLine(_ run: QueueRun) {
        let tickets = run.bench.state.tickets.values
        let waiting = tickets.filter { $0.state == .waiting }.sorted { $0.rank < $1.rank }
        #expect(run.bench.line.map(\.ticket) == waiting.map(\.ticket))
        #expect(run.bench.line.map(\.position) == waiting.indices.map { UInt32($0 + 1) })
        #expect(run.bench.state.waitingCount == waiting.count)
        let dues = tickets.compactMap { ticket -> Instant? in
            switch ticket.state {
            case .held(_, let answerBy): answerBy
            case .alerting(_, let until): until
            case .waiting: (ticket.excluded.values + [ticket.retryAt].compactMap(\.self)).min()
            case .connected: nil
            }
        }
        #expect(run.bench.state.nextDue(soft: QueueState.freshSoft()) == dues.min())
        #expect(!tickets.contains { run.closed.contains($0.ticket) })
        for ticket in tickets where run.connected.contains(ticket.ticket) {
            guard case .connected = ticket.state else {
                Issue.record("accepted work is \(ticket.state)")
                continue
            }
        }
    }

    // MARK: agent

    /// What routing-semantics 6 allows beside each other, worked out anew.
    private func fits(_ slots: [AgentSlot], maximum: PerMedia) -> Bool {
        for media in MediaType.allCases where slots.filter({ $0.media == media }).count > maximum[media] {
            return false
        }
        let active = slots.filter { !$0.isWrapUp }
        guard Set(active.map(\.media)).count <= 1 else { return false }
        let ringing = active.filter { $0.isReserved || $0.reservation != nil }
        return !ringing.contains { $0.media == .voice || $0.media == .callback } || ringing.count == 1
    }

    private func agentCommand(_ agent: Bench<AgentState>, _ random: inout SeededRandom) -> AgentCommand {
        let media = [MediaType.voice, .chat, .chat, .email][Int(random.pick(0...3))]
        let queue = "q\(random.pick(0...2))"
        let place = random.pick(1...20)
        let after = [AfterContactWork.none, .mandatory, .mandatoryTimed(.seconds(5))][Int(random.pick(0...2))]
        let fresh = agent.work("c\(random.next() % 1_000_000)", queue: queue, media: media, place: place, after: after)
        let slots = agent.state.slots
        let slot = slots.isEmpty ? nil : slots[Int(random.pick(0...Int64(slots.count - 1)))]
        switch random.pick(0...11) {
        case 0, 1: return .reserve(fresh)
        case 2, 3: return .bids([agent.bid(fresh.ticket.conversation.key, queue: queue, media: media, place: place)])
        case 4, 5: return .due
        case 6: return .setPresence(random.chance(800) ? .available : .away, onQueue: random.chance(750))
        default: break
        }
        guard let slot else { return .setPresence(.available, onQueue: true) }
        if let reservation = slot.reservation {
            let granted = agent.work(
                slot.ticket.conversation.key, queue: slot.queue.key, media: slot.media, after: after)
            return random.chance(600)
                ? .granted(granted, reservation: random.chance(100) ? reservation + 1_000_000 : reservation)
                : .gone(reservation: reservation, queue: slot.queue, next: nil)
        }
        let attempt: UInt32 = random.chance(100) ? 2 : 1
        let why = [FreeReason.off, .rona, .end, .declined][Int(random.pick(0...3))]
        switch random.pick(0...4) {
        case 0, 1: return .connected(slot.ticket, attempt: attempt)
        case 2: return .free(slot.ticket, attempt: attempt, why)
        case 3: return random.chance(500) ? .over(slot.ticket) : .wrappedUp(slot.ticket, attempt: attempt)
        default: return .statusAnswer(slot.ticket, attempt: attempt, .free(why))
        }
    }

    @Test(arguments: 1...40) func `an agent keeps its invariants whatever comes`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let maximum = PerMedia { $0 == .chat ? 3 : 1 }
        var agent = Bench.agent(maximum: maximum, queues: [QueueID("q0"), QueueID("q1"), QueueID("q2")])
        var lastReservation: UInt64 = 0
        var most = 0
        for _ in 0..<1_500 {
            agent.wait(.milliseconds(random.pick(0...60)))
            let said = agent.give(agentCommand(agent, &random))
            most = max(most, agent.state.slots.count)
            #expect(fits(agent.state.slots, maximum: maximum))
            for award in said.awards {
                #expect(award.reservation > lastReservation)
                lastReservation = award.reservation
            }
            let inHand = agent.state.slots.filter { !$0.isWrapUp }.map(\.ticket)
            #expect(Set(inHand).count == inHand.count)
            var copy = agent
            guard case .view(let view) = copy.give(.view).reply else {
                Issue.record("the agent is unknown")
                return
            }
            #expect(view.slots == agent.state.slots)
            #expect(view.notResponding == agent.state.notResponding)
            if random.chance(20) { agent.failOver() }
        }
        #expect(most >= 3)
        #expect(try agent.replayed() == agent.state)
    }

    // MARK: conversation

    @Test(arguments: 1...40) func `a conversation keeps its invariants whatever comes`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var conversation = Bench.conversation()
        var issued: [UInt32] = [1]
        for _ in 0..<150 {
            let last = issued.last ?? 1
            let ticket = random.chance(200) ? last + 1 : max(1, last - (random.chance(200) ? 1 : 0))
            let before = conversation.state
            let said: Said<ConversationState>
            switch random.pick(0...30) {
            case 0...7: said = conversation.connected(ticket, attempt: UInt32(random.pick(1...3)))
            case 8...14:
                said = conversation.withdrawn(ticket, wasConnected: random.chance(500), lost: random.chance(100))
            case 15...19: said = conversation.give(.tooLate(Ticket("c1", ticket)))
            case 20...28: said = conversation.give(.move(QueueID("q\(random.pick(0...3))")))
            case 29: said = conversation.give(random.chance(100) ? .abandon : .end(by: ben))
            default: said = conversation.give(.create(Samples.conversation))
            }
            if let enqueued = said.enqueued {
                issued.append(enqueued.entry.ticket.number)
                #expect(QueueID(enqueued.queue) == conversation.state.line)
            }
            #expect(said.withdrawals.count <= 1)
            #expect(said.withdrawals.isEmpty || !before.isLeaving || said.enqueued == nil)
            if before.ended != nil { #expect(conversation.state == before) }
            #expect(conversation.view?.owner == conversation.state.owner?.agent)
        }
        #expect(issued == Array(1...UInt32(issued.count)))
        #expect(try conversation.replayed() == conversation.state)
    }
}

extension AgentCommand {
    fileprivate func offers(_ work: OfferedWork) -> Bool {
        switch self {
        case .reserve(work), .granted(work, _): true
        default: false
        }
    }
}
