public import Cluster
public import Primitives

/// A log with one copy in the memory of this process: every record counts as durable at once, and a restart begins
/// without a log, which is a forced recovery. Nothing reads a record again, so none is kept.
///
/// The replicated log takes its place behind the same port.
public final class VolatileLog: ShardLog {
    public init() {}

    public func append(
        _ record: [UInt8], index: UInt64, to shard: ShardID, committed: @escaping @Sendable (UInt64) -> Void
    ) -> Bool { true }

    public func records(of shard: ShardID) -> [[UInt8]] { [] }
}
