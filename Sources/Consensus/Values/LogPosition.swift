public import Primitives

/// A place in a log: the index and the term of the entry there.
///
/// Ordered as the election restriction orders logs: by term, then by index (Raft paper, 5.4.1).
public struct LogPosition: Hashable, Comparable, Sendable, WireValue, CustomStringConvertible {
    /// Counts from 1; 0 is the place before the first entry.
    public let index: UInt64
    public let term: UInt64

    /// Indexes and terms above this come from no replica; messages that carry them are dropped, so sums cannot
    /// overflow.
    public static let largestNumber: UInt64 = 1 << 60

    public static let zero = LogPosition(index: 0, term: 0)

    public init(index: UInt64, term: UInt64) {
        self.index = index
        self.term = term
    }

    public var description: String { "\(index)/t\(term)" }

    public static func < (left: LogPosition, right: LogPosition) -> Bool {
        left.term == right.term ? left.index < right.index : left.term < right.term
    }

    var isPlausible: Bool { index <= Self.largestNumber && term <= Self.largestNumber }

    public func encode(into writer: inout ByteWriter) {
        writer.writeVariable(index)
        writer.writeVariable(term)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        index = try reader.readVariable()
        term = try reader.readVariable()
    }
}
