internal import Primitives

/// A question of one node to another, apart from those to entities; the payload of a `nodeCall` frame on a link of class
/// calls. The answer is a `reply` frame.
enum NodeQuestion: WireValue, Equatable {
    /// What the node knows of its replicas: a list of ``ShardReport``.
    case shards
    /// Hand a shard over; the answer is a flag, whether that has begun.
    case transfer(ShardID, to: NodeID)
    /// The map that the node follows, if it is newer than this epoch: an optional ``ShardMap``.
    case map(since: UInt64)
    /// What the node tells of itself in figures: ``NodeFigures``.
    case figures

    func encode(into writer: inout ByteWriter) {
        switch self {
        case .shards: writer.write(UInt8(1))
        case .transfer(let shard, let heir):
            writer.write(UInt8(2))
            writer.write(shard.number)
            writer.write(heir.name)
        case .map(let epoch):
            writer.write(UInt8(3))
            writer.write(epoch)
        case .figures: writer.write(UInt8(10))
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .shards
        case 2: self = .transfer(ShardID(try reader.read(UInt32.self)), to: NodeID(try reader.readString()))
        case 3: self = .map(since: try reader.read(UInt64.self))
        case 10: self = .figures
        case let tag: throw .unknownTag("question to a node", Int(tag))
        }
    }
}
