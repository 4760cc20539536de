/// What a log thread has done so far.
public struct LogCounters: Sendable, Equatable {
    public internal(set) var batches: UInt64 = 0
    public internal(set) var items: UInt64 = 0
    public internal(set) var bytes: UInt64 = 0
    public internal(set) var syncs: UInt64 = 0
    /// Submissions that the reserve did not let in.
    public internal(set) var refused: UInt64 = 0
    public internal(set) var syncTime = LatencyBuckets()
}

/// A histogram of durations: bucket `n` counts those of at least 2^(n-1) and below 2^n microseconds, bucket 0 those below
/// one, the last one all above.
public struct LatencyBuckets: Sendable, Equatable {
    public static let count = 24
    public private(set) var counts = [UInt64](repeating: 0, count: Self.count)

    public init() {}

    public mutating func add(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = UInt64(max(0, seconds)) &* 1_000_000 &+ UInt64(max(0, attoseconds) / 1_000_000_000_000)
        counts[min(Self.count - 1, UInt64.bitWidth - microseconds.leadingZeroBitCount)] += 1
    }

    /// An upper bound of the given share of the durations, in microseconds; `nil` before the first one.
    /// - Parameter share: from 0 to 1.
    public func quantile(_ share: Double) -> UInt64? {
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        var left = UInt64((Double(total) * min(max(share, 0), 1)).rounded(.up))
        for (bucket, count) in counts.enumerated() {
            if count >= left { return 1 << UInt64(bucket) }
            left -= count
        }
        return 1 << UInt64(Self.count)
    }
}
