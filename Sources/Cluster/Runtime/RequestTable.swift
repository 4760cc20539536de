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

    subscript(scope: String) -> Kept? { kept[scope] }

    mutating func keep(_ reply: ShardRecord.KeptReply, at time: Instant) {
        kept[reply.key.scope] = Kept(body: reply.key.body, reply: reply.reply, time: time)
        let size = reply.reply.count + reply.key.scope.utf8.count
        order.append((reply.key.scope, size, time))
        bytes += size
        while let oldest = order.first, isOver || time - oldest.time > Self.lifetime {
            order.removeFirst()
            bytes -= oldest.size
            if kept[oldest.scope]?.time == oldest.time { kept[oldest.scope] = nil }
        }
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
