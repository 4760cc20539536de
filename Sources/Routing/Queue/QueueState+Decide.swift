public import Primitives

extension QueueState {
    /// One row of the queue's table in offer-protocol section 2 for each command.
    public func decide(
        _ command: QueueCommand, soft: inout QueueView, in context: inout DecisionContext
    ) -> Decision<QueueState> {
        var turn = QueueTurn(self, view: soft, context: context)
        // The turn's view is then the only one: what it changes is not copied.
        soft = QueueView()
        turn.askMembersOnce()
        let reply = turn.take(command)
        soft = turn.view
        context = turn.context
        return Decision(reply, events: turn.events, outgoing: turn.outgoing, notices: turn.notices)
    }
}

/// One decision of a queue while it is being made: a working copy of the state, and what follows.
struct QueueTurn {
    private(set) var state: QueueState
    var view: QueueView
    var context: DecisionContext
    var events: [QueueEvent] = []
    var outgoing: [Outgoing] = []
    var notices: [Notice] = []

    init(_ state: QueueState, view: QueueView, context: DecisionContext) {
        self.state = state
        self.view = view
        self.context = context
    }

    mutating func log(_ event: QueueEvent) {
        events.append(event)
        state.apply(event, at: context.now)
    }

    mutating func askMembersOnce() {
        guard !view.hasAsked else { return }
        view.hasAsked = true
        askMembers(state.settings.members)
    }

    mutating func askMembers(_ members: [AgentID]) {
        for agent in members { outgoing.append(.soft(AgentCommand.announce(state.id), to: agent.key)) }
    }

    mutating func take(_ command: QueueCommand) -> QueueReply {
        switch command {
        case .enqueue(let entry): enqueue(entry)
        case .withdraw(let ticket, let kind): withdraw(ticket, kind)
        case .ringing(let ticket, let attempt, let agent): ringing(ticket, attempt, agent)
        case .refused(let ticket, let attempt, let snapshot): refused(ticket, attempt, snapshot)
        case .award(let ticket, let reservation, let media, let snapshot):
            award(ticket, reservation, media, snapshot)
        case .release(let ticket, let attempt, let agent):
            if isOffered(ticket, attempt, agent) { putBack(ticket, .withdrawn) }
        case .decline(let ticket, let attempt, let agent, let why):
            if isOffered(ticket, attempt, agent) { decline(ticket, attempt, agent, why) }
        case .available(let snapshot, let awards): available(snapshot, awards: awards)
        case .status(let ticket, let attempt, let agent): status(ticket, attempt, agent)
        case .acceptOffer(let offer, let agent): return accept(offer, agent)
        case .declineOffer(let offer, let agent): return decline(offer, agent)
        case .waiting(let limit): return waiting(limit)
        case .ticket(let ticket): return .ticket(view(of: ticket))
        case .configure(let settings): configure(settings)
        case .due: due()
        case .recovered(let shard): recovered(shard)
        }
        return .done
    }

    // MARK: from the conversation

    private mutating func enqueue(_ entry: Enqueue) {
        if let old = state.tickets[entry.ticket.conversation] {
            // Only a forced recovery can leave an older ticket here: it is over, and its conversation knows.
            guard old.ticket < entry.ticket else { return }
            close(old, lost: true, tellsConversation: false)
        }
        let sequence = state.lastSequence + 1
        let waitingSince = entry.waitingSince ?? context.now
        log(.enqueued(entry, waitingSince: waitingSince, sequence: sequence))
        notice("queue.waiting", entry.ticket)
        push(entry.ticket.conversation)
    }

    private mutating func withdraw(_ ticket: Ticket, _ kind: WithdrawKind) {
        // Unknown only after a forced recovery: the answer is then under way or no longer wanted.
        guard let queued = state.tickets[ticket.conversation], queued.ticket == ticket else { return }
        if case .connected = queued.state, kind == .move { return tell(ticket.conversation, .tooLate(ticket)) }
        close(queued, lost: false)
    }

    /// The ticket is over: the agent's slot is freed and the conversation told.
    private mutating func close(_ queued: QueuedTicket, lost: Bool, tellsConversation: Bool = true) {
        var wasConnected = false
        if let attempt = queued.attempt {
            if case .connected = queued.state { wasConnected = true }
            // A lost conversation takes no code any more, so no after-contact work is due either.
            tell(attempt.agent, .free(queued.ticket, attempt: attempt.number, wasConnected && !lost ? .end : .off))
        }
        log(.closed(queued.ticket.conversation))
        notice("queue.closed", queued.ticket)
        guard tellsConversation else { return }
        tell(
            queued.ticket.conversation,
            .withdrawn(
                queued.ticket, wasConnected: wasConnected, lost: lost, attempts: queued.attemptsAtClose(context.now)))
    }

    // MARK: from the agent

