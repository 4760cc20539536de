public import Primitives
internal import Synchronization

/// Calls that went another way than most, since the start of a node.
public struct CallFigures: Sendable, Equatable, WireValue {
    /// Calls of this node under way to others.
    public var underWay: UInt64 = 0
    /// Calls that were not sent because the window of the peer was full (its credits were used up).
    public var windowsFull: UInt64 = 0
    /// Calls that a shard refused because too much waited for its commit.
    public var overloaded: UInt64 = 0
    /// Calls that were dropped because their deadline had passed before they were taken up.
    public var expired: UInt64 = 0
    /// Calls to other nodes that had no reply before their deadline.
    public var unanswered: UInt64 = 0
    /// Repeated requests that were answered from memory.
    public var repeated: UInt64 = 0
    /// Lines about traced requests that were left out (``TraceLimit``).
    public var tracesLeftOut: UInt64 = 0

    public init() {}

    public func encode(into writer: inout ByteWriter) {
        for number in [underWay, windowsFull, overloaded, expired, unanswered, repeated, tracesLeftOut] {
            writer.writeVariable(number)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        underWay = try reader.readVariable()
        windowsFull = try reader.readVariable()
        overloaded = try reader.readVariable()
        expired = try reader.readVariable()
        unanswered = try reader.readVariable()
        repeated = try reader.readVariable()
        tracesLeftOut = try reader.readVariable()
    }
}

/// Counts what the shards of a node do with calls that are not simply carried out. One for all of them, so that nothing
/// is forgotten when a shard moves away; a call that is carried out counts nothing.
final class CallCounts: Sendable {
    private let overloaded = Atomic<Int>(0)
    private let expired = Atomic<Int>(0)
    private let repeated = Atomic<Int>(0)

    /// A call is refused.
    func refused(_ error: CallError) {
        switch error {
        case .notExecuted(.overloaded): overloaded.add(1, ordering: .relaxed)
        case .notExecuted(.expired): expired.add(1, ordering: .relaxed)
        case .notExecuted(.notConnected), .notExecuted(.notHere), .outcomeUnknown, .keyReused, .tooLarge, .malformed:
            break
        }
    }

    /// A request was answered before, or is being answered.
    func answeredAgain() { repeated.add(1, ordering: .relaxed) }

    /// What was counted here, in the figures of the node.
    func tell(_ figures: inout CallFigures) {
        figures.overloaded = UInt64(overloaded.load(ordering: .relaxed))
        figures.expired = UInt64(expired.load(ordering: .relaxed))
        figures.repeated = UInt64(repeated.load(ordering: .relaxed))
    }
}
