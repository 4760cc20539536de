public import Primitives

/// A queue as a value: it alone decides everything about an offer (offer-protocol section 2, "Queue").
///
/// Invariants: a conversation has at most one ticket here; `line` holds exactly the waiting tickets, by rank; an
/// attempt number is never used twice for a ticket; a ticket in `held` or `alerting` has a timer.
public struct QueueState: Entity, Equatable {
    public typealias Command = QueueCommand
    public typealias Event = QueueEvent
    public typealias Soft = QueueView

    public static var kind: EntityKind { .queue }
    public static var dueCommand: QueueCommand { .due }
    public static func recoveredCommand(_ shard: ShardID) -> QueueCommand { .recovered(shard) }
    public static func freshSoft() -> QueueView { QueueView() }

    /// How long an agent's answer to `reserve` or `granted` is waited for (offer-protocol section 4).
    public static let answerTime = Span.seconds(2)
    /// How long an agent who declined is not asked again.
    public static let declineExclusion = Span.seconds(30)
    /// Timers handled by one decision; the rest follow at once.
    static let timersPerDecision = 64
    /// Waiting tickets looked at when fresh agents may be pushed to; those behind find theirs by its next word.
    static let retriesPerDecision = 256

    public let id: QueueID
    public private(set) var settings = QueueSettings()
    public private(set) var tickets: [ConversationID: QueuedTicket] = [:]
    private(set) var line: [LineEntry] = []
    private var timers = TimerTable<ConversationID>()
    private(set) var lastSequence: UInt64 = 0

    public init(key: String) { id = QueueID(key) }

    /// A queue with these tickets. The line and the timers are built from them: exactly those that the events left
    /// behind, since a timer is always the end of what its ticket stands in.
    init(key: String, settings: QueueSettings, tickets: [ConversationID: QueuedTicket], lastSequence: UInt64) {
        id = QueueID(key)
        self.settings = settings
        self.tickets = tickets
        self.lastSequence = lastSequence
        line = Self.line(of: tickets)
        timers = TimerTable(tickets.compactMapValues(\.timer))
    }

    private static func line(of tickets: [ConversationID: QueuedTicket]) -> [LineEntry] {
        tickets.values.filter { $0.state == .waiting }
            .map { LineEntry(rank: $0.rank, conversation: $0.ticket.conversation) }.sorted()
    }

    public func nextDue(soft: QueueView) -> Instant? {
        [timers.earliest, soft.retryAt].compactMap(\.self).min()
    }

    /// Conversations whose timer has run out.
    func expired(at now: Instant) -> [ConversationID] { timers.due(at: now, limit: Self.timersPerDecision) }

    /// How many tickets wait.
    public var waitingCount: Int { line.count }

    /// The place in line, from 1; nil when it does not wait.
    public func position(of conversation: ConversationID) -> Int? {
        guard let queued = tickets[conversation], queued.state == .waiting else { return nil }
        return line.insertionIndex(of: LineEntry(rank: queued.rank, conversation: conversation)) + 1
    }

    public mutating func apply(_ event: QueueEvent, at time: Instant) {
        switch event {
        case .configured(let settings): configure(settings)
        case .enqueued(let entry, let waitingSince, let sequence):
            lastSequence = sequence
            let rank = rank(entry, waitingSince: waitingSince, sequence: sequence)
            tickets[entry.ticket.conversation] = QueuedTicket(
                ticket: entry.ticket, media: entry.media, priority: entry.priority, skills: entry.skills, rank: rank)
            enterLine(entry.ticket.conversation, rank)
        case .held(let conversation, let agent, let number, let nonce, let answerBy):
            update(conversation) { queued in
                queued.lastAttempt = number
                let attempt = QueuedTicket.Attempt(number: number, agent: agent, nonce: nonce, offered: time)
                queued.state = .held(attempt, answerBy: answerBy)
            }
            leaveLine(conversation)
            timers.set(conversation, due: answerBy)
        case .alerting(let conversation, let until):
            update(conversation) { queued in
                guard case .held(let attempt, _) = queued.state else { return }
                queued.state = .alerting(attempt, until: until)
            }
            timers.set(conversation, due: until)
        case .returned(let conversation, let outcome, let excludedUntil):
            putBack(conversation, outcome, excludedUntil, at: time)
        case .exclusionsEnded(let conversation):
            guard tickets[conversation]?.state == .waiting else { return }
            update(conversation) { queued in queued.excluded = queued.excluded.filter { $0.value > time } }
            timers.clear(conversation)
            armExclusions(conversation)
        case .connected(let conversation):
            update(conversation) { queued in
                guard let attempt = queued.offered else { return }
                queued.state = .connected(attempt, since: time)
            }
            timers.clear(conversation)
        case .closed(let conversation):
            leaveLine(conversation)
            timers.clear(conversation)
            tickets[conversation] = nil
        }
    }

    func rank(_ entry: Enqueue, waitingSince: Instant, sequence: UInt64) -> Rank {
        Rank(
            waitingSince: waitingSince, priority: entry.priority,
            secondsPerPriorityPoint: settings.secondsPerPriorityPoint, queue: id, sequence: sequence)
    }

    private mutating func configure(_ settings: QueueSettings) {
        let rekey = settings.secondsPerPriorityPoint != self.settings.secondsPerPriorityPoint
        self.settings = settings
        guard rekey else { return }
        for (conversation, queued) in tickets {
            tickets[conversation]?.rank = Rank(
                waitingSince: queued.rank.waitingSince, priority: queued.priority,
                secondsPerPriorityPoint: settings.secondsPerPriorityPoint, queue: id, sequence: queued.rank.sequence)
        }
        line = Self.line(of: tickets)
    }

    private mutating func putBack(
        _ conversation: ConversationID, _ outcome: FinishedAttempt.Outcome, _ excludedUntil: Instant?, at time: Instant
    ) {
        guard let queued = tickets[conversation] else { return }
        update(conversation) { queued in
            if let excludedUntil, let attempt = queued.attempt { queued.excluded[attempt.agent] = excludedUntil }
            queued.finish(outcome, at: time)
            queued.state = .waiting
        }
        enterLine(conversation, queued.rank)
        timers.clear(conversation)
        armExclusions(conversation)
    }

    private mutating func armExclusions(_ conversation: ConversationID) {
        guard let queued = tickets[conversation], queued.state == .waiting else { return }
        if let end = queued.timer { timers.set(conversation, due: end) }
    }

    private mutating func update(_ conversation: ConversationID, _ change: (inout QueuedTicket) -> Void) {
        guard var queued = tickets[conversation] else { return }
        change(&queued)
        tickets[conversation] = queued
    }

    private mutating func enterLine(_ conversation: ConversationID, _ rank: Rank) {
        let entry = LineEntry(rank: rank, conversation: conversation)
        line.insert(entry, at: line.insertionIndex(of: entry))
    }

    private mutating func leaveLine(_ conversation: ConversationID) {
        guard let rank = tickets[conversation]?.rank else { return }
        let entry = LineEntry(rank: rank, conversation: conversation)
        let index = line.insertionIndex(of: entry)
        if index < line.count, line[index] == entry { line.remove(at: index) }
    }
}
