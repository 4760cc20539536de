public import Primitives

/// A conversation as a value (offer-protocol section 2, "Conversation").
///
/// Invariants: ticket numbers only grow; at most one withdrawal at a time; the next ticket is issued only after the
/// last one is withdrawn; once ended, for ever. Only `apply` and decoding write the fields.
public struct ConversationState: Entity, Equatable {
    public typealias Command = ConversationCommand
    public typealias Event = ConversationEvent
    public struct Soft: Sendable, Equatable {}

    public static var kind: EntityKind { .conversation }
    public static var rests: Bool { true }
    public static var dueCommand: ConversationCommand { .due }
    public static func recoveredCommand(_ shard: ShardID) -> ConversationCommand { .recovered(shard) }
    public static func freshSoft() -> Soft { Soft() }

    /// The agent who is connected, as the queue last said.
    public struct Owner: Sendable, Equatable {
        public let agent: AgentID
        public let attempt: UInt32
    }

    /// A withdrawal under way.
    struct Pending: Sendable, Equatable {
        let kind: WithdrawKind
        let queue: QueueID?
    }

    /// Segments kept; the oldest unconnected ones go first.
    static let segmentLimit = 200

    public let id: ConversationID
    public internal(set) var work: NewConversation?
    public internal(set) var created = Instant.zero
    public internal(set) var ticketNumber: UInt32 = 0
    public internal(set) var line = QueueID("")
    public internal(set) var owner: Owner?
    public internal(set) var ended: Instant?
    public internal(set) var endReason: EndReason?
    public internal(set) var segments: [Segment] = []
    var pending: Pending?
    var wish: EndReason?
    /// Since when it waits; a move and a lost queue keep it, a transfer begins anew.
    public internal(set) var waitingSince = Instant.zero
    var keepsAge = false

    public init(key: String) { id = ConversationID(key) }

    public var ticket: Ticket { Ticket(id, ticketNumber) }
    public var isOpen: Bool { work != nil && ended == nil }
    /// A withdrawal of the live ticket is under way.
    public var isLeaving: Bool { pending != nil }
    public func nextDue(soft: Soft) -> Instant? { nil }

    public mutating func apply(_ event: ConversationEvent, at time: Instant) {
        switch event {
        case .created(let work):
            self.work = work
            created = time
        case .ticketIssued(let number, let queue):
            ticketNumber = number
            line = queue
            pending = nil
            owner = nil
            if !keepsAge { waitingSince = time }
            keepsAge = false
        case .connected(let ticket, let agent, let attempt, let offered, let attempts):
            for attempt in attempts { finish(ticket, attempt) }
            owner = Owner(agent: agent, attempt: attempt)
            keep(
                Segment(
                    id: SegmentID(ticket, attempt: attempt), agent: agent, state: .connected, offered: offered,
                    connected: time, ended: nil))
        case .withdrawalAsked(let kind, let queue): pending = Pending(kind: kind, queue: queue)
        case .withdrawalFailed: pending = nil
        case .endWished(let reason): wish = wish ?? reason
        case .withdrawn(let ticket, let attempts):
            owner = nil
            keepsAge = pending?.kind != .transfer
            pending = nil
            for attempt in attempts { finish(ticket, attempt) }
            closeOpenSegments(of: ticket, at: time)
        case .ended(let reason):
            ended = time
            endReason = reason
        case .wrapUpSet(let segment, let code, let notes, let byDefault):
            guard let index = segments.firstIndex(where: { $0.id == segment }) else { return }
            segments[index].code = code
            segments[index].notes = notes.isEmpty ? nil : notes
            segments[index].codeByDefault = byDefault
            segments[index].state = .completed
        }
    }

    private mutating func finish(_ ticket: Ticket, _ attempt: FinishedAttempt) {
        let id = SegmentID(ticket, attempt: attempt.attempt)
        let state: Segment.State =
            switch attempt.outcome {
            case .declined: .declined
            case .unanswered: .unanswered
            case .withdrawn: .withdrawn
            case .completed: work?.wrapUpDue ?? false ? .wrapUp : .completed
            }
        if let index = segments.firstIndex(where: { $0.id == id }) {
            // The code may have been set before the queue's word came.
            segments[index].state = segments[index].code != nil || segments[index].codeByDefault ? .completed : state
            segments[index].ended = attempt.ended
        } else {
            keep(
                Segment(
                    id: id, agent: attempt.agent, state: state, offered: attempt.offered, connected: attempt.connected,
                    ended: attempt.ended))
        }
    }

    /// A connected segment whose queue can no longer report its end (forced recovery).
    private mutating func closeOpenSegments(of ticket: Ticket, at time: Instant) {
        for index in segments.indices where segments[index].id.ticket == ticket && segments[index].state == .connected {
            segments[index].state = .completed
            segments[index].ended = time
        }
    }

    private mutating func keep(_ segment: Segment) {
        if segments.count == Self.segmentLimit {
            segments.remove(at: segments.firstIndex { $0.connected == nil } ?? 0)
        }
        segments.append(segment)
    }
}
