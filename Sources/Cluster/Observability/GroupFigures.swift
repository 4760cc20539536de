public import Primitives

/// How often a node became leader, and what made it campaign.
public struct LeaderChanges: Sendable, Equatable, WireValue {
    public enum Reason: String, Sendable, CaseIterable {
        /// Nothing was heard of a leader for the time of an election.
        case timeout
        /// Without waiting for that: a link or the membership said that the leader is gone, or the node began.
        case hint
        /// The leader handed over.
        case transfer
    }

    public private(set) var timeout: UInt64 = 0
    public private(set) var hint: UInt64 = 0
    public private(set) var transfer: UInt64 = 0

    public init() {}

    public subscript(reason: Reason) -> UInt64 {
        switch reason {
        case .timeout: timeout
        case .hint: hint
        case .transfer: transfer
        }
    }

    mutating func count(_ reason: Reason) {
        switch reason {
        case .timeout: timeout += 1
        case .hint: hint += 1
        case .transfer: transfer += 1
        }
    }

    public func encode(into writer: inout ByteWriter) {
        for reason in Reason.allCases { writer.writeVariable(self[reason]) }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        timeout = try reader.readVariable()
        hint = try reader.readVariable()
        transfer = try reader.readVariable()
    }
}

/// One replica of a group in figures.
public struct GroupFigures: Sendable, Equatable, WireValue {
    public var shard: ShardID
    public var role: ShardReport.Role
    public var condition: ShardReport.Condition
    public var term: UInt64
    /// Whether it knows who leads.
    public var hasLeader: Bool
    /// Entries of its log that are not known to be committed.
    public var commitLag: UInt64
    /// Committed entries that it has not taken in.
    public var applyLag: UInt64
    /// Records that its log could not take at once.
    public var waiting: UInt64
    /// How often this replica became leader.
    public var changes: LeaderChanges

    public init(
        shard: ShardID, role: ShardReport.Role, condition: ShardReport.Condition, term: UInt64, hasLeader: Bool,
        commitLag: UInt64 = 0, applyLag: UInt64 = 0, waiting: UInt64 = 0, changes: LeaderChanges = LeaderChanges()
    ) {
        self.shard = shard
        self.role = role
        self.condition = condition
        self.term = term
        self.hasLeader = hasLeader
        self.commitLag = commitLag
        self.applyLag = applyLag
        self.waiting = waiting
        self.changes = changes
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(shard.number)
        writer.write(role.rawValue)
        writer.write(condition.rawValue)
        writer.writeVariable(term)
        writer.write(hasLeader)
        for number in [commitLag, applyLag, waiting] { writer.writeVariable(number) }
        writer.write(changes)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        shard = ShardID(try reader.read(UInt32.self))
        let rawRole = try reader.read(UInt8.self)
        guard let role = ShardReport.Role(rawValue: rawRole) else {
            throw .unknownTag("role of a replica", Int(rawRole))
        }
        let rawCondition = try reader.read(UInt8.self)
        guard let condition = ShardReport.Condition(rawValue: rawCondition) else {
            throw .unknownTag("condition of a replica", Int(rawCondition))
        }
        self.role = role
        self.condition = condition
        term = try reader.readVariable()
        hasLeader = try reader.readFlag()
        commitLag = try reader.readVariable()
        applyLag = try reader.readVariable()
        waiting = try reader.readVariable()
        changes = try LeaderChanges(from: &reader)
    }
}
