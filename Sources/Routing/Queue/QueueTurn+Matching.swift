internal import Primitives

/// A ticket that looks for an agent: in the line already, or about to enter it.
struct Entering {
    let ticket: Ticket
    let rank: Rank
    let media: MediaType
    let skills: [SkillRequest]
    var excluded: [AgentID: Instant]
    let lastAttempt: UInt32

    init(
        ticket: Ticket, rank: Rank, media: MediaType, skills: [SkillRequest], excluded: [AgentID: Instant],
        lastAttempt: UInt32
    ) {
        self.ticket = ticket
        self.rank = rank
        self.media = media
        self.skills = skills
        self.excluded = excluded
        self.lastAttempt = lastAttempt
    }

    init(_ queued: QueuedTicket) {
        self.init(
            ticket: queued.ticket, rank: queued.rank, media: queued.media, skills: queued.skills,
            excluded: queued.excluded, lastAttempt: queued.lastAttempt)
    }

    /// Whether this agent may take the ticket now: capacity, skills, exclusion (routing-semantics 2).
    func mayBeTaken(by snapshot: AgentSnapshot, at now: Instant) -> Bool {
        snapshot.free[media] > 0 && snapshot.skills.satisfies(skills)
            && !(excluded[snapshot.agent].map { $0 > now } ?? false)
    }
}

extension QueueTurn {
    /// Push: as long as an agent of the view may take `entering`, the best one is held the best ticket that it may
    /// take, which may stand above `entering`. Ends when `entering` is held or nobody is left for it; agents who have
    /// just got free are only bid to, and pushed to once their bid window is over.
    mutating func push(_ entering: Entering) {
        while let agent = bestAgent(for: entering) {
            let better = firstWaiting(for: agent, media: nil, above: entering)
            let work = hold(better.map { Entering($0) } ?? entering, for: agent.agent)
            tell(agent.agent, .reserve(work))
            if work.ticket == entering.ticket { return }
        }
        for snapshot in view.free.values where entering.mayBeTaken(by: snapshot, at: context.now) {
            guard let until = view.freshUntil(snapshot.agent, at: context.now) else { continue }
            view.retryAt = min(until, view.retryAt ?? until)
        }
    }

    /// `allSkills`: the longest idle of those who may; then the agent's id in byte order (routing-semantics 3).
    private func bestAgent(for entering: Entering) -> AgentSnapshot? {
        var best: AgentSnapshot?
        for snapshot in view.free.values where entering.mayBeTaken(by: snapshot, at: context.now) {
            guard view.freshUntil(snapshot.agent, at: context.now) == nil else { continue }
            guard let current = best else {
                best = snapshot
                continue
            }
            if (snapshot.idleSince, snapshot.agent) < (current.idleSince, current.agent) { best = snapshot }
        }
        return best
    }

    /// The highest-ranked waiting ticket that this agent may take.
    func bestWaiting(for snapshot: AgentSnapshot, media: MediaType?) -> QueuedTicket? {
        firstWaiting(for: snapshot, media: media, above: nil)
    }

    /// What this agent is bid: as many of the best as it has room for, so that its bids in hand tell what each of its slots
    /// could be for. What it takes keeps every other medium away, so all are of the medium of the best. Its awards that did
    /// not come here yet may be for the best ones, and take no room beside them.
    func bids(for snapshot: AgentSnapshot, awards: Int) -> [Bid] {
        var bids: [Bid] = []
        var passed = 0
        for entry in state.line where !taken.contains(entry.conversation) {
            guard let queued = state.tickets[entry.conversation], queued.state == .waiting else { continue }
            let isOfMedium = bids.first.map { $0.media == queued.media } ?? true
            if isOfMedium, Entering(queued).mayBeTaken(by: snapshot, at: context.now) { bids.append(bid(queued)) }
            guard let media = bids.first?.media else { continue }
            passed += 1
            if bids.count == min(snapshot.free[media] + awards, Bid.limit) || passed == Bid.depth { break }
        }
        return bids
    }

    private func firstWaiting(for snapshot: AgentSnapshot, media: MediaType?, above limit: Entering?) -> QueuedTicket? {
        for entry in state.line {
            if let limit, !(entry.rank < limit.rank) { return nil }
            if taken.contains(entry.conversation) || entry.conversation == limit?.ticket.conversation { continue }
            guard let queued = state.tickets[entry.conversation], queued.state == .waiting else { continue }
            if let media, queued.media != media { continue }
            let fits =
                media == nil
                ? Entering(queued).mayBeTaken(by: snapshot, at: context.now)
                : queued.skills.allSatisfy { snapshot.skills.satisfies([$0]) }
                    && !(queued.excluded[snapshot.agent].map { $0 > context.now } ?? false)
            if fits { return queued }
        }
        return nil
    }

    /// `waiting → held(agent, k+1)`: draws the nonce and starts the answer timer.
    mutating func hold(_ entering: Entering, for agent: AgentID) -> OfferedWork {
        let number = entering.lastAttempt + 1
        let nonce = context.random.next()
        taken.insert(entering.ticket.conversation)
        view.drop(agent)
        events.append(
            .held(
                entering.ticket.conversation, agent, attempt: number, nonce: nonce,
                answerBy: context.now + QueueState.answerTime))
        notice("queue.offered", entering.ticket, agent: agent, attempt: number)
        return OfferedWork(
            ticket: entering.ticket, queue: state.id, attempt: number, rank: entering.rank, nonce: nonce,
            media: entering.media, afterContactWork: state.settings.afterContactWork,
            alert: state.settings.alert(entering.media))
    }

    /// `held | alerting → waiting` at its old rank; then the next agent is sought.
    mutating func putBack(_ ticket: Ticket, _ outcome: FinishedAttempt.Outcome, excludedUntil: Instant? = nil) {
        guard let queued = state.tickets[ticket.conversation] else { return }
        events.append(.returned(ticket.conversation, outcome, excludedUntil: excludedUntil))
        notice("queue.returned", ticket, agent: queued.attempt?.agent, attempt: queued.attempt?.number)
        var entering = Entering(queued)
        if let excludedUntil, let agent = queued.attempt?.agent { entering.excluded[agent] = excludedUntil }
        push(entering)
    }

    func bid(_ queued: QueuedTicket) -> Bid {
        Bid(queue: state.id, ticket: queued.ticket, rank: queued.rank, media: queued.media)
    }
}

// MARK: questions
extension QueueTurn {
    func waiting(_ limit: UInt32) -> QueueReply {
        let entries = state.line.prefix(Int(min(limit, 500)))
        return .waiting(
            total: UInt32(clamping: state.line.count),
            entries.enumerated().compactMap { index, entry in
                state.tickets[entry.conversation].map { view($0, position: index + 1) }
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
