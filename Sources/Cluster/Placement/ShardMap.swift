public import Primitives

/// Which nodes keep which shard: the desired state, as the meta group decides it (architecture, section 2).
///
/// A group's own committed configuration is the truth about its replicas; its leader brings that in line with the map. A
/// value, with an epoch that rises with each change: who has a later one has the right one. Beside the shards there is one
/// group more, the meta group, which keeps the registry of the cluster; its number is the count of the shards.
public struct ShardMap: Sendable, Equatable {
    /// The most nodes that a cluster may ever have had.
    public static let memberLimit = 4_096

    /// Rises by one with each change; 1 when the cluster is founded.
    public package(set) var epoch: UInt64
    public let shardCount: UInt32
    /// Copies of each shard, as far as there are nodes.
    public package(set) var replicationFactor: Int
    /// Names the cluster as it was founded: two nodes with different foundings never talk.
    public let founding: UInt64
    /// The newest forms that may be written: every member reads them (``FormatRange``). Only rises.
    public package(set) var floor: UInt32 = FormatRange.ours.oldest
    /// All nodes that are part of the cluster, in order of their names.
    public package(set) var members: [ClusterMember]
    /// The number that the next node gets; numbers are never used again.
    package var nextNumber: UInt32
    /// By the number of the group.
    package var places: [ShardPlace]

    /// A cluster as it is founded: the replicas of shard `s` are the nodes from `s mod n` on, in order of their names, and
    /// the meta group is kept by the first.
    /// - Parameters:
    ///   - shardCount: a power of two from 1 to 1,024.
    ///   - replicationFactor: at most the number of nodes.
    public init(shardCount: UInt32, nodes: [NodeID], replicationFactor: Int = 1) {
        precondition(!nodes.isEmpty, "a shard map needs a node")
        precondition((1...nodes.count).contains(replicationFactor), "\(nodes.count) nodes, \(replicationFactor) copies")
        let sorted = nodes.sorted()
        epoch = 1
        self.shardCount = shardCount
        self.replicationFactor = replicationFactor
        let seed = UInt64(shardCount) << 8 | UInt64(replicationFactor)
        founding = sorted.reduce(seed) { StableHash.combine($0, StableHash.of($1.name)) }
        members = sorted.enumerated().map { ClusterMember(node: $1, number: UInt32($0) + 1) }
        nextNumber = UInt32(sorted.count) + 1
        places = (0...shardCount).map { group in
            let first = group == shardCount ? 0 : Int(group) % sorted.count
            return ShardPlace(
                founders: (0..<replicationFactor).map { copy in
                    ReplicaName(number: UInt32((first + copy) % sorted.count) + 1, decision: 0)
                })
        }
    }

    /// Three copies from three nodes on, one below (architecture, section 3).
    public static func defaultReplicationFactor(nodes: Int) -> Int { nodes >= 3 ? 3 : 1 }

    // MARK: groups

    /// The group of the cluster's registry.
    public var meta: ShardID { ShardID(shardCount) }
    /// The shards of entities.
    public var shards: [ShardID] { (0..<shardCount).map { ShardID($0) } }
    /// The shards and the meta group.
    public var groups: [ShardID] { (0...shardCount).map { ShardID($0) } }
    public var groupCount: Int { Int(shardCount) + 1 }

    /// False for a number that no group has; peers may send any.
    public func has(_ group: ShardID) -> Bool { group.number < places.count }

    public func shard(of entity: EntityID) -> ShardID {
        entity.kind == .cluster ? meta : entity.shard(of: shardCount)
    }

    // MARK: nodes

    /// The names of all nodes, in order.
    public var nodes: [NodeID] { members.map(\.node) }

    public func member(_ node: NodeID) -> ClusterMember? { members.first { $0.node == node } }
    func member(number: UInt32) -> ClusterMember? { members.first { $0.number == number } }

    // MARK: replicas

    package func place(of group: ShardID) -> ShardPlace { places[Int(group.number)] }

    /// The nodes that keep a group, as far as the registry has heard; the first one leads it when all is well.
    public func replicas(of group: ShardID) -> [NodeID] { has(group) ? nodes(place(of: group).replicas) : [] }

    /// The nodes that are to keep a group which moves; nil when it does not.
    public func target(of group: ShardID) -> [NodeID]? {
        has(group) ? place(of: group).target.map { nodes($0) } : nil
    }

    func nodes(_ names: [ReplicaName]) -> [NodeID] { names.compactMap { member(number: $0.number)?.node } }

    /// Whether a node keeps a group, is to, or may still be counted on.
    public func hosts(_ node: NodeID, _ group: ShardID) -> Bool { replica(of: node, in: group) != nil }

    /// The replica of a node in a group, which it keeps or is to keep.
    package func replica(of node: NodeID, in group: ShardID) -> ReplicaName? {
        guard has(group), let number = member(node)?.number else { return nil }
        let place = places[Int(group.number)]
        return place.replicas.first { $0.number == number } ?? place.target?.first { $0.number == number }
            ?? place.leaving.first { $0.number == number }
    }

    /// Whether a node that keeps a group has a vote there.
    public func votes(_ node: NodeID, in group: ShardID) -> Bool {
        let replicas = replicas(of: group)
        return replicas.prefix(ShardPlace.voters(of: replicas.count)).contains(node)
    }

    /// Whether a group can decide nothing without this node, whatever the others keep.
    public func isOnlyVoter(_ node: NodeID, in group: ShardID) -> Bool {
        replicas(of: group).filter { votes($0, in: group) } == [node]
    }

