public import Primitives

extension AgentState {
    /// One row of the agent's table in offer-protocol section 2 for each command.
    public func decide(
        _ command: AgentCommand, soft: inout AgentSoft, in context: inout DecisionContext
    ) -> Decision<AgentState> {
        var turn = AgentTurn(self, soft: soft, context: context)
        let reply = turn.take(command)
        turn.announceIfChanged(since: self)
        soft = turn.soft
        context = turn.context
        return Decision(reply, events: turn.events, outgoing: turn.outgoing, notices: turn.notices)
    }
}

/// One decision of an agent while it is being made: a working copy of the state, and what follows.
struct AgentTurn {
    var state: AgentState
    var soft: AgentSoft
    var context: DecisionContext
    var events: [AgentEvent] = []
    var outgoing: [Outgoing] = []
    var notices: [Notice] = []

    init(_ state: AgentState, soft: AgentSoft, context: DecisionContext) {
        self.state = state
        self.soft = soft
        self.context = context
    }

    mutating func take(_ command: AgentCommand) -> AgentReply {
        switch command {
        case .reserve(let work): reserve(work)
        case .granted(let work, let reservation): granted(work, reservation)
        case .gone(let reservation, let queue, let next): gone(reservation, queue, next)
        case .connected(let ticket, let attempt): connected(ticket, attempt)
        case .free(let ticket, let attempt, let reason): free(ticket, attempt, reason)
        case .over(let ticket): over(ticket)
        case .wrappedUp(let ticket, let attempt): wrappedUp(ticket, attempt)
        case .bids(let bids): take(bids)
        case .announce(let queue): announce(to: [queue])
        case .statusAnswer(let ticket, let attempt, let status): answered(ticket, attempt, status)
        case .setPresence(let presence, let onQueue): return setPresence(presence, onQueue)
        case .view: return state.isConfigured ? .view(AgentView(state)) : .unknown
        case .configure(let settings): configure(settings)
        case .due: due()
        case .recovered(let shard): recovered(shard)
        }
        return .done
    }

    mutating func log(_ event: AgentEvent) {
        events.append(event)
        state.apply(event, at: context.now)
    }

    /// What a queue may know now, with a sequence of its own.
    mutating func word() -> AgentSnapshot {
        soft.lastWord = max(context.now, soft.lastWord + .microseconds(1))
        return state.snapshot(at: soft.lastWord)
    }

    mutating func tell(_ queue: QueueID, _ command: QueueCommand) {
        outgoing.append(.logged(command, to: queue.key))
    }

    // MARK: from the queue

    private mutating func reserve(_ work: OfferedWork) {
        guard state.isAvailable else { return refuse(work) }
        if let own = state.slots.first(where: { $0.reservation != nil && $0.ticket == work.ticket }) {
            return ring(work, replacing: own.reservation)
        }
        if state.capacity.free(work.media) > 0 {
            guard let bid = higherBidClaimingAll(work) else { return ring(work, replacing: nil) }
            // The other bids go on to keep lower ones away, until they are renewed or too old.
            soft.windowEnds = nil
            soft.drop(bid)
            award(bid)
            return refuse(work)
        }
        if let lowest = lowerAwardMakingRoom(for: work) { return ring(work, replacing: lowest) }
        refuse(work)
    }

    /// The best bid in hand, when bids of higher rank claim every slot that `work` could take.
    private func higherBidClaimingAll(_ work: OfferedWork) -> Bid? {
        var capacity = state.capacity
        var best: Bid?
        // Within its queue the push is the best there is.
        let claims = ranked(soft.claims(at: context.now)).filter { $0.queue != work.queue }
        for bid in claims where (bid.rank, bid.ticket) < (work.rank, work.ticket) {
            guard capacity.free(bid.media) > 0 else { continue }
            capacity.add(AgentSlot(award: bid, reservation: 0))
            best = best ?? bid
            if capacity.free(work.media) == 0 { return best }
        }
        return nil
    }

