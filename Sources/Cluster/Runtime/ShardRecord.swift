internal import Primitives

/// One entry of a shard's log: why, what changed, what follows from it, and the answer to keep.
struct ShardRecord: WireValue, Equatable {
    enum Cause: Equatable {
        /// First record: the recovery epoch of this log.
        case genesis(epoch: UInt64)
        case request
        case timer
        /// A logged message; the receiver's mark advances with it, also when it changed nothing.
        case stream(ShardID, sequence: UInt64)
        /// Another shard's recovery epoch became known; when it is not the first one, what that shard held is gone.
        case peer(ShardID, epoch: UInt64)
    }

    struct Change: WireValue, Equatable {
        var entity: EntityID
        /// A counted list of events.
        var events: [UInt8]
    }

    struct Trim: WireValue, Equatable {
        var target: ShardID
        var upTo: UInt64
    }

    struct KeptReply: WireValue, Equatable {
        var key: RequestKey
        var reply: [UInt8]
    }

    /// Given by the leader that appended it, who knows it again by it; no two leaders use one number.
    var number: UInt64 = 0
    var time: Instant
    var cause: Cause
    /// Outgoing messages that other shards have acknowledged since the last record.
    var trims: [Trim] = []
    var changes: [Change] = []
    var outgoing: [StreamMessage] = []
    var kept: KeptReply?
    /// What readers of the entities' topics are told.
    var notices: [Notice] = []
    /// What the leader held after an earlier record, for its followers to compare.
    var check: StateCheck?

    init(time: Instant, cause: Cause) {
        self.time = time
        self.cause = cause
    }

    /// The number of an encoded record, without the rest.
    static func number(of bytes: [UInt8]) -> UInt64? {
        var reader = ByteReader(bytes)
        return try? reader.read(UInt64.self)
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(number)
        writer.write(time)
        switch cause {
        case .genesis(let epoch):
            writer.write(UInt8(0))
            writer.write(epoch)
        case .request: writer.write(UInt8(1))
        case .timer: writer.write(UInt8(2))
        case .stream(let source, let sequence):
            writer.write(UInt8(3))
            writer.write(source.number)
            writer.write(sequence)
        case .peer(let shard, let epoch):
            writer.write(UInt8(4))
            writer.write(shard.number)
            writer.write(epoch)
        }
        writer.write(trims)
        writer.write(changes)
        writer.write(outgoing)
        writer.write(kept)
        writer.write(notices)
        writer.write(check)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        number = try reader.read(UInt64.self)
        time = try reader.readInstant()
        switch try reader.read(UInt8.self) {
        case 0: cause = .genesis(epoch: try reader.read(UInt64.self))
        case 1: cause = .request
        case 2: cause = .timer
        case 3: cause = .stream(ShardID(try reader.read(UInt32.self)), sequence: try reader.read(UInt64.self))
        case 4: cause = .peer(ShardID(try reader.read(UInt32.self)), epoch: try reader.read(UInt64.self))
        case let tag: throw .unknownTag("record cause", Int(tag))
        }
        trims = try reader.readList()
        changes = try reader.readList()
        outgoing = try reader.readList()
        kept = try reader.readOptional()
        notices = try reader.readList()
        // Records of earlier builds end here.
        check = reader.remaining > 0 ? try reader.readOptional() : nil
    }
}

extension ShardRecord.Change {
    func encode(into writer: inout ByteWriter) {
        writer.write(entity)
        writer.write(bytes: events)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        entity = try reader.read()
        events = try reader.readBytes()
    }
}

extension ShardRecord.Trim {
    func encode(into writer: inout ByteWriter) {
        writer.write(target.number)
        writer.write(upTo)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        target = ShardID(try reader.read(UInt32.self))
        upTo = try reader.read(UInt64.self)
    }
}

extension ShardRecord.KeptReply {
    func encode(into writer: inout ByteWriter) {
        writer.write(key)
        writer.write(bytes: reply)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        key = try reader.read()
        reply = try reader.readBytes()
    }
}
