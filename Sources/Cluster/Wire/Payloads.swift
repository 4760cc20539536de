internal import Primitives

/// The payload of a `call` or `soft` frame: whom it is for, the key of the request, and the command.
struct CallPayload: Equatable {
    var entity: EntityID
    var key: RequestKey?
    var command: [UInt8]

    static func encode(entity: EntityID, key: RequestKey?, command: any EntityCommand) -> [UInt8] {
        var writer = ByteWriter(reserving: 512)
        writer.write(entity)
        writer.write(key)
        command.encode(into: &writer)
        return writer.bytes
    }

    static func encode(entity: EntityID, command: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(reserving: 64 + command.count)
        writer.write(entity)
        writer.write(false)
        writer.write(raw: command)
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        entity = try reader.read()
        key = try reader.readOptional()
        command = reader.readRest()
    }
}

/// The payload of a `reply` frame.
enum ReplyPayload {
    static func encode(_ result: Result<CallAnswer, CallError>) -> [UInt8] {
        var writer = ByteWriter(reserving: 64)
        switch result {
        case .success(.typed(let message)):
            writer.write(UInt8(0))
            message.encode(into: &writer)
        case .success(.bytes(let bytes)):
            writer.write(UInt8(0))
            writer.write(raw: bytes)
        case .failure(.notExecuted(let reason)):
            writer.write(UInt8(1))
            writer.write(reason.rawValue)
        case .failure(.outcomeUnknown(let reason)):
            writer.write(UInt8(2))
            writer.write(reason)
        case .failure(.keyReused): writer.write(UInt8(3))
        case .failure(.malformed(let detail)):
            writer.write(UInt8(4))
            writer.write(detail)
        case .failure(.tooLarge(let bytes)):
            writer.write(UInt8(5))
            writer.write(bytes)
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) -> Result<CallAnswer, CallError> {
        do {
            var reader = ByteReader(bytes)
            switch try reader.read(UInt8.self) {
            case 0: return .success(.bytes(reader.readRest()))
            case 1:
                let reason = CallError.NotExecuted(rawValue: try reader.read(UInt8.self))
                return .failure(reason.map { .notExecuted($0) } ?? .malformed("unknown reason"))
            case 2: return .failure(.outcomeUnknown(try reader.readString()))
            case 3: return .failure(.keyReused)
            case 4: return .failure(.malformed(try reader.readString()))
            case 5: return .failure(.tooLarge(bytes: try reader.read(UInt64.self)))
            case let tag: return .failure(.malformed("\(tag) is no reply"))
            }
        } catch {
            return .failure(.malformed(error.description))
        }
    }
}

/// One logged message of a stream.
struct StreamMessage: WireValue, Equatable {
    var target: EntityID
    var method: UInt16
    var payload: [UInt8]

    init(target: EntityID, method: UInt16, payload: [UInt8]) {
        self.target = target
        self.method = method
        self.payload = payload
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(target)
        writer.write(method)
        writer.write(bytes: payload)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        target = try reader.read()
        method = try reader.read(UInt16.self)
        payload = try reader.readBytes()
    }
}

/// The payload of a `stream` frame: consecutive messages of one (source shard, target shard) stream. A stream is
/// named by the recovery epochs of both ends, so that nothing of an old life is ever processed by a new one.
struct StreamPayload: WireValue, Equatable {
    var source: ShardID
    var sourceEpoch: UInt64
    /// As the sender knows it; 0 before it was told.
    var targetEpoch: UInt64
    /// Sequence number of the first message, from 1.
    var first: UInt64
    var messages: [StreamMessage]

    init(source: ShardID, sourceEpoch: UInt64, targetEpoch: UInt64, first: UInt64, messages: [StreamMessage]) {
        self.source = source
        self.sourceEpoch = sourceEpoch
        self.targetEpoch = targetEpoch
        self.first = first
        self.messages = messages
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(source.number)
        writer.write(sourceEpoch)
        writer.write(targetEpoch)
        writer.write(first)
        writer.write(messages)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        source = ShardID(try reader.read(UInt32.self))
        sourceEpoch = try reader.read(UInt64.self)
        targetEpoch = try reader.read(UInt64.self)
        first = try reader.read(UInt64.self)
        messages = try reader.readList(limit: 100_000)
    }
}

/// The payload of a `streamMark` frame: cumulative acknowledgement, and the receiver's own epoch.
struct MarkPayload: WireValue, Equatable {
    /// The shard that acknowledges, and its epoch.
    var shard: ShardID
    var epoch: UInt64
    /// The epoch of the stream's sender, as the receiver knows it; 0 before it was told.
    var senderEpoch: UInt64
    /// Everything up to here is part of the receiver's committed state.
    var mark: UInt64

    init(shard: ShardID, epoch: UInt64, senderEpoch: UInt64, mark: UInt64) {
        self.shard = shard
        self.epoch = epoch
        self.senderEpoch = senderEpoch
        self.mark = mark
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(shard.number)
        writer.write(epoch)
        writer.write(senderEpoch)
        writer.write(mark)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        shard = ShardID(try reader.read(UInt32.self))
        epoch = try reader.read(UInt64.self)
        senderEpoch = try reader.read(UInt64.self)
        mark = try reader.read(UInt64.self)
    }
}