    /// The lowest ungranted award below `work` whose slot `work` could have.
    private func lowerAwardMakingRoom(for work: OfferedWork) -> UInt64? {
        let lower = state.slots.filter { $0.reservation != nil && ($0.rank, $0.ticket) > (work.rank, work.ticket) }
        for slot in lower.sorted(by: { ($0.rank, $0.ticket) > ($1.rank, $1.ticket) }) {
            let rest = state.slots.filter { $0.reservation != slot.reservation }
            if Capacity(rest, maximum: state.settings.maximum).free(work.media) > 0 { return slot.reservation }
        }
        return nil
    }

    private mutating func refuse(_ work: OfferedWork) {
        tell(work.queue, .refused(work.ticket, attempt: work.attempt, word()))
    }

    private mutating func granted(_ work: OfferedWork, _ reservation: UInt64) {
        soft.patience[reservation] = nil
        if state.award(reservation) != nil, state.isAvailable { return ring(work, replacing: reservation) }
        if state.award(reservation) != nil { log(.awardDropped(reservation: reservation)) }
        guard context.planted != .release else { return }
        tell(work.queue, .release(work.ticket, attempt: work.attempt, state.id))
    }

    private mutating func gone(_ reservation: UInt64, _ queue: QueueID, _ next: Bid?) {
        soft.patience[reservation] = nil
        guard state.award(reservation) != nil else { return }
        log(.awardDropped(reservation: reservation))
        if let next, next.queue == queue { soft.keep(next: next, at: context.now) } else { soft.forget(queue) }
        awardBids()
    }

    private mutating func ring(_ work: OfferedWork, replacing reservation: UInt64?) {
        if let reservation { soft.patience[reservation] = nil }
        log(.reserved(work, replacing: reservation))
        // Other bids may be for what is left, and their window open.
        if state.free.isZero { soft.forgetBids() }
        tell(work.queue, .ringing(work.ticket, attempt: work.attempt, state.id))
        notices.append(
            Notice(
                "offer.alerting", of: state.id.entity, division: state.settings.division, audience: .agentSession,
                at: context.now,
                [
                    .init("offerId", .text(work.offer.text)),
                    .init("conversation", .text(work.ticket.conversation.key)),
                    .init("queue", .text(work.queue.key)), .init("mediaType", .text(work.media.description)),
                    .init("alertUntil", .time(context.now + work.alert)),
                ]))
    }

    private mutating func connected(_ ticket: Ticket, _ attempt: UInt32) {
        guard let (slot, work) = state.slot(ticket, attempt: attempt), slot.isReserved else { return }
        log(.connected(ticket, attempt: attempt))
        noticeOfferEnded(work, "accepted")
    }

    private mutating func free(_ ticket: Ticket, _ attempt: UInt32, _ reason: FreeReason) {
        guard let (slot, work) = state.slot(ticket, attempt: attempt) else { return }
        log(.freed(ticket, attempt: attempt, reason, wrapUp: reason == .end ? wrapUp(work) : nil))
        guard slot.isReserved else { return }
        let outcome =
            switch reason {
            case .off: "withdrawn"
            case .rona: "unanswered"
            case .declined: "declined"
            case .end: "accepted"
            }
        noticeOfferEnded(work, outcome)
    }

    private func wrapUp(_ work: OfferedWork) -> AgentEvent.WrapUp? {
        switch work.afterContactWork {
        case .none, .optional: nil
        case .mandatory: AgentEvent.WrapUp(until: nil)
        case .mandatoryTimed(let length): AgentEvent.WrapUp(until: context.now + length)
        }
    }

    private mutating func noticeOfferEnded(_ work: OfferedWork, _ outcome: String) {
        notices.append(
            Notice(
                "offer.ended", of: state.id.entity, division: state.settings.division, audience: .agentSession,
                at: context.now, [.init("offerId", .text(work.offer.text)), .init("outcome", .text(outcome))]))
    }

    private mutating func answered(_ ticket: Ticket, _ attempt: UInt32, _ status: TicketStatus) {
        switch status {
        case .current: break
        case .connected: connected(ticket, attempt)
        case .free(let reason): free(ticket, attempt, reason)
        }
    }

