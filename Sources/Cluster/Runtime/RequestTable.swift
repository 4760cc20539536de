internal import Primitives

/// The answers to keyed requests, kept for 24 h of shard time, at most ``limit`` of them and ``byteLimit`` bytes in all
/// (the oldest go first).
struct RequestTable {
    struct Kept {
        let body: UInt64
        let reply: [UInt8]
        let time: Instant
    }

    static let limit = 100_000
    static let byteLimit = 64 << 20
    static let lifetime = Span.seconds(24 * 3_600)

    private var kept: [String: Kept] = [:]
    private var order: ArraySlice<(scope: String, size: Int, time: Instant)> = []
    private var bytes = 0
    /// Of what is kept: the same for the same answers, in whatever order.
    private(set) var hash: UInt64 = 0

    subscript(scope: String) -> Kept? { kept[scope] }

    mutating func keep(_ reply: ShardRecord.KeptReply, at time: Instant) {
        let next = Kept(body: reply.key.body, reply: reply.reply, time: time)
        if let before = kept.updateValue(next, forKey: reply.key.scope) { hash &-= Self.part(reply.key.scope, before) }
        hash &+= Self.part(reply.key.scope, next)
        let size = reply.reply.count + reply.key.scope.utf8.count
        order.append((reply.key.scope, size, time))
        bytes += size
        while let oldest = order.first, isOver || time - oldest.time > Self.lifetime {
            order.removeFirst()
            bytes -= oldest.size
            guard let gone = kept[oldest.scope], gone.time == oldest.time else { continue }
            hash &-= Self.part(oldest.scope, gone)
            kept[oldest.scope] = nil
        }
    }

    /// The answer itself stands in the log, as every replica has it.
    private static func part(_ scope: String, _ kept: Kept) -> UInt64 {
        let time = UInt64(bitPattern: kept.time.microseconds)
        return StableHash.combine(StableHash.combine(StableHash.of(scope), kept.body), time)
    }

    private var isOver: Bool { order.count > Self.limit || bytes > Self.byteLimit && order.count > 1 }
}

extension RequestTable: WireValue {
    func encode(into writer: inout ByteWriter) {
        writer.writeCount(order.count)
        for entry in order {
            // An older entry of a scope that was kept again says only when the newer one may go.
            let known = kept[entry.scope].flatMap { $0.time == entry.time ? $0 : nil }
            writer.write(entry.scope)
            writer.write(entry.time)
            writer.write(known != nil)
            guard let known else { continue }
            writer.write(known.body)
            writer.write(bytes: known.reply)
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let count = try reader.readCount(each: 10, limit: Self.limit)
        for _ in 0..<count {
            let scope = try reader.readString()
            let time = try reader.readInstant()
            guard try reader.readFlag() else { continue }
            let body = try reader.read(UInt64.self)
            keep(.init(key: RequestKey(scope: scope, body: body), reply: try reader.readBytes()), at: time)
        }
    }
}
