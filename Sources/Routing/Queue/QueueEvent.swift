public import Primitives

/// What happened to a queue: the only way in which its state changes.
public enum QueueEvent: WireValue, Equatable {
    case configured(QueueSettings)
    /// `waiting`.
    case enqueued(Enqueue, waitingSince: Instant, sequence: UInt64)
    /// `waiting → held(agent, k)`.
    case held(ConversationID, AgentID, attempt: UInt32, nonce: UInt64, answerBy: Instant)
    /// `held → alerting(agent, k)`.
    case alerting(ConversationID, until: Instant)
    /// `held | alerting → waiting`; the rank does not change.
    case returned(ConversationID, FinishedAttempt.Outcome, excludedUntil: Instant?)
    /// A time of exclusion is over.
    case exclusionsEnded(ConversationID)
    /// `held | alerting → connected(agent, k)`.
    case connected(ConversationID)
    /// `→ closed`: the ticket is gone for ever.
    case closed(ConversationID)

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .configured(let settings):
            writer.write(UInt8(1))
            writer.write(settings)
        case .enqueued(let entry, let waitingSince, let sequence):
            writer.write(UInt8(2))
            writer.write(entry)
            writer.write(waitingSince)
            writer.write(sequence)
        case .held(let conversation, let agent, let attempt, let nonce, let answerBy):
            writer.write(UInt8(3))
            writer.write(conversation)
            writer.write(agent)
            writer.write(attempt)
            writer.write(nonce)
            writer.write(answerBy)
        case .alerting(let conversation, let until):
            writer.write(UInt8(4))
            writer.write(conversation)
            writer.write(until)
        case .returned(let conversation, let outcome, let excludedUntil):
            writer.write(UInt8(5))
            writer.write(conversation)
            writer.write(outcome.rawValue)
            writer.write(excludedUntil)
        case .exclusionsEnded(let conversation):
            writer.write(UInt8(6))
            writer.write(conversation)
        case .connected(let conversation):
            writer.write(UInt8(7))
            writer.write(conversation)
        case .closed(let conversation):
            writer.write(UInt8(8))
            writer.write(conversation)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .configured(try reader.read())
        case 2:
            self = .enqueued(
                try reader.read(), waitingSince: try reader.readInstant(), sequence: try reader.read(UInt64.self))
        case 3:
            self = .held(
                try reader.read(), try reader.read(), attempt: try reader.read(UInt32.self),
                nonce: try reader.read(UInt64.self), answerBy: try reader.readInstant())
        case 4: self = .alerting(try reader.read(), until: try reader.readInstant())
        case 5:
            self = .returned(
                try reader.read(), try readCase(FinishedAttempt.Outcome.self, from: &reader),
                excludedUntil: try reader.readOptional())
        case 6: self = .exclusionsEnded(try reader.read())
        case 7: self = .connected(try reader.read())
        case 8: self = .closed(try reader.read())
        case let tag: throw .unknownTag("queue event", Int(tag))
        }
    }
}
