public import Primitives

/// What an agent needs to know of an offer, and keeps while it holds the slot.
public struct OfferedWork: Sendable, Equatable, WireValue {
    public var ticket: Ticket
    public var queue: QueueID
    /// k of the protocol: increasing per ticket, never reused.
    public var attempt: UInt32
    public var rank: Rank
    /// Drawn with the attempt; reaches the outside only through the agent's ring.
    public var nonce: UInt64
    public var media: MediaType
    public var afterContactWork: AfterContactWork
    /// How long it will ring, for the agent's screen.
    public var alert: Span
    public var declineAction: DeclineAction

    public init(
        ticket: Ticket, queue: QueueID, attempt: UInt32, rank: Rank, nonce: UInt64, media: MediaType,
        afterContactWork: AfterContactWork, alert: Span, declineAction: DeclineAction = .stayAvailable
    ) {
        self.declineAction = declineAction
        self.ticket = ticket
        self.queue = queue
        self.attempt = attempt
        self.rank = rank
        self.nonce = nonce
        self.media = media
        self.afterContactWork = afterContactWork
        self.alert = alert
    }

    public var offer: OfferID { OfferID(queue: queue, ticket: ticket, attempt: attempt, nonce: nonce) }

    public func encode(into writer: inout ByteWriter) {
        writer.write(ticket)
        writer.write(queue)
        writer.write(attempt)
        writer.write(rank)
        writer.write(nonce)
        writer.write(media)
        writer.write(afterContactWork)
        writer.write(alert.microseconds)
        writer.write(declineAction)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        ticket = try reader.read(Ticket.self)
        queue = try reader.read(QueueID.self)
        attempt = try reader.read(UInt32.self)
        rank = try reader.read(Rank.self)
        nonce = try reader.read(UInt64.self)
        media = try reader.read(MediaType.self)
        afterContactWork = try reader.read(AfterContactWork.self)
        alert = Span(microseconds: try reader.read(Int64.self))
        declineAction = try reader.read()
    }
}

/// The name of one attempt to give one ticket to one agent. Holding it proves the ring.
public struct OfferID: Sendable, Hashable, WireValue {
    public let queue: QueueID
    public let ticket: Ticket
    public let attempt: UInt32
    public let nonce: UInt64

    public init(queue: QueueID, ticket: Ticket, attempt: UInt32, nonce: UInt64) {
        self.queue = queue
        self.ticket = ticket
        self.attempt = attempt
        self.nonce = nonce
    }

    /// The opaque text of the API.
    public var text: String { Base64URL.encode(encoded) }

    /// Reads the opaque text; nil when it is no offer id.
    public init?(text: String) {
        guard text.utf8.count <= 512, let bytes = Base64URL.decode(text) else { return nil }
        guard let offer = try? OfferID(decoding: bytes) else { return nil }
        self = offer
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(queue)
        writer.write(ticket)
        writer.writeVariable(UInt64(attempt))
        writer.write(nonce)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        queue = try reader.read(QueueID.self)
        ticket = try reader.read(Ticket.self)
        attempt = UInt32(truncatingIfNeeded: try reader.readVariable())
        nonce = try reader.read(UInt64.self)
    }
}

/// What an agent does between the end of a contact and the next offer (routing-semantics 5).
public enum AfterContactWork: Sendable, Hashable, WireValue {
    case none
    /// A code may be given; the slot is free at once.
    case optional
    /// The slot stays until a code is given.
    case mandatory
    /// The same, at most so long; then the queue's default code is set.
    case mandatoryTimed(Span)

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .none: writer.write(UInt8(0))
        case .optional: writer.write(UInt8(1))
        case .mandatory: writer.write(UInt8(2))
        case .mandatoryTimed(let length):
            writer.write(UInt8(3))
            writer.write(length.microseconds)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .none
        case 1: self = .optional
        case 2: self = .mandatory
        case 3: self = .mandatoryTimed(Span(microseconds: try reader.read(Int64.self)))
        case let tag: throw .unknownTag("after-contact work", Int(tag))
        }
    }
}

/// Why a slot is freed.
public enum FreeReason: UInt8, Sendable, Hashable, WireValue {
    /// Withdrawn, given up, or the agent went off queue: no consequence.
    case off = 0
    /// The alert ran out: the agent stops responding until it says otherwise.
    case rona = 1
    /// Connected work is over: after-contact work where it is due.
    case end = 2
    /// The agent declined: the queue's decline action applies.
    case declined = 3

    public func encode(into writer: inout ByteWriter) { writer.write(rawValue) }
    public init(from reader: inout ByteReader) throws(WireError) { self = try readCase(FreeReason.self, from: &reader) }
}

/// Why an attempt is declined. Only ``declined`` excludes the agent from the ticket for a while.
public enum DeclineReason: UInt8, Sendable, Hashable, WireValue {
    /// By the agent's own choice.
    case declined = 0
    /// The agent went off queue while it rang.
    case offQueue = 1
    /// The agent's desktop is gone.
    case disconnected = 2

    public func encode(into writer: inout ByteWriter) { writer.write(rawValue) }
    public init(from reader: inout ByteReader) throws(WireError) {
        self = try readCase(DeclineReason.self, from: &reader)
    }
}

/// How one attempt ended; becomes a segment of the conversation.
public struct FinishedAttempt: Sendable, Equatable, WireValue {
    public enum Outcome: UInt8, Sendable {
        case declined = 0
        case unanswered = 1
        case withdrawn = 2
        case completed = 3
    }

    public var attempt: UInt32
    public var agent: AgentID
    public var offered: Instant
    public var connected: Instant?
    public var ended: Instant
    public var outcome: Outcome

    public func encode(into writer: inout ByteWriter) {
        writer.write(attempt)
        writer.write(agent)
        writer.write(offered)
        writer.write(connected)
        writer.write(ended)
        writer.write(outcome.rawValue)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        attempt = try reader.read(UInt32.self)
        agent = try reader.read(AgentID.self)
        offered = try reader.readInstant()
        connected = try reader.readOptional(Instant.self)
        ended = try reader.readInstant()
        outcome = try readCase(Outcome.self, from: &reader)
    }

    public init(
        attempt: UInt32, agent: AgentID, offered: Instant, connected: Instant?, ended: Instant, outcome: Outcome
    ) {
        self.attempt = attempt
        self.agent = agent
        self.offered = offered
        self.connected = connected
        self.ended = ended
        self.outcome = outcome
    }
}
