public import Primitives

extension AgentCommand {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .reserve(let work):
            writer.write(UInt8(1))
            writer.write(work)
        case .granted(let work, let reservation):
            writer.write(UInt8(2))
            writer.write(work)
            writer.write(reservation)
        case .gone(let reservation, let queue, let next):
            writer.write(UInt8(3))
            writer.write(reservation)
            writer.write(queue)
            writer.write(next)
        case .connected(let ticket, let attempt): write(4, ticket, attempt, into: &writer)
        case .free(let ticket, let attempt, let reason):
            write(5, ticket, attempt, into: &writer)
            writer.write(reason)
        case .over(let ticket):
            writer.write(UInt8(6))
            writer.write(ticket)
        case .wrappedUp(let ticket, let attempt): write(7, ticket, attempt, into: &writer)
        case .bids(let bids):
            writer.write(UInt8(8))
            writer.write(bids)
        case .announce(let queue):
            writer.write(UInt8(9))
            writer.write(queue)
        case .statusAnswer(let ticket, let attempt, let status):
            write(10, ticket, attempt, into: &writer)
            writer.write(status)
        case .setPresence(let presence, let onQueue):
            writer.write(UInt8(11))
            writer.write(presence)
            writer.write(onQueue)
        case .view: writer.write(UInt8(12))
        case .configure(let settings):
            writer.write(UInt8(13))
            writer.write(settings)
        case .due: writer.write(UInt8(14))
        case .recovered(let shard):
            writer.write(UInt8(15))
            writer.write(shard.number)
        }
    }

    private func write(_ tag: UInt8, _ ticket: Ticket, _ attempt: UInt32, into writer: inout ByteWriter) {
        writer.write(tag)
        writer.write(ticket)
        writer.write(attempt)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .reserve(try reader.read())
        case 2: self = .granted(try reader.read(), reservation: try reader.read(UInt64.self))
        case 3:
            self = .gone(
                reservation: try reader.read(UInt64.self), queue: try reader.read(), next: try reader.readOptional())
        case 4: self = .connected(try reader.read(), attempt: try reader.read(UInt32.self))
        case 5: self = .free(try reader.read(), attempt: try reader.read(UInt32.self), try reader.read())
        case 6: self = .over(try reader.read())
        case 7: self = .wrappedUp(try reader.read(), attempt: try reader.read(UInt32.self))
        case 8: self = .bids(try reader.readList(limit: Bid.limit))
        case 9: self = .announce(try reader.read())
        case 10: self = .statusAnswer(try reader.read(), attempt: try reader.read(UInt32.self), try reader.read())
        case 11: self = .setPresence(try reader.read(), onQueue: try reader.readFlag())
        case 12: self = .view
        case 13: self = .configure(try reader.read())
        case 14: self = .due
        case 15: self = .recovered(ShardID(try reader.read(UInt32.self)))
        case let tag: throw .unknownTag("agent command", Int(tag))
        }
    }
}

extension AgentReply {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .done: writer.write(UInt8(0))
        case .unknown: writer.write(UInt8(1))
        case .presenceNotAvailable: writer.write(UInt8(2))
        case .view(let view):
            writer.write(UInt8(3))
            writer.write(view)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .done
        case 1: self = .unknown
        case 2: self = .presenceNotAvailable
        case 3: self = .view(try reader.read())
        case let tag: throw .unknownTag("agent reply", Int(tag))
        }
    }
}