    // MARK: from the conversation

    private mutating func over(_ ticket: Ticket) {
        for slot in state.slots where slot.ticket == ticket {
            switch slot.state {
            case .reserved(let work, _), .connected(let work, _): free(ticket, work.attempt, .end)
            case .awarded, .wrapUp: break
            }
        }
    }

    /// The code is set, which also says that the contact is over: the queue's `free(end)` may come later.
    private mutating func wrappedUp(_ ticket: Ticket, _ attempt: UInt32) {
        if state.slot(ticket, attempt: attempt) != nil {
            return log(.freed(ticket, attempt: attempt, .end, wrapUp: nil))
        }
        let waits = state.slots.contains { slot in
            if case .wrapUp(let work, _) = slot.state {
                work.ticket == ticket && work.attempt == attempt
            } else {
                false
            }
        }
        if waits { log(.wrapUpEnded(ticket, attempt: attempt)) }
    }

    // MARK: the agent's own

    private mutating func setPresence(_ presence: Presence, _ onQueue: Bool) -> AgentReply {
        guard state.isConfigured else { return .unknown }
        guard !onQueue || presence == .available else { return .presenceNotAvailable }
        let changes = presence != state.presence || onQueue != state.onQueue || (onQueue && state.notResponding)
        guard changes else { return .done }
        let leaves = state.onQueue && !onQueue
        log(.presenceChanged(presence, onQueue: onQueue))
        if leaves { goOffQueue() }
        notices.append(
            Notice(
                "agent.presence", of: state.id.entity, division: state.settings.division, at: context.now,
                [.init("presence", .text(presence.description)), .init("onQueue", .flag(onQueue))]))
        return .done
    }

    /// Slots stay until the queue's word; ungranted awards are dropped.
    private mutating func goOffQueue() {
        soft.forgetBids()
        for slot in state.slots {
            switch slot.state {
            case .awarded(let reservation):
                soft.patience[reservation] = nil
                log(.awardDropped(reservation: reservation))
            case .reserved(let work, _):
                tell(work.queue, .decline(work.ticket, attempt: work.attempt, state.id, why: .offQueue))
                if context.planted == .freeOff { log(.freed(work.ticket, attempt: work.attempt, .off, wrapUp: nil)) }
            case .connected, .wrapUp: break
            }
        }
    }

    // MARK: bids and timers

    private mutating func take(_ bids: [Bid]) {
        guard let first = bids.first else { return }
        let word = bids.filter { $0.queue == first.queue && $0.media == first.media }
        guard state.isAvailable, state.capacity.free(first.media) > 0 else { return }
        soft.keep(word, at: context.now)
        guard word.contains(where: { !isInHand($0.ticket) }) else { return }
        if soft.windowEnds == nil { soft.windowEnds = context.now + context.bidWindow }
    }

    private func isInHand(_ ticket: Ticket) -> Bool { state.slots.contains { $0.ticket == ticket } }

    /// Those for tickets that are not in hand already, the highest first.
    private func ranked(_ bids: [Bid]) -> [Bid] {
        bids.filter { !isInHand($0.ticket) }.sorted { ($0.rank, $0.ticket) < ($1.rank, $1.ticket) }
    }

    /// The window is over: the best bid that fits is awarded. The others stay in hand until nothing is free: when the
    /// award comes to nothing, the next of its queue competes with them, and what is pushed meanwhile competes with them
    /// for the slots that are left. These go by the bids of a window of their own, which their announcement opens.
    private mutating func awardBids() {
        soft.windowEnds = nil
        guard state.isAvailable, let best = ranked(soft.bids).first(where: { state.capacity.free($0.media) > 0 }) else {
            return soft.forgetBids()
        }
        soft.drop(best)
        award(best)
    }

    private mutating func award(_ bid: Bid) {
        // As it was before this award: the queue may offer something else on the same slot.
        let word = word()
        let reservation = state.lastReservation + 1
        log(.awarded(bid, reservation: reservation))
        soft.patience[reservation] = context.now + AgentState.awardPatience
        tell(
            bid.queue,
            .award(bid.ticket, reservation: reservation, media: bid.media, word))
    }