    private mutating func ringing(_ ticket: Ticket, _ attempt: UInt32, _ agent: AgentID) {
        guard isOffered(ticket, attempt, agent), let queued = state.tickets[ticket.conversation],
            case .held = queued.state
        else { return }
        let until =
            context.planted == .loseAlertTimer
            ? .distantFuture : context.now + state.settings.offers.alert(queued.media)
        log(.alerting(ticket.conversation, until: until))
        notice("queue.alerting", ticket, agent: agent, attempt: attempt)
        if state.settings.offers.autoAnswer, let current = state.tickets[ticket.conversation]?.offered {
            connect(ticket, current)
        }
    }

    private mutating func refused(_ ticket: Ticket, _ attempt: UInt32, _ snapshot: AgentSnapshot) {
        if isMember(snapshot.agent) { _ = view.hear(snapshot, window: context.bidWindow, at: context.now) }
        view.drop(snapshot.agent)
        if isOffered(ticket, attempt, snapshot.agent) { putBack(ticket, .withdrawn) }
    }

    private mutating func award(
        _ ticket: Ticket, _ reservation: UInt64, _ media: MediaType, _ snapshot: AgentSnapshot
    ) {
        guard isMember(snapshot.agent) else {
            return tell(snapshot.agent, .gone(reservation: reservation, queue: state.id, next: nil))
        }
        if let queued = state.tickets[ticket.conversation], queued.ticket == ticket, mayBeAwarded(queued),
            let best = context.planted == .late ? queued : bestWaiting(for: snapshot, media: media)
        {
            let work = hold(best, for: snapshot.agent)
            return tell(snapshot.agent, .granted(work, reservation: reservation))
        }
        let next = bestWaiting(for: snapshot, media: nil)
        tell(snapshot.agent, .gone(reservation: reservation, queue: state.id, next: next.map(bid)))
    }

    private func mayBeAwarded(_ queued: QueuedTicket) -> Bool {
        if queued.state == .waiting { return true }
        return context.planted == .late && queued.offered != nil
    }

    private mutating func available(_ snapshot: AgentSnapshot, awards: Int) {
        guard isMember(snapshot.agent), view.hear(snapshot, window: context.bidWindow, at: context.now) else { return }
        let bids = bids(for: snapshot, awards: awards)
        if !bids.isEmpty { outgoing.append(.soft(AgentCommand.bids(bids), to: snapshot.agent.key)) }
    }

    private mutating func status(_ ticket: Ticket, _ attempt: UInt32, _ agent: AgentID) {
        let queued = state.tickets[ticket.conversation].flatMap { $0.ticket == ticket ? $0 : nil }
        let answer: TicketStatus =
            switch queued?.attempt {
            case .some(let current) where current.number == attempt && current.agent == agent:
                if case .connected = queued?.state { .connected } else { .current }
            default: .free(freeReason(queued, attempt, agent))
            }
        outgoing.append(.confirmed(AgentCommand.statusAnswer(ticket, attempt: attempt, answer), to: agent.key))
    }

    /// Why an attempt that is no longer current was freed, as far as it is still known.
    private func freeReason(_ queued: QueuedTicket?, _ attempt: UInt32, _ agent: AgentID) -> FreeReason {
        switch queued?.finished.last(where: { $0.attempt == attempt && $0.agent == agent })?.outcome {
        case .unanswered: .rona
        case .declined: .declined
        case .completed: .end
        case .withdrawn, nil: .off
        }
    }

    // MARK: from the desktop

    private mutating func accept(_ offer: OfferID, _ agent: AgentID) -> QueueReply {
        guard offer.queue == state.id, let queued = state.tickets[offer.ticket.conversation],
            queued.ticket == offer.ticket, let attempt = queued.attempt, attempt.agent == agent,
            attempt.number == offer.attempt, attempt.nonce == offer.nonce || context.planted == .unseen
        else { return .gone }
        if queued.offered != nil {
            connect(offer.ticket, attempt)
        }
        return .accepted(offer.ticket)
    }

    /// `held | alerting → connected`: by the agent's word, or by itself where the queue answers for it.
    private mutating func connect(_ ticket: Ticket, _ attempt: QueuedTicket.Attempt) {
        let attempts = state.tickets[ticket.conversation]?.finished ?? []
        log(.connected(ticket.conversation))
        tell(attempt.agent, .connected(ticket, attempt: attempt.number))
        tell(
            ticket.conversation,
            .connected(
                ticket, agent: attempt.agent, attempt: attempt.number, offered: attempt.offered, attempts: attempts))
        notice("queue.connected", ticket, agent: attempt.agent, attempt: attempt.number)
    }

    private mutating func decline(_ offer: OfferID, _ agent: AgentID) -> QueueReply {
        guard offer.queue == state.id, let queued = state.tickets[offer.ticket.conversation],
            queued.ticket == offer.ticket, let attempt = queued.offered, attempt.agent == agent,
            attempt.number == offer.attempt, attempt.nonce == offer.nonce
        else { return .gone }
        decline(offer.ticket, attempt.number, agent, .declined)
        return .done
    }