    /// The node that leads a shard when all is well.
    public func preferredLeader(of group: ShardID) -> NodeID? { replicas(of: group).first }
    public func preferredLeader(of entity: EntityID) -> NodeID? { preferredLeader(of: shard(of: entity)) }

    /// The groups that a node keeps or is to keep, the meta group among them.
    public func groups(on node: NodeID) -> [ShardID] { groups.filter { hosts(node, $0) } }
}

/// Where a group is to be.
package struct ShardPlace: Sendable, Equatable, WireValue {
    /// The most replicas of a group.
    package static let replicaLimit = 16

    /// Who founded it: the first configuration of its group.
    package let founders: [ReplicaName]
    /// The number of the last decision about it, which its group's configurations carry; 0 as founded.
    package var decision: UInt64 = 0
    /// Who keeps it, as its leader has confirmed; the first should lead.
    package var replicas: [ReplicaName]
    /// Who is to keep it, while it moves.
    package var target: [ReplicaName]?
    /// Who was to keep it by a decision that was withdrawn, and may be one of its voters until the leader has confirmed
    /// otherwise.
    package var leaving: [ReplicaName] = []

    /// How many of so many replicas have a vote. Of two only the first: two voters would have to agree, so that a group of
    /// them would stand still with either one. The second learns (decision 0015).
    package static func voters(of count: Int) -> Int { count == 2 ? 1 : count }

    /// Who has a vote when the place is as it should be.
    var voters: ArraySlice<ReplicaName> { Self.voters(of: target ?? replicas) }
    /// Who learns then.
    var learners: ArraySlice<ReplicaName> { Self.learners(of: target ?? replicas) }

    private static func voters(of names: [ReplicaName]) -> ArraySlice<ReplicaName> {
        names.prefix(voters(of: names.count))
    }
    private static func learners(of names: [ReplicaName]) -> ArraySlice<ReplicaName> {
        names.dropFirst(voters(of: names.count))
    }

    /// Who else keeps the group, is to, or may still, when that is one replica at most: nobody, or the one with which this
    /// one shares a single vote. Nil when there are more.
    func partners(of name: ReplicaName) -> [ReplicaName]? {
        let all = Set(replicas + (target ?? []) + leaving)
        return all.count <= 2 ? all.filter { $0 != name } : nil
    }

    init(founders: [ReplicaName]) {
        self.founders = founders
        replicas = founders
    }

    package func encode(into writer: inout ByteWriter) {
        writer.write(founders)
        writer.writeVariable(decision)
        writer.write(replicas)
        writer.write(target != nil)
        if let target { writer.write(target) }
        writer.write(leaving)
    }

    package init(from reader: inout ByteReader) throws(WireError) {
        founders = try reader.readList(limit: Self.replicaLimit)
        decision = try reader.readVariable()
        replicas = try reader.readList(limit: Self.replicaLimit)
        target = try reader.readFlag() ? try reader.readList(limit: Self.replicaLimit) : nil
        leaving = try reader.readList(limit: Self.replicaLimit)
    }
}

/// A replica of a group: the node by its number, and the decision that put it there. A node that comes back to a group
/// comes back under another name, since it has forgotten what it promised.
package struct ReplicaName: Sendable, Hashable, WireValue {
    private static let numberBits: UInt64 = 16

    package let number: UInt32
    /// 0 for those who founded the group.
    package let decision: UInt64

    package init(number: UInt32, decision: UInt64) {
        self.number = number
        self.decision = decision
    }

    /// Both in one number, as consensus knows it.
    var raw: UInt64 { decision << Self.numberBits | UInt64(number) }

    init(raw: UInt64) {
        number = UInt32(raw & (1 << Self.numberBits - 1))
        decision = raw >> Self.numberBits
    }

    package func encode(into writer: inout ByteWriter) { writer.writeVariable(raw) }
    package init(from reader: inout ByteReader) throws(WireError) { self.init(raw: try reader.readVariable()) }
}

extension ShardMap: WireValue {
    private static let version: UInt8 = 2

    public func encode(into writer: inout ByteWriter) {
        writer.write(Self.version)
        writer.write(epoch)
        writer.write(shardCount)
        writer.writeCount(replicationFactor)
        writer.write(founding)
        writer.write(floor)
        writer.write(members)
        writer.write(nextNumber)
        writer.write(places)
    }

    /// - Throws: ``WireError`` also for a map that no registry can have made.
    public init(from reader: inout ByteReader) throws(WireError) {
        let version = try reader.read(UInt8.self)
        guard version == Self.version else { throw .unknownTag("version of a shard map", Int(version)) }
        epoch = try reader.read(UInt64.self)
        shardCount = try reader.read(UInt32.self)
        guard (1...1_024).contains(shardCount), shardCount & (shardCount - 1) == 0 else {
            throw .unknownTag("number of shards", Int(clamping: shardCount))
        }
        replicationFactor = try reader.readCount(each: 0, limit: ShardPlace.replicaLimit)
        founding = try reader.read(UInt64.self)
        floor = try reader.read(UInt32.self)
        members = try reader.readList(limit: Self.memberLimit)
        nextNumber = try reader.read(UInt32.self)
        places = try reader.readList(limit: Int(shardCount) + 1)
        guard places.count == groupCount, places.allSatisfy({ !$0.replicas.isEmpty && $0.target?.isEmpty != true }),
            replicationFactor > 0, Set(members.map(\.node)).count == members.count,
            Set(members.map(\.number)).count == members.count, members.allSatisfy({ $0.number <= UInt16.max })
        else {
            throw .unknownTag("places of a shard map", places.count)
        }
    }
}
