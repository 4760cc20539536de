internal import Primitives

extension QueueTurn {
    /// Push: as long as an agent of the view may take this ticket, the best one is held the best ticket that it may take, which
    /// may stand above this one. Ends when it is held or nobody is left for it; agents who have just got free are only bid to, and
    /// pushed to once their bid window is over.
    mutating func push(_ conversation: ConversationID) {
        while let queued = state.tickets[conversation], queued.state == .waiting {
            guard let agent = bestAgent(for: queued) else { return }
            let work = hold(bestWaiting(for: agent, media: nil) ?? queued, for: agent.agent)
            tell(agent.agent, .reserve(work))
        }
    }

    /// The best of those who may, by the queue's method. Where only fresh ones may, it is noted when they can be pushed to.
    private mutating func bestAgent(for queued: QueuedTicket) -> AgentSnapshot? {
        guard !queued.isResting(at: context.now) else { return nil }
        view.follow(state.settings.routing)
        let (view, now) = (view, context.now)
        var retryAt = view.retryAt
        let best = view.pool.best(for: queued.requirement, by: state.settings.routing) { snapshot in
            if queued.excludes(snapshot.agent, at: now) { return false }
            guard let until = view.freshUntil(snapshot.agent, at: now) else { return true }
            retryAt = min(until, retryAt ?? until)
            return false
        }
        if best == nil { self.view.retryAt = retryAt }
        return best
    }

    /// The highest-ranked waiting ticket that this agent may take; of one medium, whatever room the agent has, where it
    /// has kept some for that.
    func bestWaiting(for snapshot: AgentSnapshot, media: MediaType?) -> QueuedTicket? {
        let found = state.line.first(for: snapshot) { requirement in
            guard let media else { return requirement.isFulfilled(by: snapshot) }
            return requirement.media == media && snapshot.skills.satisfies(requirement.skills)
        } unless: { conversation in
            excludes(snapshot.agent, conversation)
        }
        return found.flatMap { state.tickets[$0] }
    }

    private func excludes(_ agent: AgentID, _ conversation: ConversationID) -> Bool {
        state.tickets[conversation]?.excludes(agent, at: context.now) ?? true
    }

    /// What this agent is bid: as many of the best as it has room for, so that its bids in hand tell what each of its slots
    /// could be for. What it takes keeps every other medium away, so all are of the medium of the best. Its awards that did
    /// not come here yet may be for the best ones, and take no room beside them.
    func bids(for snapshot: AgentSnapshot, awards: Int) -> [Bid] {
        guard let best = bestWaiting(for: snapshot, media: nil) else { return [] }
        let found = state.line.first(min(snapshot.free[best.media] + awards, Bid.limit), for: snapshot) { requirement in
            requirement.media == best.media && snapshot.skills.satisfies(requirement.skills)
        } unless: { conversation in
            excludes(snapshot.agent, conversation)
        }
        return found.compactMap { state.tickets[$0].map { bid($0) } }
    }

    /// `waiting → held(agent, k+1)`: draws the nonce and starts the answer timer.
    mutating func hold(_ queued: QueuedTicket, for agent: AgentID) -> OfferedWork {
        let number = queued.lastAttempt + 1
        let nonce = context.random.next()
        view.drop(agent)
        log(
            .held(
                queued.ticket.conversation, agent, attempt: number, nonce: nonce,
                answerBy: context.now + QueueState.answerTime))
        notice("queue.offered", queued.ticket, agent: agent, attempt: number)
        return OfferedWork(
            ticket: queued.ticket, queue: state.id, attempt: number, rank: queued.rank, nonce: nonce,
            media: queued.media, afterContactWork: state.settings.offers.afterContactWork,
            alert: state.settings.offers.alert(queued.media), declineAction: state.settings.offers.declineAction)
    }

    /// `held | alerting → waiting` at its old rank; then the next agent is sought.
    mutating func putBack(_ ticket: Ticket, _ outcome: FinishedAttempt.Outcome, excludedUntil: Instant? = nil) {
        guard let queued = state.tickets[ticket.conversation] else { return }
        log(.returned(ticket.conversation, outcome, excludedUntil: excludedUntil))
        notice("queue.returned", ticket, agent: queued.attempt?.agent, attempt: queued.attempt?.number)
        push(ticket.conversation)
    }

    func bid(_ queued: QueuedTicket) -> Bid {
        Bid(queue: state.id, ticket: queued.ticket, rank: queued.rank, media: queued.media)
    }
}

// MARK: questions
extension QueueTurn {
    func waiting(_ limit: UInt32) -> QueueReply {
        let entries = state.line.all.prefix(Int(min(limit, 500)))
        return .waiting(
            total: UInt32(clamping: state.line.all.count),
            entries.enumerated().compactMap { index, entry in
                state.tickets[entry.value].map { view($0, position: index + 1) }
            })
    }

    func view(of ticket: Ticket) -> QueuedTicketView? {
        guard let queued = state.tickets[ticket.conversation], queued.ticket == ticket else { return nil }
        return view(queued, position: state.position(of: ticket.conversation) ?? 0)
    }

    private func view(_ queued: QueuedTicket, position: Int) -> QueuedTicketView {
        let shown: (QueuedTicketView.State, Instant) =
            switch queued.state {
            case .waiting: (.waiting, queued.rank.waitingSince)
            case .held(let attempt, _): (.held, attempt.offered)
            case .alerting(let attempt, _): (.alerting, attempt.offered)
            case .connected(_, let since): (.connected, since)
            }
        return QueuedTicketView(
            ticket: queued.ticket, state: shown.0, media: queued.media, priority: queued.priority,
            waitingSince: queued.rank.waitingSince, position: UInt32(clamping: position),
            agent: queued.attempt?.agent, attempt: queued.attempt?.number ?? 0, since: shown.1,
            finished: queued.finished)
    }
}
