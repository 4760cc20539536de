import Cluster
import Distributed
import Primitives

/// The typed face of a register.
distributed actor Register {
    typealias ActorSystem = TandemSystem

    distributed func perform(_ command: RegisterCommand) async throws -> RegisterReply {
        throw CallError.notExecuted(.notHere)
    }
}

/// A logged entity that keeps the last value written to it. It stands where conversations stand in the contact centre's
/// table: the nodes of this benchmark register no other kind.
struct RegisterState: Entity {
    typealias Command = RegisterCommand
    typealias Event = RegisterEvent
    struct Soft: Sendable {}

    static var kind: EntityKind { .conversation }
    static var dueCommand: RegisterCommand { .version }
    static func recoveredCommand(_ shard: ShardID) -> RegisterCommand { .version }
    static func freshSoft() -> Soft { Soft() }

    private static let stateVersion: UInt8 = 1

    private var value: [UInt8] = []
    private var version: UInt64 = 0

    init(key: String) {}
    func nextDue(soft: Soft) -> Instant? { nil }

    func decide(
        _ command: RegisterCommand, soft: inout Soft, in context: inout DecisionContext
    ) -> Decision<RegisterState> {
        switch command {
        case .write(let value): Decision(RegisterReply(version: version + 1), events: [RegisterEvent(value: value)])
        case .version: Decision(RegisterReply(version: version))
        }
    }

    mutating func apply(_ event: RegisterEvent, at time: Instant) {
        value = event.value
        version += 1
    }

    func encodeState(into writer: inout ByteWriter) {
        writer.write(Self.stateVersion)
        writer.write(bytes: value)
        writer.write(version)
    }

    init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        let stateVersion = try reader.read(UInt8.self)
        guard stateVersion == Self.stateVersion else { throw .unknownTag("version of a register", Int(stateVersion)) }
        value = try reader.readBytes()
        version = try reader.read(UInt64.self)
    }
}

/// What a register is asked.
enum RegisterCommand: EntityCommand, Equatable {
    case write([UInt8])
    case version

    typealias Reply = RegisterReply
    static var kind: EntityKind { .conversation }
    static var method: UInt16 { 4 }
    var isRead: Bool { self == .version }

    func encode(into writer: inout ByteWriter) {
        switch self {
        case .write(let value):
            writer.write(UInt8(0))
            writer.write(bytes: value)
        case .version: writer.write(UInt8(1))
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .write(try reader.readBytes())
        case 1: self = .version
        case let tag: throw .unknownTag("register command", Int(tag))
        }
    }
}

/// A value was written.
struct RegisterEvent: WireValue {
    let value: [UInt8]

    init(value: [UInt8]) { self.value = value }
    func encode(into writer: inout ByteWriter) { writer.write(bytes: value) }
    init(from reader: inout ByteReader) throws(WireError) { value = try reader.readBytes() }
}

/// How often the register was written.
struct RegisterReply: EntityMessage, Equatable {
    let version: UInt64

    init(version: UInt64) { self.version = version }
    func encode(into writer: inout ByteWriter) { writer.write(version) }
    init(from reader: inout ByteReader) throws(WireError) { version = try reader.read(UInt64.self) }
}
