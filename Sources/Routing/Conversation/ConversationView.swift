public import Primitives

/// What may be told of a conversation from its own log; the live ticket is the queue's to tell.
public struct ConversationView: Sendable, Equatable, WireValue {
    public var id: ConversationID
    public var work: NewConversation
    public var created: Instant
    public var ticket: UInt32
    public var ended: Instant?
    public var endReason: EndReason?
    public var owner: AgentID?
    public var segments: [Segment]

    public func encode(into writer: inout ByteWriter) {
        writer.write(id)
        writer.write(work)
        writer.write(created)
        writer.write(ticket)
        writer.write(ended)
        writer.write(endReason)
        writer.write(owner)
        writer.write(segments)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        id = try reader.read()
        work = try reader.read()
        created = try reader.readInstant()
        ticket = try reader.read(UInt32.self)
        ended = try reader.readOptional()
        endReason = try reader.readOptional()
        owner = try reader.readOptional()
        segments = try reader.readList(limit: 1_000)
    }

    init(_ state: ConversationState, work: NewConversation) {
        id = state.id
        self.work = work
        self.work.queue = state.line
        created = state.created
        ticket = state.ticketNumber
        ended = state.ended
        endReason = state.endReason
        owner = state.owner?.agent
        segments = state.segments
    }
}

/// One agent's part in a conversation, from the offer to the code.
public struct Segment: Sendable, Equatable, WireValue {
    public enum State: UInt8, Sendable, CustomStringConvertible {
        case connected = 0
        case wrapUp = 1
        case completed = 2
        case declined = 3
        case unanswered = 4
        case withdrawn = 5

        public var description: String {
            switch self {
            case .connected: "connected"
            case .wrapUp: "wrapUp"
            case .completed: "completed"
            case .declined: "declined"
            case .unanswered: "unanswered"
            case .withdrawn: "withdrawn"
            }
        }
    }

    public let id: SegmentID
    public let agent: AgentID
    public internal(set) var state: State
    public let offered: Instant
    public internal(set) var connected: Instant?
    public internal(set) var ended: Instant?
    public internal(set) var code: String?
    public internal(set) var notes: String?
    /// True when the code was set because time ran out.
    public internal(set) var codeByDefault = false

    init(id: SegmentID, agent: AgentID, state: State, offered: Instant, connected: Instant?, ended: Instant?) {
        self.id = id
        self.agent = agent
        self.state = state
        self.offered = offered
        self.connected = connected
        self.ended = ended
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(id)
        writer.write(agent)
        writer.write(state.rawValue)
        writer.write(offered)
        writer.write(connected)
        writer.write(ended)
        writer.write(code)
        writer.write(notes)
        writer.write(codeByDefault)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        id = try reader.read()
        agent = try reader.read()
        state = try readCase(State.self, from: &reader)
        offered = try reader.readInstant()
        connected = try reader.readOptional()
        ended = try reader.readOptional()
        code = try reader.readOptional()
        notes = try reader.readOptional()
        codeByDefault = try reader.readFlag()
    }
}
