public import Primitives

extension ConversationCommand {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .connected(let ticket, let agent, let attempt, let offered, let attempts):
            writer.write(UInt8(1))
            writer.write(ticket)
            writer.write(agent)
            writer.write(attempt)
            writer.write(offered)
            writer.write(attempts)
        case .withdrawn(let ticket, let wasConnected, let lost, let attempts):
            writer.write(UInt8(2))
            writer.write(ticket)
            writer.write(wasConnected)
            writer.write(lost)
            writer.write(attempts)
        case .tooLate(let ticket):
            writer.write(UInt8(3))
            writer.write(ticket)
        case .wrapUpTimedOut(let ticket, let attempt):
            writer.write(UInt8(4))
            writer.write(ticket)
            writer.write(attempt)
        case .create(let work):
            writer.write(UInt8(5))
            writer.write(work)
        case .end(let agent):
            writer.write(UInt8(6))
            writer.write(agent)
        case .abandon: writer.write(UInt8(7))
        case .wrapUp(let segment, let code, let notes, let agent):
            writer.write(UInt8(8))
            writer.write(segment)
            writer.write(code)
            writer.write(notes)
            writer.write(agent)
        case .view: writer.write(UInt8(9))
        case .due: writer.write(UInt8(10))
        case .recovered(let shard):
            writer.write(UInt8(11))
            writer.write(shard.number)
        case .move(let queue):
            writer.write(UInt8(12))
            writer.write(queue)
        case .claimKey: writer.write(UInt8(13))
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1:
            self = .connected(
                try reader.read(), agent: try reader.read(), attempt: try reader.read(UInt32.self),
                offered: try reader.readInstant(), attempts: try reader.readList(limit: 1_000))
        case 2:
            self = .withdrawn(
                try reader.read(), wasConnected: try reader.readFlag(), lost: try reader.readFlag(),
                attempts: try reader.readList(limit: 1_000))
        case 3: self = .tooLate(try reader.read())
        case 4: self = .wrapUpTimedOut(try reader.read(), attempt: try reader.read(UInt32.self))
        case 5: self = .create(try reader.read())
        case 6: self = .end(by: try reader.readOptional())
        case 7: self = .abandon
        case 8:
            self = .wrapUp(
                try reader.read(), code: try reader.readString(), notes: try reader.readString(),
                by: try reader.readOptional())
        case 9: self = .view
        case 10: self = .due
        case 11: self = .recovered(ShardID(try reader.read(UInt32.self)))
        case 12: self = .move(try reader.read())
        case 13: self = .claimKey
        case let tag: throw .unknownTag("conversation command", Int(tag))
        }
    }
}

extension ConversationReply {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .done: writer.write(UInt8(0))
        case .unknown: writer.write(UInt8(1))
        case .created(let view, let isNew):
            writer.write(UInt8(2))
            writer.write(view)
            writer.write(isNew)
        case .view(let view):
            writer.write(UInt8(3))
            writer.write(view)
        case .alreadyConnected: writer.write(UInt8(4))
        case .alreadyEnded: writer.write(UInt8(5))
        case .notOwner: writer.write(UInt8(6))
        case .unknownSegment: writer.write(UInt8(7))
        case .unknownCode: writer.write(UInt8(8))
        case .segmentOpen: writer.write(UInt8(9))
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .done
        case 1: self = .unknown
        case 2: self = .created(try reader.read(), isNew: try reader.readFlag())
        case 3: self = .view(try reader.read())
        case 4: self = .alreadyConnected
        case 5: self = .alreadyEnded
        case 6: self = .notOwner
        case 7: self = .unknownSegment
        case 8: self = .unknownCode
        case 9: self = .segmentOpen
        case let tag: throw .unknownTag("conversation reply", Int(tag))
        }
    }
}
