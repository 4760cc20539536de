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
    public private(set) var tickets = TreeMap<ConversationID, QueuedTicket>()
    private(set) var line = WaitingLine()
    private(set) var members: Set<AgentID> = []
    private var timers = TimerTable<ConversationID>()
    private(set) var lastSequence: UInt64 = 0

    public init(key: String) { id = QueueID(key) }

    /// A queue with these tickets. The line and the timers are built from them: exactly those that the events left
    /// behind, since a timer is always the end of what its ticket stands in.
    init(key: String, settings: QueueSettings, tickets: TreeMap<ConversationID, QueuedTicket>, lastSequence: UInt64) {
        id = QueueID(key)
        self.settings = settings
        self.tickets = tickets
        self.lastSequence = lastSequence
        members = Set(settings.members)
        for queued in tickets.values {
            if queued.state == .waiting { line.enter(queued) }
            if let due = queued.timer { timers.set(queued.ticket.conversation, due: due) }
        }
    }

    public func nextDue(soft: QueueView) -> Instant? {
        [timers.earliest, soft.retryAt].compactMap(\.self).min()
    }

    /// Conversations whose timer has run out.
    func expired(at now: Instant) -> [ConversationID] { timers.due(at: now, limit: Self.timersPerDecision) }

    /// How many tickets wait.
    public var waitingCount: Int { line.all.count }

    /// The place in line, from 1; nil when it does not wait.
    public func position(of conversation: ConversationID) -> Int? {
        guard let queued = tickets[conversation], queued.state == .waiting else { return nil }
        return line.all.place(of: queued.lineKey) + 1
    }

    public mutating func apply(_ event: QueueEvent, at time: Instant) {
        switch event {
        case .configured(let settings): configure(settings)
        case .enqueued(let entry, let waitingSince, let sequence):
            lastSequence = sequence
            let queued = QueuedTicket(
                entry, waitingSince: waitingSince, sequence: sequence, in: id, settings)
            tickets.set(entry.ticket.conversation, queued)
            line.enter(queued)
        case .held(let conversation, let agent, let number, let nonce, let answerBy):
            change(conversation) { queued in
                queued.lastAttempt = number
                let attempt = QueuedTicket.Attempt(number: number, agent: agent, nonce: nonce, offered: time)
                queued.state = .held(attempt, answerBy: answerBy)
            }
        case .alerting(let conversation, let until):
            change(conversation) { queued in
                guard case .held(let attempt, _) = queued.state else { return }
                queued.state = .alerting(attempt, until: until)
            }
        case .returned(let conversation, let outcome, let excludedUntil):
            let settings = settings
            change(conversation) { queued in
                queued.comeBack(outcome, excludedUntil: excludedUntil, at: time, settings)
            }
        case .exclusionsEnded(let conversation):
            change(conversation) { queued in
                guard queued.state == .waiting else { return }
                queued.endExclusions(at: time)
            }
        case .connected(let conversation):
            change(conversation) { queued in
                guard let attempt = queued.offered else { return }
                queued.state = .connected(attempt, since: time)
            }
        case .closed(let conversation):
            guard let queued = tickets.remove(conversation) else { return }
            line.leave(queued)
            timers.clear(conversation)
        }
    }

    /// Changes a ticket; its place in the line and its timer follow from what it is then.
    private mutating func change(_ conversation: ConversationID, _ body: (inout QueuedTicket) -> Void) {
        guard let before = tickets[conversation] else { return }
        var after = before
        body(&after)
        tickets.set(conversation, after)
        if before.state == .waiting { line.leave(before) }
        if after.state == .waiting { line.enter(after) }
        if let due = after.timer {
            timers.set(conversation, due: due)
        } else {
            timers.clear(conversation)
        }
    }

    private mutating func configure(_ settings: QueueSettings) {
        let before = self.settings
        self.settings = settings
        members = Set(settings.members)
        guard settings.rank != before.rank || settings.routing.evaluation != before.routing.evaluation else { return }
        for conversation in tickets.keys { change(conversation) { $0.follow(settings) } }
    }
}
