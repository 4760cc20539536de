public import Primitives

extension QueueState {
    /// The newest version of the state's form.
    static let stateVersion: UInt8 = 1

    /// Version 1: the settings, the last sequence number, the tickets by conversation. Ranks follow from the settings,
    /// and the line and the timers from the tickets; none of them is written.
    public func encodeState(into writer: inout ByteWriter) {
        writer.write(Self.stateVersion)
        writer.write(settings)
        writer.writeVariable(lastSequence)
        writer.writeCount(tickets.count)
        for queued in tickets.values { queued.encodeState(into: &writer) }
    }

    public init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        try reader.readStateVersion(of: Self.kind, newest: Self.stateVersion)
        let settings = try reader.read(QueueSettings.self)
        let lastSequence = try reader.readVariable()
        let count = try reader.readCount(each: QueuedTicket.smallestForm)
        var tickets = TreeMap<ConversationID, QueuedTicket>()
        for _ in 0..<count {
            let queued = try QueuedTicket(decodingState: &reader, queue: QueueID(key), settings)
            tickets[queued.ticket.conversation] = queued
        }
        self.init(key: key, settings: settings, tickets: tickets, lastSequence: lastSequence)
    }
}

extension QueuedTicket {
    /// Bytes of the shortest form, which bound the count of tickets.
    fileprivate static let smallestForm = 18

    /// Times are distances from `waitingSince`.
    fileprivate func encodeState(into writer: inout ByteWriter) {
        writer.write(ticket)
        writer.write(media)
        writer.write(signed: Int64(priority))
        writer.write(skills)
        writer.write(rank.waitingSince)
        writer.writeVariable(rank.sequence)
        writer.writeVariable(UInt64(lastAttempt))
        switch state {
        case .waiting: writer.write(UInt8(0))
        case .held(let attempt, let answerBy): write(1, attempt, answerBy, into: &writer)
        case .alerting(let attempt, let until): write(2, attempt, until, into: &writer)
        case .connected(let attempt, let since): write(3, attempt, since, into: &writer)
        }
        writer.writeCount(excluded.count)
        for (agent, until) in excluded.sorted(by: { $0.key < $1.key }) {
            writer.write(agent)
            writer.write(until, since: rank.waitingSince)
        }
        writer.writeCount(finished.count)
        for attempt in finished { attempt.encodeState(into: &writer, since: rank.waitingSince) }
        writer.write(isFront)
        writer.write(retryAt)
    }

    private func write(_ tag: UInt8, _ attempt: Attempt, _ time: Instant, into writer: inout ByteWriter) {
        writer.write(tag)
        writer.writeVariable(UInt64(attempt.number))
        writer.write(attempt.agent)
        writer.write(attempt.nonce)
        writer.write(attempt.offered, since: rank.waitingSince)
        writer.write(time, since: rank.waitingSince)
    }

    fileprivate init(
        decodingState reader: inout ByteReader, queue: QueueID, _ settings: QueueSettings
    ) throws(WireError) {
        let ticket = try reader.read(Ticket.self)
        let media = try reader.read(MediaType.self)
        let wide = try reader.readSigned()
        guard let priority = Int32(exactly: wide) else { throw .tooLong(Int(clamping: wide)) }
        let skills = try reader.readList(SkillRequest.self, limit: 100)
        let start = try reader.readInstant()
        self.init(
            Enqueue(ticket: ticket, media: media, priority: priority, skills: skills), waitingSince: start,
            sequence: try reader.readVariable(), in: queue, settings)
        lastAttempt = try reader.readVariable32()
        switch try reader.read(UInt8.self) {
        case 0: state = .waiting
        case 1: state = .held(try Attempt(&reader, since: start), answerBy: try reader.readInstant(since: start))
        case 2: state = .alerting(try Attempt(&reader, since: start), until: try reader.readInstant(since: start))
        case 3: state = .connected(try Attempt(&reader, since: start), since: try reader.readInstant(since: start))
        case let tag: throw .unknownTag("ticket state", Int(tag))
        }
        for _ in 0..<(try reader.readCount(each: 2)) {
            let agent = try reader.read(AgentID.self)
            excluded[agent] = try reader.readInstant(since: start)
        }
        for _ in 0..<(try reader.readCount(each: 5, limit: Self.finishedLimit)) {
            finished.append(try FinishedAttempt(decodingState: &reader, since: start))
        }
        isFront = try reader.readFlag()
        retryAt = try reader.readOptional()
    }
}

extension QueuedTicket.Attempt {
    fileprivate init(_ reader: inout ByteReader, since start: Instant) throws(WireError) {
        number = try reader.readVariable32()
        agent = try reader.read()
        nonce = try reader.read(UInt64.self)
        offered = try reader.readInstant(since: start)
    }
}

extension FinishedAttempt {
    /// Set beside the outcome when the attempt was connected.
    private static let connectedBit: UInt8 = 0x80

    fileprivate func encodeState(into writer: inout ByteWriter, since start: Instant) {
        writer.write(outcome.rawValue | (connected == nil ? 0 : Self.connectedBit))
        writer.writeVariable(UInt64(attempt))
        writer.write(agent)
        writer.write(offered, since: start)
        if let connected { writer.write(connected, since: start) }
        writer.write(ended, since: start)
    }

    fileprivate init(decodingState reader: inout ByteReader, since start: Instant) throws(WireError) {
        let bits = try reader.read(UInt8.self)
        guard let outcome = Outcome(rawValue: bits & ~Self.connectedBit) else {
            throw .unknownTag("outcome of an attempt", Int(bits))
        }
        self.outcome = outcome
        attempt = try reader.readVariable32()
        agent = try reader.read()
        offered = try reader.readInstant(since: start)
        connected = bits & Self.connectedBit == 0 ? nil : try reader.readInstant(since: start)
        ended = try reader.readInstant(since: start)
    }
}
