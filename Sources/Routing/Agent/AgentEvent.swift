public import Primitives

/// What happened to an agent: the only way in which its state changes.
public enum AgentEvent: WireValue, Equatable {
    case configured(AgentSettings)
    case presenceChanged(Presence, onQueue: Bool)
    /// `awarded(n, r)`.
    case awarded(Bid, reservation: UInt64)
    /// An ungranted award is given up.
    case awardDropped(reservation: UInt64)
    /// `reserved(n, k)`: rings. `replacing` names the award whose slot it takes.
    case reserved(OfferedWork, replacing: UInt64?)
    case connected(Ticket, attempt: UInt32)
    /// The slot is free; with `wrapUp` it turns into after-contact work instead, until the given time.
    case freed(Ticket, attempt: UInt32, FreeReason, wrapUp: WrapUp?)
    case wrapUpEnded(Ticket, attempt: UInt32)
    /// No code will ever come for this work, so none is owed.
    case wrapUpWaived(Ticket, attempt: UInt32)

    /// After-contact work that is due; `until` is nil where only a code ends it.
    public struct WrapUp: WireValue, Equatable {
        public let until: Instant?

        init(until: Instant?) { self.until = until }
        public func encode(into writer: inout ByteWriter) { writer.write(until) }
        public init(from reader: inout ByteReader) throws(WireError) { until = try reader.readOptional() }
    }

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .configured(let settings):
            writer.write(UInt8(1))
            writer.write(settings)
        case .presenceChanged(let presence, let onQueue):
            writer.write(UInt8(2))
            writer.write(presence)
            writer.write(onQueue)
        case .awarded(let bid, let reservation):
            writer.write(UInt8(3))
            writer.write(bid)
            writer.write(reservation)
        case .awardDropped(let reservation):
            writer.write(UInt8(4))
            writer.write(reservation)
        case .reserved(let work, let replacing):
            writer.write(UInt8(5))
            writer.write(work)
            writer.write(optional: replacing)
        case .connected(let ticket, let attempt):
            writer.write(UInt8(6))
            writer.write(ticket)
            writer.write(attempt)
        case .freed(let ticket, let attempt, let reason, let wrapUp):
            writer.write(UInt8(7))
            writer.write(ticket)
            writer.write(attempt)
            writer.write(reason)
            writer.write(wrapUp)
        case .wrapUpEnded(let ticket, let attempt):
            writer.write(UInt8(8))
            writer.write(ticket)
            writer.write(attempt)
        case .wrapUpWaived(let ticket, let attempt):
            writer.write(UInt8(9))
            writer.write(ticket)
            writer.write(attempt)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .configured(try reader.read())
        case 2: self = .presenceChanged(try reader.read(), onQueue: try reader.readFlag())
        case 3: self = .awarded(try reader.read(), reservation: try reader.read(UInt64.self))
        case 4: self = .awardDropped(reservation: try reader.read(UInt64.self))
        case 5: self = .reserved(try reader.read(), replacing: try reader.readOptionalNumber())
        case 6: self = .connected(try reader.read(), attempt: try reader.read(UInt32.self))
        case 7:
            self = .freed(
                try reader.read(), attempt: try reader.read(UInt32.self), try reader.read(),
                wrapUp: try reader.readOptional())
        case 8: self = .wrapUpEnded(try reader.read(), attempt: try reader.read(UInt32.self))
        case 9: self = .wrapUpWaived(try reader.read(), attempt: try reader.read(UInt32.self))
        case let tag: throw .unknownTag("agent event", Int(tag))
        }
    }
}
