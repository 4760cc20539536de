public import Cluster
public import Primitives
internal import Synchronization

/// A log with one copy, counted and not kept: every record is committed at once, and a restart begins without a log,
/// which is a forced recovery. For benchmarks of what lies above the log, and for tests.
public final class VolatileLog: ShardLog {
    private let node: NodeID
    private let map: ShardMap
    private let last: Mutex<[UInt64]>

    /// - Parameter map: with one copy of each shard.
    public init(node: NodeID, map: ShardMap) {
        precondition(map.replicationFactor == 1, "a volatile log has one copy, not \(map.replicationFactor)")
        self.node = node
        self.map = map
        last = Mutex([UInt64](repeating: 0, count: map.groupCount))
    }

    public func open(_ shard: ShardID, tell: @escaping @Sendable (ShardLogEvent) -> Void) { tell(.leading(term: 1)) }

    public func append(_ record: [UInt8], to shard: ShardID, term: UInt64) -> UInt64? {
        last.withLock { last in
            last[Int(shard.number)] += 1
            return last[Int(shard.number)]
        }
    }

    public func confirm(_ round: UInt64, of shard: ShardID, term: UInt64) -> Bool { true }
    public func leader(of shard: ShardID) -> NodeID? { map.preferredLeader(of: shard) }
}
