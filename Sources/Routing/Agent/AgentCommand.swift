public import Primitives

/// Everything that an agent is asked or told. Names are those of the offer protocol, section 3.
public enum AgentCommand: EntityCommand, Equatable {
    // From the queue, logged.
    case reserve(OfferedWork)
    case granted(OfferedWork, reservation: UInt64)
    case gone(reservation: UInt64, queue: QueueID, next: Bid?)
    case connected(Ticket, attempt: UInt32)
    case free(Ticket, attempt: UInt32, FreeReason)
    // From the conversation, logged.
    case over(Ticket)
    case wrappedUp(Ticket, attempt: UInt32)
    // From the queue, soft.
    /// Of one queue and one medium, the highest first; at least one.
    case bids([Bid])
    case announce(QueueID)
    case statusAnswer(Ticket, attempt: UInt32, TicketStatus)
    // Requests.
    case setPresence(Presence, onQueue: Bool)
    // Questions.
    case view
    // From the node.
    case configure(AgentSettings)
    case due
    case recovered(ShardID)

    public typealias Reply = AgentReply
    public static var kind: EntityKind { .agent }
    public static var method: UInt16 { 3 }
    public var isRead: Bool { self == .view }
}

/// A queue's soft word that it has something for an agent; holds nothing.
public struct Bid: Sendable, Equatable, WireValue {
    /// The most that a queue bids an agent at a time.
    static let limit = 16

    public var queue: QueueID
    public var ticket: Ticket
    public var rank: Rank
    public var media: MediaType

    public init(queue: QueueID, ticket: Ticket, rank: Rank, media: MediaType) {
        self.queue = queue
        self.ticket = ticket
        self.rank = rank
        self.media = media
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(queue)
        writer.write(ticket)
        writer.write(rank)
        writer.write(media)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        queue = try reader.read()
        ticket = try reader.read()
        rank = try reader.read()
        media = try reader.read()
    }
}

/// The queue's answer to `status?` about an attempt: true for ever when it says free.
public enum TicketStatus: Sendable, Equatable, WireValue {
    case current
    case connected
    case free(FreeReason)

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .current: writer.write(UInt8(0))
        case .connected: writer.write(UInt8(1))
        case .free(let reason):
            writer.write(UInt8(2))
            writer.write(reason)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .current
        case 1: self = .connected
        case 2: self = .free(try reader.read())
        case let tag: throw .unknownTag("ticket status", Int(tag))
        }
    }
}

/// What an agent answers.
public enum AgentReply: EntityMessage, Equatable {
    case done
    /// No agent of this id is configured.
    case unknown
    /// On queue needs presence `available`.
    case presenceNotAvailable
    case view(AgentView)
}

/// What may be told of an agent.
public struct AgentView: Sendable, Equatable, WireValue {
    public var settings: AgentSettings
    public var presence: Presence
    public var onQueue: Bool
    public var notResponding: Bool
    public var idleSince: Instant
    public var slots: [AgentSlot]

    public func encode(into writer: inout ByteWriter) {
        writer.write(settings)
        writer.write(presence)
        writer.write(onQueue)
        writer.write(notResponding)
        writer.write(idleSince)
        writer.write(slots)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        settings = try reader.read()
        presence = try reader.read()
        onQueue = try reader.readFlag()
        notResponding = try reader.readFlag()
        idleSince = try reader.readInstant()
        slots = try reader.readList(limit: 1_000)
    }

    init(_ state: AgentState) {
        settings = state.settings
        presence = state.presence
        onQueue = state.onQueue
        notResponding = state.notResponding
        idleSince = state.idleSince
        slots = state.slots
    }
}
