public import Primitives

extension AgentState {
    /// The newest version of the state's form.
    static let stateVersion: UInt8 = 1
    /// Slots in one form; capacities allow far fewer.
    static let slotLimit = 1_000

    /// Version 1: everything but the timers, which stand in the slots.
    public func encodeState(into writer: inout ByteWriter) {
        writer.write(Self.stateVersion)
        writer.write(settings)
        writer.write(presence)
        writer.write(onQueue)
        writer.write(notResponding)
        writer.write(idleSince)
        writer.write(lastEnd)
        writer.writeVariable(lastReservation)
        writer.writeCount(slots.count)
        for slot in slots { slot.encodeState(into: &writer) }
    }

    public init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        try reader.readStateVersion(of: Self.kind, newest: Self.stateVersion)
        self.init(key: key)
        settings = try reader.read()
        presence = try reader.read()
        onQueue = try reader.readFlag()
        notResponding = try reader.readFlag()
        idleSince = try reader.readInstant()
        lastEnd = try reader.readInstant()
        lastReservation = try reader.readVariable()
        for _ in 0..<(try reader.readCount(limit: Self.slotLimit)) {
            slots.append(try AgentSlot(decodingState: &reader))
        }
    }
}

extension AgentSlot {
    /// Ticket, queue, medium and rank once: from the first moment on they are those of the bid or of the work.
    fileprivate func encodeState(into writer: inout ByteWriter) {
        switch state {
        case .awarded(let reservation):
            writer.write(UInt8(0))
            writer.write(Bid(queue: queue, ticket: ticket, rank: rank, media: media))
            writer.writeVariable(reservation)
        case .reserved(let work, let since):
            writer.write(UInt8(1))
            writer.write(work)
            writer.write(since)
        case .connected(let work, let since):
            writer.write(UInt8(2))
            writer.write(work)
            writer.write(since)
        case .wrapUp(let work, let until):
            writer.write(UInt8(3))
            writer.write(work)
            writer.write(until)
        }
    }

    fileprivate init(decodingState reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self.init(award: try reader.read(), reservation: try reader.readVariable())
        case 1: self.init(reserved: try reader.read(), since: try reader.readInstant())
        case 2:
            let work = try reader.read(OfferedWork.self)
            self.init(reserved: work, since: .zero)
            state = .connected(work, since: try reader.readInstant())
        case 3:
            let work = try reader.read(OfferedWork.self)
            self.init(reserved: work, since: .zero)
            state = .wrapUp(work, until: try reader.readOptional())
        case let tag: throw .unknownTag("slot state", Int(tag))
        }
    }
}
