/// A place in the log: a segment and a byte in it. Later places are greater.
public struct LogPosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number of the segment, its epoch: each use of a file has its own.
    public let segment: UInt32
    public let offset: UInt32

    public init(segment: UInt32, offset: UInt32) {
        self.segment = segment
        self.offset = offset
    }

    init(raw: UInt64) {
        segment = UInt32(truncatingIfNeeded: raw >> 32)
        offset = UInt32(truncatingIfNeeded: raw)
    }

    var raw: UInt64 { UInt64(segment) << 32 | UInt64(offset) }

    public var description: String { "segment \(segment), byte \(offset)" }

    public static func < (left: LogPosition, right: LogPosition) -> Bool { left.raw < right.raw }
}
