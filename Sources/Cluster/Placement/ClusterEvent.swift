public import Primitives

/// What has happened to the registry.
public enum ClusterEvent: WireValue, Equatable {
    case founded(ShardMap)
    case announced(NodeID, NodeProfile)
    case joined(NodeID, NodeProfile, token: String)
    case admitted(JoinToken)
    case revoked(token: String)
    case raised(floor: UInt32)
    case draining(NodeID, Bool)
    case removed(NodeID)
    case preferred(ShardID, NodeID)
    case began(Operation)
    /// A step of an operation begins; its group has a new target.
    case started(operation: UInt64, step: Int, decision: UInt64)
    /// A group is where it was to be.
    case settled(ShardID)
    /// A step ends without having begun.
    case skipped(operation: UInt64, step: Int, Operation.State)
    /// A group that moves is to stay where it was.
    case withdrawn(ShardID, decision: UInt64)
    case ended(operation: UInt64, Operation.State)
    /// There are to be so many copies of each group.
    case replicated(Int)
    /// A group that moves is so far.
    case progressed(ShardID, MoveStage)

    /// Whether the map is another one afterwards. Tokens and stages of moves are no part of it.
    package var changesMap: Bool {
        switch self {
        case .admitted, .revoked, .progressed: false
        default: true
        }
    }

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .founded(let map):
            writer.write(UInt8(1))
            writer.write(map)
        case .announced(let node, let profile):
            writer.write(UInt8(2))
            writer.write(node.name)
            writer.write(profile)
        case .draining(let node, let isDraining):
            writer.write(UInt8(3))
            writer.write(node.name)
            writer.write(isDraining)
        case .removed(let node):
            writer.write(UInt8(4))
            writer.write(node.name)
        case .preferred(let group, let node):
            writer.write(UInt8(5))
            writer.write(group.number)
            writer.write(node.name)
        case .began(let operation):
            writer.write(UInt8(6))
            writer.write(operation)
        case .started(let operation, let step, let decision):
            writer.write(UInt8(7))
            writer.write(operation)
            writer.writeCount(step)
            writer.write(decision)
        case .settled(let group):
            writer.write(UInt8(8))
            writer.write(group.number)
        case .skipped(let operation, let step, let state):
            writer.write(UInt8(9))
            writer.write(operation)
            writer.writeCount(step)
            writer.write(state.rawValue)
        case .withdrawn(let group, let decision):
            writer.write(UInt8(10))
            writer.write(group.number)
            writer.write(decision)
        case .ended(let operation, let state):
            writer.write(UInt8(11))
            writer.write(operation)
            writer.write(state.rawValue)
        case .replicated(let factor):
            writer.write(UInt8(12))
            writer.writeCount(factor)
        case .joined(let node, let profile, let token):
            writer.write(UInt8(13))
            writer.write(node.name)
            writer.write(profile)
            writer.write(token)
        case .admitted(let token):
            writer.write(UInt8(14))
            writer.write(token)
        case .revoked(let token):
            writer.write(UInt8(15))
            writer.write(token)
        case .raised(let floor):
            writer.write(UInt8(16))
            writer.write(floor)
        case .progressed(let group, let stage):
            writer.write(UInt8(17))
            writer.write(group.number)
            writer.write(stage.rawValue)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .founded(try reader.read())
        case 2: self = .announced(try reader.readNode(), try reader.read())
        case 3: self = .draining(try reader.readNode(), try reader.readFlag())
        case 4: self = .removed(try reader.readNode())
        case 5: self = .preferred(try reader.readGroup(), try reader.readNode())
        case 6: self = .began(try reader.read())
        case 7:
            self = .started(
                operation: try reader.read(UInt64.self),
                step: try reader.readCount(each: 0, limit: Operation.stepLimit),
                decision: try reader.read(UInt64.self))
        case 8: self = .settled(try reader.readGroup())
        case 9:
            self = .skipped(
                operation: try reader.read(UInt64.self),
                step: try reader.readCount(each: 0, limit: Operation.stepLimit), try Operation.State(from: &reader))
        case 10: self = .withdrawn(try reader.readGroup(), decision: try reader.read(UInt64.self))
        case 11: self = .ended(operation: try reader.read(UInt64.self), try Operation.State(from: &reader))
        case 12: self = .replicated(try reader.readCount(each: 0, limit: ShardPlace.replicaLimit))
        case 13: self = .joined(try reader.readNode(), try reader.read(), token: try reader.readString())
        case 14: self = .admitted(try reader.read())
        case 15: self = .revoked(token: try reader.readString())
        case 16: self = .raised(floor: try reader.read(UInt32.self))
        case 17: self = .progressed(try reader.readGroup(), try MoveStage(from: &reader))
        case let tag: throw .unknownTag("cluster event", Int(tag))
        }
    }
}
