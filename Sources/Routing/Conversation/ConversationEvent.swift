public import Primitives

/// What happened to a conversation: the only way in which its state changes.
public enum ConversationEvent: WireValue, Equatable {
    case created(NewConversation)
    /// Ticket n stands in this line from now on.
    case ticketIssued(UInt32, QueueID)
    case connected(Ticket, agent: AgentID, attempt: UInt32, offered: Instant, attempts: [FinishedAttempt])
    /// A withdrawal is under way; `queue` is where a move or transfer leads.
    case withdrawalAsked(WithdrawKind, QueueID?)
    case withdrawalFailed
    /// The end is wished for, and follows when the pending withdrawal is answered.
    case endWished(EndReason)
    case withdrawn(Ticket, attempts: [FinishedAttempt])
    case ended(EndReason)
    case wrapUpSet(SegmentID, code: String?, notes: String, byDefault: Bool)

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .created(let work):
            writer.write(UInt8(1))
            writer.write(work)
        case .ticketIssued(let number, let queue):
            writer.write(UInt8(2))
            writer.write(number)
            writer.write(queue)
        case .connected(let ticket, let agent, let attempt, let offered, let attempts):
            writer.write(UInt8(3))
            writer.write(ticket)
            writer.write(agent)
            writer.write(attempt)
            writer.write(offered)
            writer.write(attempts)
        case .withdrawalAsked(let kind, let queue):
            writer.write(UInt8(4))
            writer.write(kind)
            writer.write(queue)
        case .withdrawalFailed: writer.write(UInt8(5))
        case .endWished(let reason):
            writer.write(UInt8(6))
            writer.write(reason)
        case .withdrawn(let ticket, let attempts):
            writer.write(UInt8(7))
            writer.write(ticket)
            writer.write(attempts)
        case .ended(let reason):
            writer.write(UInt8(8))
            writer.write(reason)
        case .wrapUpSet(let segment, let code, let notes, let byDefault):
            writer.write(UInt8(9))
            writer.write(segment)
            writer.write(code)
            writer.write(notes)
            writer.write(byDefault)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .created(try reader.read())
        case 2: self = .ticketIssued(try reader.read(UInt32.self), try reader.read())
        case 3:
            self = .connected(
                try reader.read(), agent: try reader.read(), attempt: try reader.read(UInt32.self),
                offered: try reader.readInstant(), attempts: try reader.readList(limit: 1_000))
        case 4: self = .withdrawalAsked(try reader.read(), try reader.readOptional())
        case 5: self = .withdrawalFailed
        case 6: self = .endWished(try reader.read())
        case 7: self = .withdrawn(try reader.read(), attempts: try reader.readList(limit: 1_000))
        case 8: self = .ended(try reader.read())
        case 9:
            self = .wrapUpSet(
                try reader.read(), code: try reader.readOptional(), notes: try reader.readString(),
                byDefault: try reader.readFlag())
        case let tag: throw .unknownTag("conversation event", Int(tag))
        }
    }
}
