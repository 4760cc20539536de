public import Primitives

/// An entity that answers at once and logs nothing: it measures the path of a call.
public struct EchoState: Entity {
    public struct Soft: Sendable { var count: UInt64 = 0 }
    public typealias Command = EchoCommand
    public typealias Event = String

    public static var kind: EntityKind { .echo }
    public static var isLogged: Bool { false }
    public static var dueCommand: EchoCommand { EchoCommand(.measure, body: EchoBody()) }
    public static func recoveredCommand(_ shard: ShardID) -> EchoCommand { dueCommand }
    public static func freshSoft() -> Soft { Soft() }
    public init(key: String) {}
    public func nextDue(soft: Soft) -> Instant? { nil }

    public func decide(
        _ command: EchoCommand, soft: inout Soft, in context: inout DecisionContext
    ) -> Decision<EchoState> {
        soft.count += 1
        return Decision(EchoReply(count: soft.count))
    }

    public mutating func apply(_ event: String, at time: Instant) {}

    static let stateVersion: UInt8 = 1

    /// The version alone: there is no state.
    public func encodeState(into writer: inout ByteWriter) { writer.write(Self.stateVersion) }

    public init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        let version = try reader.read(UInt8.self)
        guard version == Self.stateVersion else { throw .unknownTag("version of the echo state", Int(version)) }
        self.init(key: key)
    }
}

/// A command of about 300 bytes, of the shape of a routing request.
public struct EchoCommand: EntityCommand {
    public enum Purpose: UInt8, Sendable { case measure = 0 }
    public typealias Reply = EchoReply
    public static var kind: EntityKind { .echo }
    public static var method: UInt16 { 5 }
    public var isRead: Bool { true }

    public let purpose: Purpose
    public let body: EchoBody

    public init(_ purpose: Purpose, body: EchoBody) {
        self.purpose = purpose
        self.body = body
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(purpose.rawValue)
        writer.write(body)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let raw = try reader.read(UInt8.self)
        guard let purpose = Purpose(rawValue: raw) else { throw .unknownTag("echo purpose", Int(raw)) }
        self.purpose = purpose
        body = try reader.read()
    }
}

/// The fields of a typical routing request.
public struct EchoBody: WireValue {
    public var tenant = ""
    public var queue = ""
    public var skills: [String] = []
    public var customer = ""
    public var attributes: [String] = []
    public var priority: Int64 = 0
    public var deadline: Instant = .zero

    public init() {}

    public func encode(into writer: inout ByteWriter) {
        writer.write(tenant)
        writer.write(queue)
        writer.write(skills)
        writer.write(customer)
        writer.write(attributes)
        writer.write(priority)
        writer.write(deadline)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        tenant = try reader.readString()
        queue = try reader.readString()
        skills = try reader.readList(limit: 100)
        customer = try reader.readString()
        attributes = try reader.readList(limit: 100)
        priority = try reader.read(Int64.self)
        deadline = try reader.readInstant()
    }
}

/// How many commands this activation has answered.
public struct EchoReply: EntityMessage, Equatable {
    public let count: UInt64

    public init(count: UInt64) { self.count = count }
    public func encode(into writer: inout ByteWriter) { writer.write(count) }
    public init(from reader: inout ByteReader) throws(WireError) { count = try reader.read(UInt64.self) }
}
