public import Primitives

/// What the disk of a node has taken since its start.
public struct DiskFigures: Sendable, Equatable, WireValue {
    /// Pieces that were written and synced together.
    public var batches: UInt64 = 0
    public var items: UInt64 = 0
    public var bytes: UInt64 = 0
    /// Submissions that were refused for lack of space.
    public var refused: UInt64 = 0
    /// How long syncs took.
    public var syncTime = LatencyBuckets()

    public init() {}

    public func encode(into writer: inout ByteWriter) {
        for number in [batches, items, bytes, refused] { writer.writeVariable(number) }
        writer.write(syncTime)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        batches = try reader.readVariable()
        items = try reader.readVariable()
        bytes = try reader.readVariable()
        refused = try reader.readVariable()
        syncTime = try LatencyBuckets(from: &reader)
    }
}
