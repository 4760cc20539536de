public import Primitives

/// One change of the configuration; a document of nil removes.
public struct CentreChange: Sendable, Equatable, WireValue {
    public enum What: Sendable, Equatable {
        case skill(String, SkillDocument?)
        case queue(QueueID, QueueSettings?)
        case agent(AgentID, AgentSettings?)
        case members(QueueID, [AgentID])
    }

    public let version: UInt64
    public let what: What

    public init(version: UInt64, what: What) {
        self.version = version
        self.what = what
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(version)
        writer.write(what)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        version = try reader.read(UInt64.self)
        what = try reader.read()
    }
}

extension CentreChange.What {
    /// The kind and id of the document.
    var name: String {
        switch self {
        case .skill(let id, _): "skill/\(id)"
        case .queue(let id, _): "queue/\(id)"
        case .agent(let id, _): "agent/\(id)"
        case .members(let id, _): "members/\(id)"
        }
    }

    var isRemoval: Bool {
        switch self {
        case .skill(_, let document): document == nil
        case .queue(_, let document): document == nil
        case .agent(_, let document): document == nil
        case .members: false
        }
    }
}

extension CentreChange.What: WireValue {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .skill(let id, let document):
            writer.write(UInt8(1))
            writer.write(id)
            writer.write(document)
        case .queue(let id, let document):
            writer.write(UInt8(2))
            writer.write(id)
            writer.write(document)
        case .agent(let id, let document):
            writer.write(UInt8(3))
            writer.write(id)
            writer.write(document)
        case .members(let id, let list):
            writer.write(UInt8(4))
            writer.write(id)
            writer.write(list)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .skill(try reader.readString(), try reader.readOptional())
        case 2: self = .queue(try reader.read(), try reader.readOptional())
        case 3: self = .agent(try reader.read(), try reader.readOptional())
        case 4: self = .members(try reader.read(), try reader.readList(limit: QueueSettings.memberLimit))
        case let tag: throw .unknownTag("centre change", Int(tag))
        }
    }
}

/// Everything that the centre is asked or told.
public enum CentreCommand: EntityCommand, Equatable {
    /// Writes one document. `expected` is the version that it replaces (`If-Match`); nil writes whatever is there.
    case put(CentreChange.What, expected: UInt64?)
    /// What changed after a version: the last word on each document.
    case changes(since: UInt64)
    case due
    case recovered(ShardID)

    public typealias Reply = CentreReply
    public static var kind: EntityKind { .centre }
    public static var method: UInt16 { 1 }

    public var isRead: Bool {
        if case .changes = self { true } else { false }
    }

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .put(let what, let expected):
            writer.write(UInt8(1))
            writer.write(what)
            writer.write(optional: expected)
        case .changes(let since):
            writer.write(UInt8(2))
            writer.write(since)
        case .due: writer.write(UInt8(3))
        case .recovered(let shard):
            writer.write(UInt8(4))
            writer.write(shard.number)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .put(try reader.read(), expected: try reader.readOptionalNumber())
        case 2: self = .changes(since: try reader.read(UInt64.self))
        case 3: self = .due
        case 4: self = .recovered(ShardID(try reader.read(UInt32.self)))
        case let tag: throw .unknownTag("centre command", Int(tag))
        }
    }
}

/// What the centre answers.
public enum CentreReply: EntityMessage, Equatable {
    case done
    case stored(version: UInt64, created: Bool)
    case removed
    case unknown
    /// `expected` is not the version that is there; nothing changed.
    case versionMismatch(current: UInt64)
    /// A document refers to something that does not exist, or is referred to; nothing changed.
    case refused([Reference])
    /// The next changes after the version asked for; `upTo` is where to go on. `origin` names the log: with another
    /// one, what the follower has beyond it was lost here, not removed.
    case changes([CentreChange], upTo: UInt64, origin: UInt64)

    /// One broken reference: a JSON pointer into the document and what is wrong there.
    public struct Reference: WireValue, Equatable {
        public let pointer: String
        public let detail: String

        public init(_ pointer: String, _ detail: String) {
            self.pointer = pointer
            self.detail = detail
        }

        public func encode(into writer: inout ByteWriter) {
            writer.write(pointer)
            writer.write(detail)
        }

        public init(from reader: inout ByteReader) throws(WireError) {
            pointer = try reader.readString()
            detail = try reader.readString()
        }
    }

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .done: writer.write(UInt8(0))
        case .stored(let version, let created):
            writer.write(UInt8(1))
            writer.write(version)
            writer.write(created)
        case .removed: writer.write(UInt8(2))
        case .unknown: writer.write(UInt8(3))
        case .versionMismatch(let current):
            writer.write(UInt8(4))
            writer.write(current)
        case .refused(let references):
            writer.write(UInt8(5))
            writer.write(references)
        case .changes(let changes, let version, let origin):
            writer.write(UInt8(6))
            writer.write(changes)
            writer.write(version)
            writer.write(origin)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .done
        case 1: self = .stored(version: try reader.read(UInt64.self), created: try reader.readFlag())
        case 2: self = .removed
        case 3: self = .unknown
        case 4: self = .versionMismatch(current: try reader.read(UInt64.self))
        case 5: self = .refused(try reader.readList(limit: 20_000))
        case 6:
            self = .changes(
                try reader.readList(limit: 200_000), upTo: try reader.read(UInt64.self),
                origin: try reader.read(UInt64.self))
        case let tag: throw .unknownTag("centre reply", Int(tag))
        }
    }
}
