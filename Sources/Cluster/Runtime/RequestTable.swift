internal import Primitives

/// The answers to keyed requests, kept for 24 h of shard time, at most ``limit`` of them (the oldest go first).
struct RequestTable {
    struct Kept {
        let body: UInt64
        let reply: [UInt8]
        let time: Instant
    }

    static let limit = 100_000
    static let lifetime = Span.seconds(24 * 3_600)

    private var kept: [String: Kept] = [:]
    private var order: ArraySlice<(scope: String, time: Instant)> = []

    subscript(scope: String) -> Kept? { kept[scope] }

    mutating func keep(_ reply: ShardRecord.KeptReply, at time: Instant) {
        kept[reply.key.scope] = Kept(body: reply.key.body, reply: reply.reply, time: time)
        order.append((reply.key.scope, time))
        while let oldest = order.first, order.count > Self.limit || time - oldest.time > Self.lifetime {
            order.removeFirst()
            if kept[oldest.scope]?.time == oldest.time { kept[oldest.scope] = nil }
        }
    }
}
