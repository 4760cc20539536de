public import Primitives

/// What a declined offer does to the agent (routing-semantics 5).
public enum DeclineAction: String, Sendable, CaseIterable, NamedCase {
    case stayAvailable
    case notResponding
}

/// Where a declined interaction goes (routing-semantics 5).
public enum DeclineReturn: String, Sendable, CaseIterable, NamedCase {
    /// To its rank.
    case rank
    /// Before all others of its queue.
    case front
}

/// How offers of a queue ring and end (routing-semantics 5).
public struct OfferRules: Sendable, Equatable, WireValue {
    /// How long an offer rings, where the queue says so.
    public var alert: [MediaType: Span] = [:]
    public var autoAnswer = false
    public var declineAction = DeclineAction.stayAvailable
    public var declineReturn = DeclineReturn.rank
    public var afterContactWork = AfterContactWork.none

    public init() {}

    public init(alert: [MediaType: Span] = [:], afterContactWork: AfterContactWork) {
        self.alert = alert
        self.afterContactWork = afterContactWork
    }

    /// How long an offer of this medium rings.
    public func alert(_ media: MediaType) -> Span { alert[media] ?? media.defaultAlert }

    public func encode(into writer: inout ByteWriter) {
        writer.write(perMedia: alert) { $0.write($1.microseconds) }
        writer.write(autoAnswer)
        writer.write(declineAction)
        writer.write(declineReturn)
        writer.write(afterContactWork)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        alert = try reader.readPerMedia { (reader) throws(WireError) in
            Span(microseconds: try reader.read(Int64.self))
        }
        autoAnswer = try reader.readFlag()
        declineAction = try reader.read()
        declineReturn = try reader.read()
        afterContactWork = try reader.read()
    }
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
