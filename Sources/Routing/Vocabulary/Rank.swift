public import Primitives

/// The place of an interaction in every line: smaller is served first (routing-semantics 1).
///
/// The key is static, `waitingSince − secondsPerPriorityPoint × priority` in saturating milliseconds, so a line is an
/// ordered set that time never re-sorts. Ties: earlier `waitingSince`, queue id in byte order, sequence number.
public struct Rank: Sendable, Hashable, Comparable, WireValue {
    public let key: Int64
    public let waitingSince: Instant
    public let queue: QueueID
    public let sequence: UInt64

    public init(
        waitingSince: Instant, priority: Int32, secondsPerPriorityPoint: Int64, queue: QueueID, sequence: UInt64
    ) {
        let (lead, tooMuch) = Int64(priority).multipliedReportingOverflow(
            by: min(max(0, secondsPerPriorityPoint), 86_400) * 1_000)
        let shift = tooMuch ? (priority > 0 ? Int64.max : .min) : lead
        let (key, overflow) = waitingSince.milliseconds.subtractingReportingOverflow(shift)
        self.key = overflow ? (shift > 0 ? .min : .max) : key
        self.waitingSince = waitingSince
        self.queue = queue
        self.sequence = sequence
    }

    public static func < (left: Rank, right: Rank) -> Bool {
        if left.key != right.key { return left.key < right.key }
        if left.waitingSince != right.waitingSince { return left.waitingSince < right.waitingSince }
        if left.queue != right.queue {
            return Array(left.queue.key.utf8).lexicographicallyPrecedes(right.queue.key.utf8)
        }
        return left.sequence < right.sequence
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(key)
        writer.write(waitingSince)
        writer.write(queue)
        writer.write(sequence)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        key = try reader.read(Int64.self)
        waitingSince = try reader.readInstant()
        queue = try reader.read(QueueID.self)
        sequence = try reader.read(UInt64.self)
    }
}
