public import Primitives

/// Everything that a conversation is asked or told. Names are those of the offer protocol, section 3.
public enum ConversationCommand: EntityCommand, Equatable {
    // From the queue, logged.
    /// `attempts` are those that came to nothing before.
    case connected(Ticket, agent: AgentID, attempt: UInt32, offered: Instant, attempts: [FinishedAttempt])
    /// `lost`: the ticket ended through a forced recovery, not by request; `attempts` are the finished ones.
    case withdrawn(Ticket, wasConnected: Bool, lost: Bool, attempts: [FinishedAttempt])
    case tooLate(Ticket)
    // From the agent, logged: after-contact work ran out of time.
    case wrapUpTimedOut(Ticket, attempt: UInt32)
    // Requests.
    case create(NewConversation)
    /// Changes nothing: makes this id's shard keep the key that the request carries, with the hash of its body.
    case claimKey
    case end(by: AgentID?)
    case abandon
    /// Move while nobody is connected, transfer afterwards; waits for its place in the API.
    case move(QueueID)
    case wrapUp(SegmentID, code: String, notes: String, by: AgentID?)
    // Questions.
    case view
    // From the node.
    case due
    case recovered(ShardID)

    public typealias Reply = ConversationReply
    public static var kind: EntityKind { .conversation }
    public static var method: UInt16 { 4 }
    public var isRead: Bool { self == .view }
}

/// What a conversation is made from. The id comes from the idempotency key, so that a retry finds the first.
public struct NewConversation: Sendable, Equatable, WireValue {
    public var queue: QueueID
    public var division: String
    public var media: MediaType
    public var priority: Int32
    public var skills: [SkillRequest]
    public var customer: [Attribute]
    public var attributes: [Attribute]
    public var externalID: String?
    /// Codes that the queue allows, and the one for when time runs out; taken over so that no second read is needed.
    public var wrapUpCodes: [String]
    public var defaultWrapUpCode: String?
    /// True where the agent owes a code after the contact.
    public var wrapUpDue: Bool
    /// Who is never asked.
    public var excluded: [AgentID]

    public init(
        queue: QueueID, division: String = "", media: MediaType, priority: Int32 = 0, skills: [SkillRequest] = [],
        customer: [Attribute] = [], attributes: [Attribute] = [], externalID: String? = nil,
        wrapUpCodes: [String] = [], defaultWrapUpCode: String? = nil, wrapUpDue: Bool = false,
        excluded: [AgentID] = []
    ) {
        self.excluded = excluded
        self.queue = queue
        self.division = division
        self.media = media
        self.priority = priority
        self.skills = skills
        self.customer = customer
        self.attributes = attributes
        self.externalID = externalID
        self.wrapUpCodes = wrapUpCodes
        self.defaultWrapUpCode = defaultWrapUpCode
        self.wrapUpDue = wrapUpDue
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(queue)
        writer.write(division)
        writer.write(media)
        writer.write(priority)
        writer.write(skills)
        writer.write(customer)
        writer.write(attributes)
        writer.write(externalID)
        writer.write(wrapUpCodes)
        writer.write(defaultWrapUpCode)
        writer.write(wrapUpDue)
        writer.write(excluded)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        queue = try reader.read()
        division = try reader.readString()
        media = try reader.read()
        priority = try reader.read(Int32.self)
        skills = try reader.readList(limit: 100)
        customer = try reader.readList(limit: 100)
        attributes = try reader.readList(limit: 1_000)
        externalID = try reader.readOptional()
        wrapUpCodes = try reader.readList(limit: 1_000)
        defaultWrapUpCode = try reader.readOptional()
        wrapUpDue = try reader.readFlag()
        excluded = try reader.readList(limit: Enqueue.excludedLimit)
    }
}

/// A named text of the customer or of the case.
public struct Attribute: Sendable, Equatable, WireValue {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(name)
        writer.write(value)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        name = try reader.readString()
        value = try reader.readString()
    }
}

/// One agent's part in a conversation: ticket and attempt, as one opaque text in the API.
public struct SegmentID: Sendable, Hashable, WireValue {
    public let ticket: Ticket
    public let attempt: UInt32

    public init(_ ticket: Ticket, attempt: UInt32) {
        self.ticket = ticket
        self.attempt = attempt
    }

    public var text: String { Base64URL.encode(encoded) }

    public init?(text: String) {
        guard text.utf8.count <= 512, let bytes = Base64URL.decode(text) else { return nil }
        guard let segment = try? SegmentID(decoding: bytes) else { return nil }
        self = segment
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(ticket)
        writer.writeVariable(UInt64(attempt))
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        ticket = try reader.read()
        attempt = UInt32(truncatingIfNeeded: try reader.readVariable())
    }
}

/// What a conversation answers.
public enum ConversationReply: EntityMessage, Equatable {
    case done
    case unknown
    /// `isNew` is false where an earlier request had created it: that one's stays, and nothing changed.
    case created(ConversationView, isNew: Bool)
    case view(ConversationView)
    /// An agent is connected: too late to abandon; nothing changed.
    case alreadyConnected
    /// It has ended already; nothing changed.
    case alreadyEnded
    /// Asked by an agent who is not the owner; nothing changed.
    case notOwner
    case unknownSegment
    /// The contact of this segment goes on; nothing changed.
    case segmentOpen
    /// The queue does not allow this code; nothing changed.
    case unknownCode
}

/// Why a conversation ended.
public enum EndReason: UInt8, Sendable, CustomStringConvertible, WireValue {
    case completed = 0
    case abandoned = 1
    case cancelled = 2

    public var description: String {
        switch self {
        case .completed: "completed"
        case .abandoned: "abandoned"
        case .cancelled: "cancelled"
        }
    }

    public func encode(into writer: inout ByteWriter) { writer.write(rawValue) }
    public init(from reader: inout ByteReader) throws(WireError) { self = try readCase(EndReason.self, from: &reader) }
}
