public import Primitives

/// Which nodes keep which shard. Fixed by the configuration file for now: the replicas of shard `s` are the nodes from
/// `s mod n` on, in order of their ids; the meta group will fill it.
public struct ShardMap: Sendable, Equatable {
    public let shardCount: UInt32
    /// Sorted by id.
    public let nodes: [NodeID]
    /// Copies of each shard.
    public let replicationFactor: Int

    /// - Parameters:
    ///   - shardCount: a power of two from 1 to 1,024.
    ///   - replicationFactor: at most the number of nodes.
    public init(shardCount: UInt32, nodes: [NodeID], replicationFactor: Int = 1) {
        precondition(!nodes.isEmpty, "a shard map needs a node")
        precondition((1...nodes.count).contains(replicationFactor), "\(nodes.count) nodes, \(replicationFactor) copies")
        self.shardCount = shardCount
        self.nodes = nodes.sorted()
        self.replicationFactor = replicationFactor
    }

    /// Three copies from three nodes on, one below (architecture, section 3).
    public static func defaultReplicationFactor(nodes: Int) -> Int { nodes >= 3 ? 3 : 1 }

    /// Changes with the number of shards, of copies, and the list of nodes: two nodes with different maps never talk.
    public var hash: UInt64 {
        let seed = UInt64(shardCount) << 8 | UInt64(replicationFactor)
        return nodes.reduce(seed) { StableHash.combine($0, StableHash.of($1.name)) }
    }

    public func shard(of entity: EntityID) -> ShardID { entity.shard(of: shardCount) }

    /// The nodes that keep a shard; the first one leads it when all is well.
    public func replicas(of shard: ShardID) -> [NodeID] {
        (0..<replicationFactor).map { nodes[(Int(shard.number) + $0) % nodes.count] }
    }

    public func hosts(_ node: NodeID, _ shard: ShardID) -> Bool { replicas(of: shard).contains(node) }

    /// The node that leads a shard when all is well.
    public func preferredLeader(of shard: ShardID) -> NodeID { nodes[Int(shard.number) % nodes.count] }
    public func preferredLeader(of entity: EntityID) -> NodeID { preferredLeader(of: shard(of: entity)) }

    /// The shards that a node keeps.
    public func shards(on node: NodeID) -> [ShardID] {
        (0..<shardCount).map { ShardID($0) }.filter { hosts(node, $0) }
    }
}
