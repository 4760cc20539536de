public import Primitives

extension QueueCommand {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .enqueue(let entry):
            writer.write(UInt8(1))
            writer.write(entry)
        case .withdraw(let ticket, let kind):
            writer.write(UInt8(2))
            writer.write(ticket)
            writer.write(kind)
        case .ringing(let ticket, let attempt, let agent): write(3, ticket, attempt, agent, into: &writer)
        case .refused(let ticket, let attempt, let snapshot):
            writer.write(UInt8(4))
            writer.write(ticket)
            writer.write(attempt)
            writer.write(snapshot)
        case .award(let ticket, let reservation, let media, let snapshot):
            writer.write(UInt8(5))
            writer.write(ticket)
            writer.write(reservation)
            writer.write(media)
            writer.write(snapshot)
        case .release(let ticket, let attempt, let agent): write(6, ticket, attempt, agent, into: &writer)
        case .decline(let ticket, let attempt, let agent, let why):
            write(7, ticket, attempt, agent, into: &writer)
            writer.write(why)
        case .available(let snapshot, let awards):
            writer.write(UInt8(8))
            writer.write(snapshot)
            writer.write(UInt8(clamping: awards))
        case .status(let ticket, let attempt, let agent): write(9, ticket, attempt, agent, into: &writer)
        case .acceptOffer(let offer, let agent):
            writer.write(UInt8(10))
            writer.write(offer)
            writer.write(agent)
        case .declineOffer(let offer, let agent):
            writer.write(UInt8(11))
            writer.write(offer)
            writer.write(agent)
        case .waiting(let limit):
            writer.write(UInt8(12))
            writer.write(limit)
        case .ticket(let ticket):
            writer.write(UInt8(13))
            writer.write(ticket)
        case .configure(let settings):
            writer.write(UInt8(14))
            writer.write(settings)
        case .due: writer.write(UInt8(15))
        case .recovered(let shard):
            writer.write(UInt8(16))
            writer.write(shard.number)
        }
    }

    private func write(
        _ tag: UInt8, _ ticket: Ticket, _ attempt: UInt32, _ agent: AgentID, into writer: inout ByteWriter
    ) {
        writer.write(tag)
        writer.write(ticket)
        writer.write(attempt)
        writer.write(agent)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .enqueue(try reader.read())
        case 2: self = .withdraw(try reader.read(), try reader.read())
        case 3: self = .ringing(try reader.read(), attempt: try reader.read(UInt32.self), try reader.read())
        case 4: self = .refused(try reader.read(), attempt: try reader.read(UInt32.self), try reader.read())
        case 5:
            self = .award(
                try reader.read(), reservation: try reader.read(UInt64.self), media: try reader.read(),
                try reader.read())
        case 6: self = .release(try reader.read(), attempt: try reader.read(UInt32.self), try reader.read())
        case 7:
            self = .decline(
                try reader.read(), attempt: try reader.read(UInt32.self), try reader.read(), why: try reader.read())
        case 8: self = .available(try reader.read(), awards: Int(try reader.read(UInt8.self)))
        case 9: self = .status(try reader.read(), attempt: try reader.read(UInt32.self), try reader.read())
        case 10: self = .acceptOffer(try reader.read(), try reader.read())
        case 11: self = .declineOffer(try reader.read(), try reader.read())
        case 12: self = .waiting(limit: try reader.read(UInt32.self))
        case 13: self = .ticket(try reader.read())
        case 14: self = .configure(try reader.read())
        case 15: self = .due
        case 16: self = .recovered(ShardID(try reader.read(UInt32.self)))
        case let tag: throw .unknownTag("queue command", Int(tag))
        }
    }
}

extension QueueReply {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .done: writer.write(UInt8(0))
        case .accepted(let ticket):
            writer.write(UInt8(1))
            writer.write(ticket)
        case .gone: writer.write(UInt8(2))
        case .waiting(let total, let tickets):
            writer.write(UInt8(3))
            writer.write(total)
            writer.write(tickets)
        case .ticket(let view):
            writer.write(UInt8(4))
            writer.write(view)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .done
        case 1: self = .accepted(try reader.read())
        case 2: self = .gone
        case 3: self = .waiting(total: try reader.read(UInt32.self), try reader.readList(limit: 1_000))
        case 4: self = .ticket(try reader.readOptional())
        case let tag: throw .unknownTag("queue reply", Int(tag))
        }
    }
}
