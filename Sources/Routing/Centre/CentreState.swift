public import Primitives

/// The configuration of the centre as one entity: skills, queues, agents and memberships, with one version.
///
/// Every node follows its log (`changes`), so that this value exists on each node; queues and agents receive what
/// concerns them as logged commands with the version. Later the configuration group takes this place.
/// Only `apply` and decoding write the fields.
public struct CentreState: Entity, Equatable {
    public typealias Command = CentreCommand
    public typealias Event = CentreChange
    public struct Soft: Sendable, Equatable {}

    public static var kind: EntityKind { .centre }
    public static var dueCommand: CentreCommand { .due }
    public static func recoveredCommand(_ shard: ShardID) -> CentreCommand { .recovered(shard) }
    public static func freshSoft() -> Soft { Soft() }
    /// The one centre of a cluster.
    public static let key = "centre"
    /// Bytes of changes in one answer, well below a frame; the follower asks on.
    public static let answerLimit = 1 << 20

    /// A document with the version that wrote it.
    public struct Versioned<Document: Sendable & Equatable>: Sendable, Equatable {
        public let version: UInt64
        public let document: Document
    }

    public internal(set) var version: UInt64 = 0
    /// The version of the first change: names this log among those that a forced recovery began anew.
    public internal(set) var origin: UInt64 = 0
    public internal(set) var skills: [String: Versioned<SkillDocument>] = [:]
    public internal(set) var queues: [QueueID: Versioned<QueueSettings>] = [:]
    public internal(set) var agents: [AgentID: Versioned<AgentSettings>] = [:]
    public internal(set) var members: [QueueID: Versioned<[AgentID]>] = [:]
    /// The version of the last membership change that touched an agent.
    var membershipVersions: [AgentID: UInt64] = [:]
    /// What was removed, by name, so that a follower hears of it however late.
    var removed: [String: Versioned<CentreChange.What>] = [:]

    public init(key: String) {}

    public func nextDue(soft: Soft) -> Instant? { nil }

    public mutating func apply(_ change: CentreChange, at time: Instant) {
        version = max(version, change.version)
        if origin == 0 { origin = change.version }
        let version = change.version
        removed[change.what.name] = change.what.isRemoval ? Versioned(version: version, document: change.what) : nil
        switch change.what {
        case .skill(let id, let document): skills[id] = document.map { Versioned(version: version, document: $0) }
        case .queue(let id, let document):
            queues[id] = document.map { Versioned(version: version, document: $0) }
            if document == nil { setMembers(id, nil, version) }
        case .agent(let id, let document):
            agents[id] = document.map { Versioned(version: version, document: $0) }
            if document == nil { removeFromQueues(id, version) }
        case .members(let id, let list): setMembers(id, list, version)
        }
    }

    private mutating func setMembers(_ queue: QueueID, _ list: [AgentID]?, _ version: UInt64) {
        for agent in (members[queue]?.document ?? []) + (list ?? []) { membershipVersions[agent] = version }
        members[queue] = list.map { Versioned(version: version, document: $0) }
    }

    private mutating func removeFromQueues(_ agent: AgentID, _ version: UInt64) {
        for (queue, list) in members where list.document.contains(agent) {
            members[queue] = Versioned(version: version, document: list.document.filter { $0 != agent })
        }
    }

    /// What the queue entity is told: its document with its members; nil when it is not configured.
    public func effective(_ id: QueueID) -> QueueSettings? {
        guard var settings = queues[id]?.document else { return nil }
        settings.version = max(queues[id]?.version ?? 0, members[id]?.version ?? 0)
        settings.members = members[id]?.document ?? []
        return settings
    }

    /// What the agent entity is told: its document with its queues; nil when it is not configured.
    public func effective(_ id: AgentID) -> AgentSettings? {
        guard var settings = agents[id]?.document else { return nil }
        settings.version = max(agents[id]?.version ?? 0, membershipVersions[id] ?? 0)
        settings.queues = queues(of: id)
        return settings
    }

    /// The queues of which an agent is a member, in order of their ids.
    public func queues(of agent: AgentID) -> [QueueID] {
        members.filter { $0.value.document.contains(agent) }.map(\.key).sorted()
    }

    /// Everything that was written or removed after a version, in the order of versions: the last word on each document.
    func changes(after since: UInt64) -> [CentreChange] {
        var all = removed.map { CentreChange(version: $0.value.version, what: $0.value.document) }
        all += skills.map { CentreChange(version: $0.value.version, what: .skill($0.key, $0.value.document)) }
        all += agents.map { CentreChange(version: $0.value.version, what: .agent($0.key, $0.value.document)) }
        all += queues.map { CentreChange(version: $0.value.version, what: .queue($0.key, $0.value.document)) }
        all += members.map { CentreChange(version: $0.value.version, what: .members($0.key, $0.value.document)) }
        return all.filter { $0.version > since }.sorted { ($0.version, $0.what.name) < ($1.version, $1.what.name) }
    }

    /// Every division that a queue or an agent names, sorted.
    public var divisions: [String] {
        Set(queues.values.map(\.document.division) + agents.values.map(\.document.division)).sorted()
    }
}

/// A skill of the centre.
public struct SkillDocument: Sendable, Equatable, WireValue {
    public var name: String
    public var isLanguage: Bool

    public init(name: String, isLanguage: Bool) {
        self.name = name
        self.isLanguage = isLanguage
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(name)
        writer.write(isLanguage)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        name = try reader.readString()
        isLanguage = try reader.readFlag()
    }
}
