package import Primitives

/// Shards of which somebody else is taken for the leader than before, until the node hears of it and says again what may be lost.
///
/// A guess that fails soon after the one before waits twice as long: while nobody leads, one guess follows the other, and each time
/// every shard of the node says again what it has for all those shards.
package struct Corrections: Sendable {
    package static let shortest = Span.milliseconds(300)
    package static let longest = Span.milliseconds(2_400)

    private struct Pause {
        var length: Span
        var end: Instant
    }

    private var pauses: [ShardID: Pause] = [:]
    private var waiting: Set<ShardID> = []
    /// When somebody comes to take: the earliest end of those that wait.
    private var takenAt: Instant?

    package init() {}

    /// Somebody else is taken for the leader of this shard.
    /// - Returns: when to come and take, if nobody comes in time for it.
    package mutating func note(_ shard: ShardID, at now: Instant) -> Instant? {
        guard waiting.insert(shard).inserted else { return nil }
        var length = Self.shortest
        if let last = pauses[shard], now - last.end <= last.length { length = min(last.length * 2, Self.longest) }
        let end = now + length
        pauses[shard] = Pause(length: length, end: end)
        if let takenAt, takenAt <= end { return nil }
        takenAt = end
        return end
    }

    /// Whoever was to come at `moment` is here.
    /// - Returns: the shards of which the node should hear now, and when to come again; nothing where somebody else came, or will.
    package mutating func take(at moment: Instant) -> (shards: Set<ShardID>, next: Instant?) {
        guard takenAt == moment else { return ([], nil) }
        let due = waiting.filter { pauses[$0].map { $0.end <= moment } ?? true }
        waiting.subtract(due)
        takenAt = waiting.compactMap { pauses[$0]?.end }.min()
        return (due, takenAt)
    }
}
