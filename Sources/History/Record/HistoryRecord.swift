/// One line of a client history: a call with its two times, or something that reached a client by itself.
///
/// Times are microseconds on the one monotonic clock of the recording program. Fields that an operation does not need
/// are absent. `docs/history-format.md` describes every field.
public struct HistoryRecord: Sendable, Equatable, Codable {
    /// What was called, or what happened.
    public enum Operation: String, Sendable, Codable, CaseIterable {
        /// A customer asks for a new conversation.
        case create
        /// A conversation is read.
        case read
        /// The customer of a conversation gives up.
        case abandon
        /// Somebody ends a conversation.
        case end
        case accept
        case decline
        case wrapUp
        case presence
        /// An agent is read; carries its limits.
        case readAgent
        case readOffers
        /// A queue's configuration is read.
        case readQueue
        /// An offer reached an agent's screen, by the event stream or by reading its open offers.
        case offerAlerting
        /// The event stream told an agent that an offer is over.
        case offerEnded
        /// One event stream, from the attempt to open it to its end.
        case stream
        /// The last line of a complete history.
        case finished
    }

    /// What the client knows about the effect of a call.
    public enum Outcome: String, Sendable, Codable {
        /// Carried out and acknowledged.
        case ok
        /// Certainly without effect: refused, or not executed.
        case refused
        /// It may have had its effect, and may still have it.
        case unknown
    }

    /// How an agent's offer ended.
    public enum OfferOutcome: String, Sendable, Codable {
        case accepted, declined, unanswered, withdrawn
    }

    /// What an agent may have in hand of one medium.
    public struct Limit: Sendable, Equatable, Codable {
        public var maximum: Int
        public var mayBeInterruptedBy: [String]

        public init(maximum: Int, mayBeInterruptedBy: [String] = []) {
            self.maximum = maximum
            self.mayBeInterruptedBy = mayBeInterruptedBy
        }
    }

    /// Who acted, one thing at a time as a rule: `agent:ada`, `customer:17`.
    public var process: String
    public var operation: Operation
    public var invoked: Int64
    public var completed: Int64
    public var outcome: Outcome
    /// The HTTP status, if there was an answer.
    public var status: Int?
    /// The address that was asked.
    public var server: String?
    /// 1 for the first try; tries of one call share their key.
    public var attempt: Int?
    /// The `Idempotency-Key`.
    public var key: String?
    /// In `create`: the source's name for it, where it has one.
    public var externalId: String?
    public var conversation: String?
    public var offer: String?
    public var segment: String?
    public var agent: String?
    public var queue: String?
    public var mediaType: String?
    /// The state that a read showed.
    public var state: String?
    public var endReason: String?
    /// In `read`: the agent with whom it was shown as connected.
    public var owner: String?
    public var offerOutcome: OfferOutcome?
    /// By medium, in `readAgent`.
    public var limits: [String: Limit]?
    /// In `readAgent`: how long a lost agent keeps its connected work.
    public var reconnectSeconds: Int?
    /// In `finished`: the number of records before it.
    public var count: Int?

    public init(
        _ operation: Operation, process: String = "", invoked: Int64 = 0, completed: Int64 = 0, outcome: Outcome = .ok
    ) {
        self.process = process
        self.operation = operation
        self.invoked = invoked
        self.completed = completed
        self.outcome = outcome
    }
}
