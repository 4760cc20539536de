public import Cluster
public import Primitives

/// What a log thread has done so far.
public struct LogCounters: Sendable, Equatable {
    public internal(set) var batches: UInt64 = 0
    public internal(set) var items: UInt64 = 0
    public internal(set) var bytes: UInt64 = 0
    public internal(set) var syncs: UInt64 = 0
    /// Submissions that the reserve did not let in.
    public internal(set) var refused: UInt64 = 0
    public internal(set) var syncTime = LatencyBuckets()

    /// The same as a node tells it.
    public var figures: DiskFigures {
        var figures = DiskFigures()
        figures.batches = batches
        figures.items = items
        figures.bytes = bytes
        figures.refused = refused
        figures.syncTime = syncTime
        return figures
    }
}
