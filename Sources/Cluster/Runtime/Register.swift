public import Primitives

/// A logged value with a version, for what looks at the log itself: benchmarks, and clients of the simulator whose
/// histories are checked. No node of a contact centre knows this kind.
public struct RegisterState: Entity, Equatable {
    public typealias Command = RegisterCommand
    public typealias Event = RegisterEvent
    public struct Soft: Sendable {}

    public static var kind: EntityKind { .register }
    public static var rests: Bool { true }
    public static var dueCommand: RegisterCommand { .read }
    public static func recoveredCommand(_ shard: ShardID) -> RegisterCommand { .read }
    public static func freshSoft() -> Soft { Soft() }

    private static let stateVersion: UInt8 = 1

    private var value: [UInt8] = []
    /// The number of writes.
    private var version: UInt64 = 0

    public init(key: String) {}
    public func nextDue(soft: Soft) -> Instant? { nil }

    public func decide(
        _ command: RegisterCommand, soft: inout Soft, in context: inout DecisionContext
    ) -> Decision<RegisterState> {
        switch command {
        case .write(let value): written(value)
        case .writeIf(let expected, let value): expected == version ? written(value) : Decision(.mismatch(version))
        case .read: Decision(.value(value, version: version))
        }
    }

    private func written(_ value: [UInt8]) -> Decision<RegisterState> {
        Decision(.written(version: version + 1), events: [RegisterEvent(value: value)])
    }

    public mutating func apply(_ event: RegisterEvent, at time: Instant) {
        value = event.value
        version += 1
    }

    public func encodeState(into writer: inout ByteWriter) {
        writer.write(Self.stateVersion)
        writer.write(bytes: value)
        writer.write(version)
    }

    public init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        let stateVersion = try reader.read(UInt8.self)
        guard stateVersion == Self.stateVersion else { throw .unknownTag("version of a register", Int(stateVersion)) }
        value = try reader.readBytes()
        version = try reader.read(UInt64.self)
    }
}

/// What a register is asked.
public enum RegisterCommand: EntityCommand, Equatable {
    case write([UInt8])
    /// Writes if the version is still this one.
    case writeIf(version: UInt64, [UInt8])
    case read

    public typealias Reply = RegisterReply
    public static var kind: EntityKind { .register }
    public static var method: UInt16 { 6 }
    public var isRead: Bool { self == .read }

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .write(let value):
            writer.write(UInt8(0))
            writer.write(bytes: value)
        case .read: writer.write(UInt8(1))
        case .writeIf(let version, let value):
            writer.write(UInt8(2))
            writer.write(version)
            writer.write(bytes: value)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .write(try reader.readBytes())
        case 1: self = .read
        case 2: self = .writeIf(version: try reader.read(UInt64.self), try reader.readBytes())
        case let tag: throw .unknownTag("register command", Int(tag))
        }
    }
}

/// A value was written.
public struct RegisterEvent: WireValue {
    public let value: [UInt8]

    public init(value: [UInt8]) { self.value = value }
    public func encode(into writer: inout ByteWriter) { writer.write(bytes: value) }
    public init(from reader: inout ByteReader) throws(WireError) { value = try reader.readBytes() }
}

/// What a register answers, always with its version.
public enum RegisterReply: EntityMessage, Equatable {
    case value([UInt8], version: UInt64)
    case written(version: UInt64)
    /// Another version is there; nothing changed.
    case mismatch(UInt64)

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .value(let value, let version):
            writer.write(UInt8(0))
            writer.write(bytes: value)
            writer.write(version)
        case .written(let version):
            writer.write(UInt8(1))
            writer.write(version)
        case .mismatch(let version):
            writer.write(UInt8(2))
            writer.write(version)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .value(try reader.readBytes(), version: try reader.read(UInt64.self))
        case 1: self = .written(version: try reader.read(UInt64.self))
        case 2: self = .mismatch(try reader.read(UInt64.self))
        case let tag: throw .unknownTag("register reply", Int(tag))
        }
    }
}