    private mutating func decline(_ ticket: Ticket, _ attempt: UInt32, _ agent: AgentID, _ why: DeclineReason) {
        switch why {
        case .declined:
            tell(agent, .free(ticket, attempt: attempt, .declined))
            putBack(ticket, .declined, excludedUntil: context.now + QueueState.declineExclusion)
        case .offQueue, .disconnected:
            tell(agent, .free(ticket, attempt: attempt, .off))
            putBack(ticket, .withdrawn)
        }
    }

    // MARK: from the node

    private mutating func configure(_ settings: QueueSettings) {
        guard settings.version > state.settings.version else { return }
        let known = state.members
        log(.configured(settings))
        view.keep(state.members)
        askMembers(settings.members.filter { !known.contains($0) })
        withdrawOffers(from: known.subtracting(state.members))
    }

    /// Who is no member any more loses what rings; connected work stays (routing-semantics 5).
    private mutating func withdrawOffers(from removed: Set<AgentID>) {
        guard !removed.isEmpty else { return }
        for queued in state.tickets.values.sorted(by: { $0.rank < $1.rank }) {
            guard let attempt = queued.offered, removed.contains(attempt.agent) else { continue }
            tell(attempt.agent, .free(queued.ticket, attempt: attempt.number, .off))
            putBack(queued.ticket, .withdrawn)
        }
    }

    private mutating func due() {
        for conversation in state.expired(at: context.now).sorted(by: ranksHigher) {
            guard let queued = state.tickets[conversation] else { continue }
            switch queued.state {
            // A push of this turn may have given the ticket away: its timer is another one then.
            case .held(let attempt, let answerBy):
                guard answerBy <= context.now else { continue }
                view.drop(attempt.agent)
                tell(attempt.agent, .free(queued.ticket, attempt: attempt.number, .off))
                putBack(queued.ticket, .withdrawn)
            case .alerting(let attempt, let until):
                guard until <= context.now else { continue }
                view.drop(attempt.agent)
                tell(attempt.agent, .free(queued.ticket, attempt: attempt.number, .rona))
                putBack(queued.ticket, .unanswered)
            case .waiting:
                log(.exclusionsEnded(conversation))
                push(conversation)
            case .connected: break
            }
        }
        if let retryAt = view.retryAt, retryAt <= context.now { pushAgain() }
    }

    /// Agents who were fresh may be pushed to now: whoever waits is tried, in order.
    private mutating func pushAgain() {
        view.retryAt = nil
        for (_, conversation) in state.line.all.prefix(QueueState.retriesPerDecision) where !view.isEmpty {
            push(conversation)
        }
    }

    /// Another shard lost what it held: its conversations and slots are gone (docs/models/recovery.md).
    private mutating func recovered(_ shard: ShardID) {
        let count = context.shardCount
        view.drop { $0.entity.shard(of: count) == shard }
        var returning: [QueuedTicket] = []
        for queued in state.tickets.values.sorted(by: { $0.ticket < $1.ticket }) {
            if queued.ticket.conversation.entity.shard(of: count) == shard {
                close(queued, lost: true, tellsConversation: false)
            } else if let attempt = queued.attempt, attempt.agent.entity.shard(of: count) == shard {
                if case .connected = queued.state { close(queued, lost: true) } else { returning.append(queued) }
            }
        }
        // After all closes, so that nobody is given what is over; by rank, so that nobody is passed.
        for queued in returning.sorted(by: { $0.rank < $1.rank }) { putBack(queued.ticket, .withdrawn) }
    }

    private func ranksHigher(_ one: ConversationID, _ other: ConversationID) -> Bool {
        guard let left = state.tickets[one], let right = state.tickets[other] else { return one < other }
        return left.rank < right.rank
    }

    // MARK: words

    private func isMember(_ agent: AgentID) -> Bool { state.members.contains(agent) }

    func isOffered(_ ticket: Ticket, _ attempt: UInt32, _ agent: AgentID) -> Bool {
        guard let queued = state.tickets[ticket.conversation], queued.ticket == ticket else { return false }
        return queued.isOffered(attempt, to: agent)
    }

    mutating func tell(_ agent: AgentID, _ command: AgentCommand) {
        outgoing.append(.logged(command, to: agent.key))
    }

    mutating func tell(_ conversation: ConversationID, _ command: ConversationCommand) {
        outgoing.append(.logged(command, to: conversation.key))
    }

    mutating func notice(_ name: String, _ ticket: Ticket, agent: AgentID? = nil, attempt: UInt32? = nil) {
        var fields: [Notice.Pair] = [.init("conversation", .text(ticket.conversation.key))]
        if let agent { fields.append(.init("agent", .text(agent.key))) }
        if let attempt { fields.append(.init("attempt", .number(Double(attempt)))) }
        notices.append(
            Notice(name, of: state.id.entity, division: state.settings.division, at: context.now, fields))
    }
}
