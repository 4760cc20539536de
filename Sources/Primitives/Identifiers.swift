/// A node of the cluster, by the name that its certificate carries (`tandem://<cluster>/node/<id>`).
public struct NodeID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }
    public static func < (left: NodeID, right: NodeID) -> Bool { left.name < right.name }
}

/// One of the fixed number of shards of a cluster.
public struct ShardID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let number: UInt32
    public init(_ number: UInt32) { self.number = number }
    public var description: String { "\(number)" }
    public static func < (left: ShardID, right: ShardID) -> Bool { left.number < right.number }
}

/// What sort of entity an identity names. The numbers are part of the wire and log formats.
public enum EntityKind: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case centre = 1
    case queue = 2
    case agent = 3
    case conversation = 4
    /// Answers at once and logs nothing; measures the path of a call.
    case echo = 5
    /// A logged value with a version; no node of a contact centre keeps one.
    case register = 6
    /// The registry of the cluster, in a group of its own.
    case cluster = 7

    public var description: String {
        switch self {
        case .centre: "centre"
        case .queue: "queue"
        case .agent: "agent"
        case .conversation: "conversation"
        case .echo: "echo"
        case .register: "register"
        case .cluster: "cluster"
        }
    }
}

/// The identity of an entity, `kind/key`; where it lives is nobody's business but the shard map's.
public struct EntityID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let kind: EntityKind
    public let key: String

    public init(_ kind: EntityKind, _ key: String) {
        self.kind = kind
        self.key = key
    }

    public var description: String { "\(kind)/\(key)" }

    public static func < (left: EntityID, right: EntityID) -> Bool {
        left.kind == right.kind ? left.key < right.key : left.kind.rawValue < right.kind.rawValue
    }

    /// The shard of this entity: the top bits of the stable hash of `kind/key`.
    /// - Parameter count: a power of two from 1 to 1,024.
    public func shard(of count: UInt32) -> ShardID {
        precondition(count > 0 && count & (count - 1) == 0, "shard count is a power of two, got \(count)")
        let bits = UInt64(count.trailingZeroBitCount)
        return ShardID(bits == 0 ? 0 : UInt32(truncatingIfNeeded: StableHash.of(kind, key) >> (64 - bits)))
    }
}
