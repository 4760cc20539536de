public import Primitives

/// A ticket in its line, from `enqueue` to `closed`.
public struct QueuedTicket: Sendable, Equatable {
    /// The states of offer-protocol section 2; `closed` is the ticket's absence.
    public enum State: Sendable, Equatable {
        case waiting
        /// Reserved at an agent who has not said that it rings.
        case held(Attempt, answerBy: Instant)
        case alerting(Attempt, until: Instant)
        case connected(Attempt, since: Instant)
    }

    /// One attempt to give the ticket to one agent.
    public struct Attempt: Sendable, Equatable {
        public let number: UInt32
        public let agent: AgentID
        public let nonce: UInt64
        public let offered: Instant
    }

    public let ticket: Ticket
    public let media: MediaType
    public let priority: Int32
    public let skills: [SkillRequest]
    /// What it asks of an agent, in the form in which the line is kept.
    private(set) var requirement: Requirement
    public private(set) var rank: Rank
    /// Declined where the queue puts such tickets before all others.
    var isFront = false
    /// Refused so often that nobody is asked before.
    public internal(set) var retryAt: Instant?
    public internal(set) var state: State = .waiting
    /// k of the last attempt; counted up, never reused.
    public internal(set) var lastAttempt: UInt32 = 0
    /// Agents who are not asked again before the given time.
    public internal(set) var excluded: [AgentID: Instant] = [:]
    /// How earlier attempts ended, oldest first, at most ``finishedLimit``.
    public internal(set) var finished: [FinishedAttempt] = []

    static let finishedLimit = 100

    /// Refusals after which the gap until the next offer doubles with each (routing-semantics 5).
    private static let patience = 5
    private static let gap = Span.seconds(30)
    private static let longestGap = Span.seconds(300)

    init(_ entry: Enqueue, waitingSince: Instant, sequence: UInt64, in queue: QueueID, _ settings: QueueSettings) {
        ticket = entry.ticket
        media = entry.media
        priority = entry.priority
        skills = entry.skills
        rank = Rank(
            waitingSince: waitingSince, priority: entry.priority, media: entry.media, rules: settings.rank,
            queue: queue,
            sequence: sequence)
        requirement = Requirement(media: entry.media, skills: [])
        for agent in entry.excluded { excluded[agent] = .distantFuture }
        follow(settings)
    }

    /// Its place and what it asks, as the queue's settings have it now.
    mutating func follow(_ settings: QueueSettings) {
        rank = Rank(
            waitingSince: rank.waitingSince, priority: priority, media: media, rules: settings.rank, queue: rank.queue,
            sequence: rank.sequence)
        let asks = settings.routing.evaluation != .disregardSkills
        requirement = Requirement(media: media, skills: asks ? skills.sorted() : [])
    }

    /// The place in the line of its own queue.
    var lineKey: LineKey { LineKey(rank, isFront: isFront) }

    /// Whether this agent is not to be asked now.
    public func excludes(_ agent: AgentID, at now: Instant) -> Bool {
        isResting(at: now) || excluded[agent].map { $0 > now } ?? false
    }

    /// Whether nobody is to be asked now.
    func isResting(at now: Instant) -> Bool { retryAt.map { $0 > now } ?? false }

    /// Some agents, or all, are not to be asked.
    var excludesAny: Bool { !excluded.isEmpty || retryAt != nil }

    /// Forgets exclusions that are over.
    mutating func endExclusions(at now: Instant) {
        excluded = excluded.filter { $0.value > now }
        if !isResting(at: now) { retryAt = nil }
    }

    /// It comes back to the line from an agent.
    mutating func comeBack(
        _ outcome: FinishedAttempt.Outcome, excludedUntil: Instant?, at time: Instant, _ settings: QueueSettings
    ) {
        if let excludedUntil, let attempt {
            excluded[attempt.agent] = max(excludedUntil, excluded[attempt.agent] ?? excludedUntil)
        }
        finish(outcome, at: time)
        state = .waiting
        if outcome == .declined, settings.offers.declineReturn == .front { isFront = true }
        guard outcome == .declined || outcome == .unanswered else { return }
        let refusals = finished.count { $0.outcome == .declined || $0.outcome == .unanswered }
        guard refusals >= Self.patience else { return }
        let doublings = min(refusals - Self.patience + 1, 8)
        retryAt = time + min(Self.longestGap, Self.gap * (1 << Int64(doublings)))
    }

    /// The attempt in hand, unless the ticket waits.
    public var attempt: Attempt? {
        switch state {
        case .waiting: nil
        case .held(let attempt, _), .alerting(let attempt, _), .connected(let attempt, _): attempt
        }
    }

    /// When something is to be decided about this ticket though nobody asks.
    var timer: Instant? {
        switch state {
        case .waiting: (excluded.values.filter { $0 < .distantFuture } + [retryAt].compactMap(\.self)).min()
        case .held(_, let answerBy): answerBy
        case .alerting(_, let until): until
        case .connected: nil
        }
    }

    /// The attempt while it can still be accepted: `held` or `alerting`.
    var offered: Attempt? {
        switch state {
        case .held(let attempt, _), .alerting(let attempt, _): attempt
        case .waiting, .connected: nil
        }
    }

    func isOffered(_ number: UInt32, to agent: AgentID) -> Bool {
        offered.map { $0.number == number && $0.agent == agent } ?? false
    }

    mutating func finish(_ outcome: FinishedAttempt.Outcome, at time: Instant) {
        guard let attempt else { return }
        var connected: Instant?
        if case .connected(_, let since) = state { connected = since }
        if finished.count == Self.finishedLimit { finished.removeFirst() }
        finished.append(
            FinishedAttempt(
                attempt: attempt.number, agent: attempt.agent, offered: attempt.offered, connected: connected,
                ended: time, outcome: outcome))
    }

    /// All attempts when the ticket closes now.
    func attemptsAtClose(_ time: Instant) -> [FinishedAttempt] {
        var copy = self
        if case .connected = state { copy.finish(.completed, at: time) } else { copy.finish(.withdrawn, at: time) }
        return copy.finished
    }
}