    private mutating func due() {
        let now = context.now
        if let ends = soft.windowEnds, ends <= now { awardBids() }
        for (reservation, end) in soft.patience.sorted(by: { $0.key < $1.key }) where end <= now {
            soft.patience[reservation] = nil
            if state.award(reservation) != nil { log(.awardDropped(reservation: reservation)) }
        }
        for slot in state.slots {
            guard case .wrapUp(let work, .some(let until)) = slot.state, until <= now else { continue }
            log(.wrapUpEnded(work.ticket, attempt: work.attempt))
            outgoing.append(
                .logged(
                    ConversationCommand.wrapUpTimedOut(work.ticket, attempt: work.attempt),
                    to: work.ticket.conversation.key))
        }
        if soft.announceAt <= now { sayAgain() }
    }

    /// What a lost soft message would have said: free capacity, and whether slots in hand still stand.
    private mutating func sayAgain() {
        soft.announceAt = context.nextAnnouncement
        // Also that nothing is free: a queue that missed it would push to an agent who only seems free.
        announce(to: state.settings.queues)
        for slot in state.slots {
            switch slot.state {
            case .reserved(let work, let since), .connected(let work, let since):
                if context.planted == .agentClock, slot.isReserved, since + AgentState.reannouncement <= context.now {
                    log(.freed(work.ticket, attempt: work.attempt, .off, wrapUp: nil))
                    continue
                }
                outgoing.append(
                    .soft(QueueCommand.status(work.ticket, attempt: work.attempt, state.id), to: work.queue.key))
            case .awarded(let reservation):
                if soft.unwatched(slot) { soft.patience[reservation] = context.now + AgentState.awardPatience }
            case .wrapUp: break
            }
        }
    }

    mutating func announceIfChanged(since before: AgentState) {
        let queuesChanged = state.settings.queues != before.settings.queues
        let skillsChanged = state.settings.skills != before.settings.skills
        guard state.free != before.free || queuesChanged || skillsChanged || state.idleSince != before.idleSince else {
            return
        }
        // Every queue bids anew to who can take more; what is in hand from before may long be with somebody else.
        if MediaType.allCases.contains(where: { state.free[$0] > before.free[$0] }) { soft.forgetBids() }
        announce(to: state.settings.queues)
        soft.announceAt = context.nextAnnouncement
    }

    private mutating func announce(to queues: [QueueID]) {
        let snapshot = word()
        let awards = state.slots.count { $0.reservation != nil }
        for queue in queues { outgoing.append(.soft(QueueCommand.available(snapshot, awards: awards), to: queue.key)) }
    }

    // MARK: from the node

    private mutating func configure(_ settings: AgentSettings) {
        if settings.version > state.settings.version { log(.configured(settings)) }
    }

    /// Another shard lost what it held: its queues' slots are over, its conversations' codes will never come.
    private mutating func recovered(_ shard: ShardID) {
        let count = context.shardCount
        for slot in state.slots {
            let queueLost = slot.queue.entity.shard(of: count) == shard
            let conversationLost = slot.ticket.conversation.entity.shard(of: count) == shard
            switch slot.state {
            case .awarded(let reservation): if queueLost { log(.awardDropped(reservation: reservation)) }
            case .reserved(let work, _):
                if conversationLost { log(.wrapUpWaived(work.ticket, attempt: work.attempt)) }
                if queueLost { free(work.ticket, work.attempt, .off) }
            case .connected(let work, _):
                if conversationLost { log(.wrapUpWaived(work.ticket, attempt: work.attempt)) }
                // No after-contact work: the conversation may be lost with the queue, and then no code would end it.
                if queueLost { log(.freed(work.ticket, attempt: work.attempt, .end, wrapUp: nil)) }
            case .wrapUp(let work, _):
                if conversationLost { log(.wrapUpEnded(work.ticket, attempt: work.attempt)) }
            }
        }
    }
}
