public import Primitives

/// Everything that a queue is asked or told. Names are those of the offer protocol, section 3.
public enum QueueCommand: EntityCommand, Equatable {
    // From the conversation, logged.
    case enqueue(Enqueue)
    case withdraw(Ticket, WithdrawKind)
    // From the agent, logged.
    case ringing(Ticket, attempt: UInt32, AgentID)
    case refused(Ticket, attempt: UInt32, AgentSnapshot)
    case award(Ticket, reservation: UInt64, media: MediaType, AgentSnapshot)
    case release(Ticket, attempt: UInt32, AgentID)
    case decline(Ticket, attempt: UInt32, AgentID, why: DeclineReason)
    // From the agent, soft.
    /// `awards` are under way and may be for what waits here: so many more of the best are bid.
    case available(AgentSnapshot, awards: Int)
    case status(Ticket, attempt: UInt32, AgentID)
    // From the desktop, requests.
    case acceptOffer(OfferID, AgentID)
    case declineOffer(OfferID, AgentID)
    // Questions.
    case waiting(limit: UInt32)
    case ticket(Ticket)
    // From the node.
    case configure(QueueSettings)
    case due
    case recovered(ShardID)

    public typealias Reply = QueueReply
    public static var kind: EntityKind { .queue }
    public static var method: UInt16 { 2 }

    public var isRead: Bool {
        switch self {
        case .waiting, .ticket: true
        default: false
        }
    }
}

/// What a conversation enters a line with.
public struct Enqueue: Sendable, Equatable, WireValue {
    public var ticket: Ticket
    public var media: MediaType
    public var priority: Int32
    public var skills: [SkillRequest]
    /// Set when the conversation keeps its place from before; nil takes the queue's own stamp.
    public var waitingSince: Instant?
    /// Who is never asked.
    public var excluded: [AgentID]

    /// Agents whom one interaction excludes.
    public static let excludedLimit = 100

    public init(
        ticket: Ticket, media: MediaType, priority: Int32 = 0, skills: [SkillRequest] = [],
        waitingSince: Instant? = nil, excluded: [AgentID] = []
    ) {
        self.excluded = excluded
        self.ticket = ticket
        self.media = media
        self.priority = priority
        self.skills = skills
        self.waitingSince = waitingSince
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(ticket)
        writer.write(media)
        writer.write(priority)
        writer.write(skills)
        writer.write(waitingSince)
        writer.write(excluded)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        ticket = try reader.read()
        media = try reader.read()
        priority = try reader.read(Int32.self)
        skills = try reader.readList(limit: 100)
        waitingSince = try reader.readOptional()
        excluded = try reader.readList(limit: Self.excludedLimit)
    }
}

/// Why a ticket is taken out of its line.
public enum WithdrawKind: UInt8, Sendable, WireValue {
    /// Abandon, end of work, expiry, cancel: always takes effect.
    case end = 0
    /// To another line while nobody is connected; `tooLate` once somebody is.
    case move = 1
    /// By or for the owner: always takes effect.
    case transfer = 2

    public func encode(into writer: inout ByteWriter) { writer.write(rawValue) }
    public init(from reader: inout ByteReader) throws(WireError) {
        self = try readCase(WithdrawKind.self, from: &reader)
    }
}

/// What a queue may know of an agent: soft, and true when it was sent.
public struct AgentSnapshot: Sendable, Equatable, WireValue {
    public var agent: AgentID
    /// Shard time of the agent when this was said; an older word never replaces a newer.
    public var sequence: Instant
    /// How many more of each medium; none when the agent is not available.
    public var free: PerMedia
    public var skills: [HeldSkill]
    public var idleSince: Instant
    /// The same without the moment of going on queue.
    public var lastEnd: Instant
    /// How many of each medium are in hand, and how many may be.
    public var load: PerMedia
    public var maximum: PerMedia

    public init(
        agent: AgentID, sequence: Instant, free: PerMedia, skills: [HeldSkill], idleSince: Instant,
        lastEnd: Instant? = nil, load: PerMedia = .none, maximum: PerMedia? = nil
    ) {
        self.lastEnd = lastEnd ?? idleSince
        self.load = load
        self.maximum = maximum ?? free
        self.agent = agent
        self.sequence = sequence
        self.free = free
        self.skills = skills
        self.idleSince = idleSince
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(agent)
        writer.write(sequence)
        writer.write(free)
        writer.write(skills)
        writer.write(idleSince)
        writer.write(lastEnd)
        writer.write(load)
        writer.write(maximum)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        agent = try reader.read()
        sequence = try reader.readInstant()
        free = try reader.read()
        skills = try reader.readList(limit: 500)
        idleSince = try reader.readInstant()
        lastEnd = try reader.readInstant()
        load = try reader.read()
        maximum = try reader.read()
    }

    /// When the idle clock of a queue began (routing-semantics 3). Until there is outbound work, every interaction is inbound.
    func idleSince(by clock: IdleClock) -> Instant {
        switch clock {
        case .any, .inboundOnly: idleSince
        case .lastInteraction: lastEnd
        }
    }

    /// The share of what the agent may have of a medium that it has in hand.
    func share(of media: MediaType) -> Double { Double(load[media]) / Double(max(1, maximum[media])) }
}

/// What a queue answers.
public enum QueueReply: EntityMessage, Equatable {
    case done
    /// The accept is committed: the work is this agent's.
    case accepted(Ticket)
    /// Over, taken by somebody else, or never offered to this agent: 410, nothing changed.
    case gone
    case waiting(total: UInt32, [QueuedTicketView])
    case ticket(QueuedTicketView?)
}

/// What may be told of a ticket. The nonce of an attempt is not part of it.
public struct QueuedTicketView: Sendable, Equatable, WireValue {
    public enum State: UInt8, Sendable {
        case waiting = 0
        case held = 1
        case alerting = 2
        case connected = 3
    }

    public var ticket: Ticket
    public var state: State
    public var media: MediaType
    public var priority: Int32
    public var waitingSince: Instant
    /// 1 for the first in line; 0 when not waiting.
    public var position: UInt32
    public var agent: AgentID?
    public var attempt: UInt32
    public var since: Instant
    public var finished: [FinishedAttempt]

    public init(
        ticket: Ticket, state: State, media: MediaType, priority: Int32, waitingSince: Instant, position: UInt32,
        agent: AgentID?, attempt: UInt32, since: Instant, finished: [FinishedAttempt]
    ) {
        self.ticket = ticket
        self.state = state
        self.media = media
        self.priority = priority
        self.waitingSince = waitingSince
        self.position = position
        self.agent = agent
        self.attempt = attempt
        self.since = since
        self.finished = finished
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(ticket)
        writer.write(state.rawValue)
        writer.write(media)
        writer.write(priority)
        writer.write(waitingSince)
        writer.write(position)
        writer.write(agent)
        writer.write(attempt)
        writer.write(since)
        writer.write(finished)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        ticket = try reader.read()
        state = try readCase(State.self, from: &reader)
        media = try reader.read()
        priority = try reader.read(Int32.self)
        waitingSince = try reader.readInstant()
        position = try reader.read(UInt32.self)
        agent = try reader.readOptional()
        attempt = try reader.read(UInt32.self)
        since = try reader.readInstant()
        finished = try reader.readList(limit: 1_000)
    }
}
