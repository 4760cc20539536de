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
    let requirement: Requirement
    public internal(set) var rank: Rank
    public internal(set) var state: State = .waiting
    /// k of the last attempt; counted up, never reused.
    public internal(set) var lastAttempt: UInt32 = 0
    /// Agents who are not asked again before the given time.
    public internal(set) var excluded: [AgentID: Instant] = [:]
    /// How earlier attempts ended, oldest first, at most ``finishedLimit``.
    public internal(set) var finished: [FinishedAttempt] = []

    static let finishedLimit = 100

    init(ticket: Ticket, media: MediaType, priority: Int32, skills: [SkillRequest], rank: Rank) {
        self.ticket = ticket
        self.media = media
        self.priority = priority
        self.skills = skills
        self.rank = rank
        requirement = Requirement(media: media, skills: skills.sorted())
    }

    /// Whether this agent is not to be asked now.
    func excludes(_ agent: AgentID, at now: Instant) -> Bool { excluded[agent].map { $0 > now } ?? false }

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
        case .waiting: excluded.values.min()
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
