/// A histogram of durations: bucket `n` counts those of at least 2^(n-1) and below 2^n microseconds, bucket 0 those
/// below one, the last one all above.
public struct LatencyBuckets: Sendable, Equatable {
    public static let count = 24
    /// The most that one bucket may say when it comes from outside, so that sums cannot overflow.
    private static let countLimit: UInt64 = 1 << 56

    public private(set) var counts = [UInt64](repeating: 0, count: Self.count)
    /// All durations together, in microseconds.
    public private(set) var sum: UInt64 = 0

    public init() {}

    public mutating func add(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        add(
            microseconds: UInt64(max(0, seconds)) &* 1_000_000 &+ UInt64(max(0, attoseconds) / 1_000_000_000_000))
    }

    public mutating func add(microseconds: UInt64) {
        counts[min(Self.count - 1, UInt64.bitWidth - microseconds.leadingZeroBitCount)] &+= 1
        sum &+= microseconds
    }

    /// How many durations were counted.
    public var total: UInt64 { counts.reduce(0) { $0 &+ $1 } }

    /// An upper bound of the given share of the durations, in microseconds; `nil` before the first one.
    /// - Parameter share: from 0 to 1.
    public func quantile(_ share: Double) -> UInt64? {
        let total = total
        guard total > 0 else { return nil }
        var left = UInt64((Double(total) * min(max(share, 0), 1)).rounded(.up))
        for (bucket, count) in counts.enumerated() {
            if count >= left { return 1 << UInt64(bucket) }
            left -= count
        }
        return 1 << UInt64(Self.count)
    }
}

extension LatencyBuckets: WireValue {
    public func encode(into writer: inout ByteWriter) {
        for count in counts { writer.writeVariable(count) }
        writer.writeVariable(sum)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        self.init()
        for bucket in counts.indices {
            let count = try reader.readVariable()
            guard count <= Self.countLimit else { throw .tooLong(Int(clamping: count)) }
            counts[bucket] = count
        }
        sum = try reader.readVariable()
    }
}
