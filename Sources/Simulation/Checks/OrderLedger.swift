internal import Primitives
internal import Routing
internal import Synchronization

/// What waits in every queue, as the queues' own decisions say, at virtual time: the other half of promise 4.
///
/// Decisions have no way out of an entity but their result, so the checked entities write here; one run at a time.
struct OrderLedger {
    struct Waiting {
        let ticket: Ticket
        let rank: Rank
        let media: MediaType
        let skills: [SkillRequest]
        let excluded: Set<AgentID>
        /// Since when it waits without a break.
        let since: Instant
    }

    struct Line {
        var members: Set<AgentID> = []
        /// Since when this is the list of members.
        var membersSince = Instant.zero
        var waiting: [ConversationID: Waiting] = [:]
    }

    /// An interaction that waits no longer than this may still be passed (`orderWindow`).
    static let orderWindow = Span.milliseconds(100)

    /// The clock of the run; nil between runs.
    var now: (@Sendable () -> Instant)?
    /// True when the shards of both have had a leader and a prompt connection long enough for every word to be in.
    var isPrompt: @Sendable (EntityID, EntityID) -> Bool = { _, _ in false }
    /// The queues and agents whose decisions are written down, and where to.
    var followed: Set<String> = []
    var show: @Sendable (String) -> Void = { _ in }
    private var lines: [QueueID: Line] = [:]
    /// Since when each agent can take something of a medium.
    private var freeSince: [AgentID: [MediaType: Instant]] = [:]
    private var found: [String] = []
    /// When each agent awarded what it was not yet granted: the moment at which it chose among its bids.
    private var awarded: [AgentID: [UInt64: Choice]] = [:]

    private struct Choice {
        let time: Instant
        /// A push closed the bid window before its time, so that other bids may have come too late.
        let isEarly: Bool
    }

    private static let shared = Mutex(OrderLedger())

    /// Writes down something that an entity or the run has seen.
    static func record(_ write: (inout OrderLedger) -> Void) { shared.withLock { write(&$0) } }

    /// Starts a run: what an earlier one left is forgotten.
    static func begin(
        now: @escaping @Sendable () -> Instant, isPrompt: @escaping @Sendable (EntityID, EntityID) -> Bool,
        following followed: Set<String>, show: @escaping @Sendable (String) -> Void
    ) {
        shared.withLock {
            $0 = OrderLedger()
            $0.now = now
            $0.isPrompt = isPrompt
            $0.followed = followed
            $0.show = show
        }
    }

    static func takeViolations() -> [String] {
        shared.withLock { ledger in
            defer { ledger.found = [] }
            return ledger.found
        }
    }

    /// A decision, for whoever follows the entity.
    func decided(
        _ key: String, _ command: @autoclosure () -> Any, _ events: @autoclosure () -> [Any],
        _ outgoing: [Outgoing]
    ) {
        guard followed.contains(key) else { return }
        show("\(key) \(command()) → \(events()) sends to \(outgoing.map { "\($0.target) \($0.delivery)" })")
    }

    mutating func report(_ violation: String) { found.append(violation) }

    /// A node is gone: what its queues last decided may never have been durable.
    mutating func forget(where isLost: (QueueID) -> Bool) { lines = lines.filter { !isLost($0.key) } }

    /// The line of a queue after a decision.
    mutating func update(_ queue: QueueState) {
        guard let now = now?() else { return }
        var line = lines[queue.id] ?? Line()
        let members = Set(queue.settings.members)
        if members != line.members {
            line.members = members
            line.membersSince = now
        }
        let known = line.waiting
        line.waiting = [:]
        for (conversation, queued) in queue.tickets.elements where queued.state == .waiting && queued.retryAt == nil {
            let before = known[conversation]
            let excluded = Set(queued.excluded.keys)
            let goesOn = before?.ticket == queued.ticket && before?.excluded == excluded
            line.waiting[conversation] = Waiting(
                ticket: queued.ticket, rank: queued.rank, media: queued.media, skills: queued.skills,
                excluded: excluded, since: goesOn ? before?.since ?? now : now)
        }
        lines[queue.id] = line
    }

    /// An agent chooses among its bids.
    mutating func award(_ reservation: UInt64, by agent: AgentID, closesWindow isEarly: Bool) {
        if let now = now?() { awarded[agent, default: [:]][reservation] = Choice(time: now, isEarly: isEarly) }
    }

    /// An agent after a decision, awards apart.
    mutating func update(_ agent: AgentState) {
        guard let now = now?() else { return }
        let before = freeSince[agent.id] ?? [:]
        freeSince[agent.id] = [:]
        for media in MediaType.allCases where agent.free[media] > 0 {
            freeSince[agent.id]?[media] = before[media] ?? now
        }
    }

    /// Whether the agent could take `other` only just before the choice, and `media` earlier, or a push closed the bid
    /// window: then the choice fell when nobody could have known of the other.
    private func wasDecidedBefore(_ media: MediaType, _ other: MediaType, _ agent: AgentID, _ choice: Choice) -> Bool {
        guard let since = freeSince[agent]?[media], let otherSince = freeSince[agent]?[other] else { return false }
        return (since < otherSince || choice.isEarly)
            && choice.time - otherSince < AgentState.bidWindow + .milliseconds(20)
    }

    /// What waits elsewhere, ranks higher than `work` and may go to the agent, as far as its word must be in; the highest
    /// first. What the agent has awarded itself is on its way to it and takes its place there already.
    private func higher(than work: OfferedWork, for agent: AgentState, at now: Instant) -> [(QueueID, Waiting)] {
        let queues = agent.settings.queues.filter { queue in
            guard queue != work.queue, let line = lines[queue], line.members.contains(agent.id) else { return false }
            return now - line.membersSince > .seconds(3) && isPrompt(agent.id.entity, queue.entity)
        }
        let waiting = queues.flatMap { queue in lines[queue]?.waiting.values.map { (queue, $0) } ?? [] }
        return waiting.filter { _, other in
            (other.rank, other.ticket) < (work.rank, work.ticket) && !other.excluded.contains(agent.id)
                && agent.settings.skills.satisfies(other.skills)
                && !agent.slots.contains { $0.reservation != nil && $0.ticket == other.ticket }
        }
        .sorted { ($0.1.rank, $0.1.ticket) < ($1.1.rank, $1.1.ticket) }
    }

    /// An agent rings for `work`: nothing higher that it may take has waited elsewhere for longer than the window.
    mutating func ring(_ work: OfferedWork, at agent: AgentState, award: UInt64?) {
        let chosen = award.flatMap { awarded[agent.id]?.removeValue(forKey: $0) }
        guard let now = now?(), isPrompt(agent.id.entity, work.queue.entity) else { return }
        let choice = chosen ?? Choice(time: now, isEarly: false)
        // The agent with what came too late to count: it may have been known all the same, and then what does not fit
        // beside it was kept away by it, not by `work`.
        var rest = agent
        for (number, (queue, other)) in higher(than: work, for: agent, at: now).enumerated()
        where rest.free[other.media] > 0 {
            guard now - other.since > Self.orderWindow else {
                let bid = Bid(queue: queue, ticket: other.ticket, rank: other.rank, media: other.media)
                rest.apply(.awarded(bid, reservation: .max - UInt64(number)), at: now)
                continue
            }
            if wasDecidedBefore(work.media, other.media, agent.id, choice) { continue }
            found.append(
                "promise 4: \(agent.id) rings for \(work.ticket) of \(work.queue) though \(other.ticket) ranks "
                    + "higher and has waited in \(queue) for \((now - other.since).milliseconds) ms")
            return
        }
    }
}
