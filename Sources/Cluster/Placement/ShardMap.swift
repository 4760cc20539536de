public import Primitives

/// Which node leads which shard. Fixed by the configuration file for now: node `s mod n` of the nodes in order of
/// their ids; the meta group will fill it.
public struct ShardMap: Sendable, Equatable {
    public let shardCount: UInt32
    /// Sorted by id.
    public let nodes: [NodeID]

    /// - Parameter shardCount: a power of two from 1 to 1,024.
    public init(shardCount: UInt32, nodes: [NodeID]) {
        precondition(!nodes.isEmpty, "a shard map needs a node")
        self.shardCount = shardCount
        self.nodes = nodes.sorted()
    }

    /// Changes with the number of shards and the list of nodes: two nodes with different maps never talk.
    public var hash: UInt64 {
        nodes.reduce(UInt64(shardCount)) { StableHash.combine($0, StableHash.of($1.name)) }
    }

    public func shard(of entity: EntityID) -> ShardID { entity.shard(of: shardCount) }
    public func owner(of shard: ShardID) -> NodeID { nodes[Int(shard.number) % nodes.count] }
    public func owner(of entity: EntityID) -> NodeID { owner(of: shard(of: entity)) }

    public func shards(of node: NodeID) -> [ShardID] {
        (0..<shardCount).map { ShardID($0) }.filter { owner(of: $0) == node }
    }
}
