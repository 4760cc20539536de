public import Primitives

/// What one node knows of its replica of a shard, for operators. A leader tells of its followers, too.
public struct ShardReport: Sendable, Equatable, WireValue {
    public enum Role: UInt8, Sendable {
        case follower = 1
        case candidate = 2
        case leader = 3
    }

    /// Whether the replica's log is whole.
    public enum Condition: UInt8, Sendable {
        case intact = 1
        /// The end of its log was damaged: it counts again when it has been given what is lost.
        case tailUncertain = 2
        /// Parts of its log are missing; it is fetching them.
        case repairing = 3
    }

    /// A follower as its leader knows it.
    public struct Follower: Sendable, Equatable, WireValue {
        public var node: NodeID
        /// It holds the leader's log up to here.
        public var match: UInt64
        /// It is being sent a snapshot.
        public var needsSnapshot: Bool

        public init(node: NodeID, match: UInt64, needsSnapshot: Bool) {
            self.node = node
            self.match = match
            self.needsSnapshot = needsSnapshot
        }

        public func encode(into writer: inout ByteWriter) {
            writer.write(node.name)
            writer.write(match)
            writer.write(needsSnapshot)
        }

        public init(from reader: inout ByteReader) throws(WireError) {
            node = NodeID(try reader.readString())
            match = try reader.read(UInt64.self)
            needsSnapshot = try reader.readFlag()
        }
    }

    public var shard: ShardID
    public var role: Role
    public var condition: Condition
    public var term: UInt64
    public var leader: NodeID?
    /// Everybody who keeps the shard, by the configuration in force.
    public var nodes: [NodeID]
    public var commit: UInt64
    public var applied: UInt64
    /// The last entry of the log.
    public var last: UInt64
    public var snapshot: UInt64
    /// Of its newest snapshot and of the records behind it.
    public var bytes: UInt64
    /// Empty unless the replica leads.
    public var followers: [Follower]

    public init(
        shard: ShardID, role: Role, condition: Condition, term: UInt64, leader: NodeID?, nodes: [NodeID],
        commit: UInt64, applied: UInt64, last: UInt64, snapshot: UInt64, bytes: UInt64, followers: [Follower]
    ) {
        self.shard = shard
        self.role = role
        self.condition = condition
        self.term = term
        self.leader = leader
        self.nodes = nodes
        self.commit = commit
        self.applied = applied
        self.last = last
        self.snapshot = snapshot
        self.bytes = bytes
        self.followers = followers
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(shard.number)
        writer.write(role.rawValue)
        writer.write(condition.rawValue)
        writer.write(term)
        writer.write(leader?.name)
        writer.write(nodes.map(\.name))
        writer.write(commit)
        writer.write(applied)
        writer.write(last)
        writer.write(snapshot)
        writer.write(bytes)
        writer.write(followers)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        shard = ShardID(try reader.read(UInt32.self))
        let rawRole = try reader.read(UInt8.self)
        guard let role = Role(rawValue: rawRole) else { throw .unknownTag("role of a replica", Int(rawRole)) }
        let rawCondition = try reader.read(UInt8.self)
        guard let condition = Condition(rawValue: rawCondition) else {
            throw .unknownTag("condition of a replica", Int(rawCondition))
        }
        self.role = role
        self.condition = condition
        term = try reader.read(UInt64.self)
        leader = try reader.readOptional(String.self).map { NodeID($0) }
        nodes = try reader.readList(String.self).map { NodeID($0) }
        commit = try reader.read(UInt64.self)
        applied = try reader.read(UInt64.self)
        last = try reader.read(UInt64.self)
        snapshot = try reader.read(UInt64.self)
        bytes = try reader.read(UInt64.self)
        followers = try reader.readList()
    }
}
