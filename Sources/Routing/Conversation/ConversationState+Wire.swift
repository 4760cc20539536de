public import Primitives

extension ConversationState {
    /// The newest version of the state's form.
    static let stateVersion: UInt8 = 1

    /// Which parts follow, in this order.
    private struct Parts: OptionSet {
        let rawValue: UInt16

        static let work = Parts(rawValue: 1 << 0)
        /// The line is another than the one that the conversation was created for.
        static let line = Parts(rawValue: 1 << 1)
        static let owner = Parts(rawValue: 1 << 2)
        static let ended = Parts(rawValue: 1 << 3)
        static let endReason = Parts(rawValue: 1 << 4)
        static let pending = Parts(rawValue: 1 << 5)
        static let pendingQueue = Parts(rawValue: 1 << 6)
        static let wish = Parts(rawValue: 1 << 7)
        /// A flag of its own; nothing follows.
        static let keepsAge = Parts(rawValue: 1 << 8)
        static let all = Parts(rawValue: (1 << 9) - 1)
    }

    private var parts: Parts {
        var parts: Parts = []
        if work != nil { parts.insert(.work) }
        if !line.key.utf8.elementsEqual((work?.queue.key ?? "").utf8) { parts.insert(.line) }
        if owner != nil { parts.insert(.owner) }
        if ended != nil { parts.insert(.ended) }
        if endReason != nil { parts.insert(.endReason) }
        if pending != nil { parts.insert(.pending) }
        if pending?.queue != nil { parts.insert(.pendingQueue) }
        if wish != nil { parts.insert(.wish) }
        if keepsAge { parts.insert(.keepsAge) }
        return parts
    }

    /// Version 1: what is there and nothing for what is not; times are distances from the creation, those of a segment
    /// from its offer.
    public func encodeState(into writer: inout ByteWriter) {
        let parts = parts
        writer.write(Self.stateVersion)
        writer.write(parts.rawValue)
        if let work { writer.write(work) }
        writer.write(created)
        writer.writeVariable(UInt64(ticketNumber))
        writer.write(waitingSince, since: created)
        if parts.contains(.line) { writer.write(line) }
        if let owner {
            writer.write(owner.agent)
            writer.writeVariable(UInt64(owner.attempt))
        }
        if let ended { writer.write(ended, since: created) }
        if let endReason { writer.write(endReason) }
        if let pending { writer.write(pending.kind) }
        if let queue = pending?.queue { writer.write(queue) }
        if let wish { writer.write(wish) }
        writer.writeCount(segments.count)
        for segment in segments { segment.encodeState(into: &writer, since: created) }
    }

    public init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        try reader.readStateVersion(of: Self.kind, newest: Self.stateVersion)
        self.init(key: key)
        let parts = Parts(rawValue: try reader.read(UInt16.self))
        guard parts.isSubset(of: .all), parts.contains(.pending) || !parts.contains(.pendingQueue) else {
            throw .unknownTag("set of parts of a conversation state", Int(parts.rawValue))
        }
        if parts.contains(.work) { work = try reader.read(NewConversation.self) }
        created = try reader.readInstant()
        ticketNumber = try reader.readVariable32()
        waitingSince = try reader.readInstant(since: created)
        line = parts.contains(.line) ? try reader.read() : work?.queue ?? QueueID("")
        if parts.contains(.owner) {
            owner = Owner(agent: try reader.read(), attempt: try reader.readVariable32())
        }
        if parts.contains(.ended) { ended = try reader.readInstant(since: created) }
        if parts.contains(.endReason) { endReason = try reader.read(EndReason.self) }
        if parts.contains(.pending) {
            pending = Pending(
                kind: try reader.read(), queue: parts.contains(.pendingQueue) ? try reader.read(QueueID.self) : nil)
        }
        if parts.contains(.wish) { wish = try reader.read(EndReason.self) }
        keepsAge = parts.contains(.keepsAge)
        for _ in 0..<(try reader.readCount(each: 5, limit: Self.segmentLimit)) {
            segments.append(try Segment(decodingState: &reader, of: id, since: created))
        }
    }
}

extension Segment {
    /// Set beside the state, which takes the lowest three bits.
    private struct Parts: OptionSet {
        let rawValue: UInt8

        static let connected = Parts(rawValue: 1 << 3)
        static let ended = Parts(rawValue: 1 << 4)
        static let code = Parts(rawValue: 1 << 5)
        static let notes = Parts(rawValue: 1 << 6)
        static let codeByDefault = Parts(rawValue: 1 << 7)
    }

    private static let stateBits: UInt8 = 0b111

    /// The conversation of a segment's ticket is always its own, so that it is not written.
    fileprivate func encodeState(into writer: inout ByteWriter, since created: Instant) {
        var parts: Parts = []
        if connected != nil { parts.insert(.connected) }
        if ended != nil { parts.insert(.ended) }
        if code != nil { parts.insert(.code) }
        if notes != nil { parts.insert(.notes) }
        if codeByDefault { parts.insert(.codeByDefault) }
        writer.write(state.rawValue | parts.rawValue)
        writer.writeVariable(UInt64(id.ticket.number))
        writer.writeVariable(UInt64(id.attempt))
        writer.write(agent)
        writer.write(offered, since: created)
        if let connected { writer.write(connected, since: offered) }
        if let ended { writer.write(ended, since: offered) }
        if let code { writer.write(code) }
        if let notes { writer.write(notes) }
    }

    fileprivate init(
        decodingState reader: inout ByteReader, of conversation: ConversationID, since created: Instant
    ) throws(WireError) {
        let bits = try reader.read(UInt8.self)
        guard let state = State(rawValue: bits & Self.stateBits) else { throw .unknownTag("segment state", Int(bits)) }
        let parts = Parts(rawValue: bits & ~Self.stateBits)
        let ticket = Ticket(conversation, try reader.readVariable32())
        let id = SegmentID(ticket, attempt: try reader.readVariable32())
        let agent = try reader.read(AgentID.self)
        let offered = try reader.readInstant(since: created)
        self.init(
            id: id, agent: agent, state: state, offered: offered,
            connected: parts.contains(.connected) ? try reader.readInstant(since: offered) : nil,
            ended: parts.contains(.ended) ? try reader.readInstant(since: offered) : nil)
        if parts.contains(.code) { code = try reader.readString() }
        if parts.contains(.notes) { notes = try reader.readString() }
        codeByDefault = parts.contains(.codeByDefault)
    }
}
