public import Primitives

/// What the centre's configuration says of one agent, with the queues that it is a member of.
public struct AgentSettings: Sendable, Equatable, WireValue {
    /// The configuration version that last touched this agent; 0 while it is not configured.
    public var version: UInt64
    public var name: String
    public var division: String
    public var skills: [HeldSkill]
    /// How many of each medium at once (0 to 25).
    public var maximum: PerMedia
    public var queues: [QueueID]

    public init(
        version: UInt64 = 0, name: String = "", division: String = "", skills: [HeldSkill] = [],
        maximum: PerMedia = PerMedia { $0.defaultMaximum }, queues: [QueueID] = []
    ) {
        self.version = version
        self.name = name
        self.division = division
        self.skills = skills
        self.maximum = maximum
        self.queues = queues
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(version)
        writer.write(name)
        writer.write(division)
        writer.write(skills)
        writer.write(maximum)
        writer.write(queues)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        version = try reader.read(UInt64.self)
        name = try reader.readString()
        division = try reader.readString()
        skills = try reader.readList(limit: 500)
        maximum = try reader.read()
        queues = try reader.readList(limit: 5_000)
    }
}

/// What an agent says of its own availability.
public enum Presence: UInt8, Sendable, CaseIterable, CustomStringConvertible, WireValue {
    case available = 0
    case busy = 1
    case away = 2
    case onBreak = 3
    case meal = 4
    case meeting = 5
    case training = 6
    case offline = 7

    public var description: String {
        switch self {
        case .available: "available"
        case .busy: "busy"
        case .away: "away"
        case .onBreak: "break"
        case .meal: "meal"
        case .meeting: "meeting"
        case .training: "training"
        case .offline: "offline"
        }
    }

    public init?(name: String) {
        guard let presence = Self.allCases.first(where: { $0.description == name }) else { return nil }
        self = presence
    }

    public func encode(into writer: inout ByteWriter) { writer.write(rawValue) }
    public init(from reader: inout ByteReader) throws(WireError) { self = try readCase(Presence.self, from: &reader) }
}
