public import Primitives

/// What a declined offer does to the agent (routing-semantics 5).
public enum DeclineAction: String, Sendable, CaseIterable {
    case stayAvailable
    case notResponding
}

/// Where a declined interaction goes (routing-semantics 5).
public enum DeclineReturn: String, Sendable, CaseIterable {
    /// To its rank.
    case rank
    /// Before all others of its queue.
    case front
}

/// How offers of a queue ring and end (routing-semantics 5).
public struct OfferRules: Sendable, Equatable {
    /// How long an offer rings, where the queue says so.
    public var alert: [MediaType: Span] = [:]
    public var autoAnswer = false
    public var declineAction = DeclineAction.stayAvailable
    public var declineReturn = DeclineReturn.rank
    public var afterContactWork = AfterContactWork.none

    public init() {}
}

/// Callbacks of a queue (routing-semantics 8).
public struct CallbackRules: Sendable, Equatable {
    public var isEnabled = false
    /// Added to the priority of an interaction that becomes a callback.
    public var priorityBoost: Int32 = 0
    /// Between a failed attempt and the next.
    public var gap = Span.seconds(300)
    /// Attempts before the callback is exhausted.
    public var attempts = 3

    public init() {}
}
