public import Primitives

/// The place of an interaction in every line: smaller is served first (routing-semantics 1).
///
/// The key is static, `waitingSince − secondsPerPriorityPoint × priority` in saturating milliseconds, or the priority alone where the
/// queue is ordered so: a line is an ordered set that time never re-sorts. Ties: earlier `waitingSince`, queue id in byte order,
/// sequence number.
public struct Rank: Sendable, Hashable, Comparable, WireValue {
    /// Of a queue that is ordered by priority alone; its tickets come before all of other queues.
    public let isStrict: Bool
    public let key: Int64
    public let waitingSince: Instant
    public let queue: QueueID
    public let sequence: UInt64

    public init(
        waitingSince: Instant, priority: Int32, media: MediaType, rules: RankRules, queue: QueueID, sequence: UInt64
    ) {
        let priority = Int64(priority) + Int64(rules.basePriority[media] ?? 0)
        isStrict = rules.ordering == .priority
        if isStrict {
            key = -priority
        } else {
            // Fewer than 2^33 points of fewer than 2^27 ms.
            let lead = priority * min(max(0, rules.secondsPerPriorityPoint), 86_400) * 1_000
            let (key, overflow) = waitingSince.milliseconds.subtractingReportingOverflow(lead)
            self.key = overflow ? (lead > 0 ? .min : .max) : key
        }
        self.waitingSince = waitingSince
        self.queue = queue
        self.sequence = sequence
    }

    public static func < (left: Rank, right: Rank) -> Bool {
        if left.isStrict != right.isStrict { return left.isStrict }
        if left.key != right.key { return left.key < right.key }
        if left.waitingSince != right.waitingSince { return left.waitingSince < right.waitingSince }
        if left.queue != right.queue {
            return Array(left.queue.key.utf8).lexicographicallyPrecedes(right.queue.key.utf8)
        }
        return left.sequence < right.sequence
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(isStrict)
        writer.write(key)
        writer.write(waitingSince)
        writer.write(queue)
        writer.write(sequence)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        isStrict = try reader.readFlag()
        key = try reader.read(Int64.self)
        waitingSince = try reader.readInstant()
        queue = try reader.read(QueueID.self)
        sequence = try reader.read(UInt64.self)
    }
}
