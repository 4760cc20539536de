public import Primitives

/// The name of one replica of one group.
///
/// Opaque here: the driver maps it to a node and a generation. A name is never used again for a replica that lost its
/// data, since a replica that forgot its votes could vote twice (Raft paper, 5.2 and 8).
public struct ReplicaID: Hashable, Comparable, Sendable, WireValue, CustomStringConvertible {
    public let raw: UInt64

    public init(_ raw: UInt64) { self.raw = raw }

    public var description: String { "\(raw)" }

    public static func < (left: ReplicaID, right: ReplicaID) -> Bool { left.raw < right.raw }

    public func encode(into writer: inout ByteWriter) { writer.writeVariable(raw) }

    public init(from reader: inout ByteReader) throws(WireError) { raw = try reader.readVariable() }
}
