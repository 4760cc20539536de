public import Primitives

/// Who belongs to a group, and whose agreement counts (Raft paper, 6; thesis, 4.2.1 and 4.3).
///
/// All lists are in ascending order without repetition. While `outgoing` is not empty the configuration is joint: a
/// decision needs a majority of `voters` and one of `outgoing`. Learners receive the log and decide nothing.
public struct GroupConfiguration: Hashable, Sendable, CustomStringConvertible {
    public let voters: [ReplicaID]
    /// The voters of the configuration that is being left; empty unless joint.
    public let outgoing: [ReplicaID]
    public let learners: [ReplicaID]
    /// Outgoing voters that become learners once the joint configuration is left.
    public let learnersNext: [ReplicaID]
    /// The leader leaves the joint configuration by itself as soon as it is committed.
    public let autoLeave: Bool
    /// The number of the decision that this configuration carries out, of whoever decides who belongs to the group; 0 for
    /// a founding configuration. It never falls along the log, so that what was decided earlier cannot undo what was
    /// decided later.
    public let decision: UInt64

    /// The most members that a configuration may name.
    public static let memberLimit = 64
    /// The configuration of a replica that has not heard of its group yet.
    public static let nobody = GroupConfiguration(voters: [])

    public init(voters: [ReplicaID], learners: [ReplicaID] = [], decision: UInt64 = 0) {
        self.init(
            voters: voters, outgoing: [], learners: learners.filter { !voters.contains($0) }, learnersNext: [],
            autoLeave: false, decision: decision)
    }

    package init(
        voters: [ReplicaID], outgoing: [ReplicaID], learners: [ReplicaID], learnersNext: [ReplicaID], autoLeave: Bool,
        decision: UInt64 = 0
    ) {
        self.voters = Self.ordered(voters)
        self.outgoing = Self.ordered(outgoing)
        self.learners = Self.ordered(learners)
        self.learnersNext = Self.ordered(learnersNext)
        self.autoLeave = autoLeave
        self.decision = decision
    }

    public var isJoint: Bool { !outgoing.isEmpty }

    /// Everybody who receives the log, in ascending order.
    public var members: [ReplicaID] { Self.ordered(voters + outgoing + learners) }

    /// Everybody with a vote, in ascending order.
    public var electors: [ReplicaID] { isJoint ? Self.ordered(voters + outgoing) : voters }

    public func isVoter(_ replica: ReplicaID) -> Bool { voters.contains(replica) || outgoing.contains(replica) }

    public func contains(_ replica: ReplicaID) -> Bool { isVoter(replica) || learners.contains(replica) }

    /// Whether those for whom `holds` is true can decide: a majority, or a majority of both halves of a joint
    /// configuration. False for a configuration without voters.
    public func isQuorum(_ holds: (ReplicaID) -> Bool) -> Bool {
        func majority(_ voters: [ReplicaID]) -> Bool {
            var agreeing = 0
            for voter in voters where holds(voter) { agreeing += 1 }
            return agreeing > voters.count / 2
        }
        return majority(voters) && (outgoing.isEmpty || majority(outgoing))
    }

    /// What follows a joint configuration.
    package var left: GroupConfiguration {
        GroupConfiguration(voters: voters, learners: learners + learnersNext, decision: decision)
    }

    public var description: String {
        func list(_ replicas: [ReplicaID]) -> String { replicas.map(\.description).joined(separator: " ") }
        var text = "(\(list(voters)))"
        if isJoint { text += "&(\(list(outgoing)))" }
        if !learners.isEmpty { text += " learners(\(list(learners)))" }
        if !learnersNext.isEmpty { text += " next(\(list(learnersNext)))" }
        if decision > 0 { text += " by decision \(decision)" }
        return autoLeave ? text + " autoleave" : text
    }

    static func ordered(_ replicas: [ReplicaID]) -> [ReplicaID] {
        var result: [ReplicaID] = []
        for replica in replicas.sorted() where result.last != replica { result.append(replica) }
        return result
    }
}

extension GroupConfiguration: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.write(voters)
        writer.write(outgoing)
        writer.write(learners)
        writer.write(learnersNext)
        writer.write(autoLeave)
        writer.writeVariable(decision)
    }

    /// - Throws: ``WireError`` also for lists that are unordered, overlap or lack voters.
    public init(from reader: inout ByteReader) throws(WireError) {
        voters = try reader.readList(limit: Self.memberLimit)
        outgoing = try reader.readList(limit: Self.memberLimit)
        learners = try reader.readList(limit: Self.memberLimit)
        learnersNext = try reader.readList(limit: Self.memberLimit)
        autoLeave = try reader.readFlag()
        decision = try reader.readVariable()
        guard isConsistent else { throw .unknownTag("group configuration of voters", voters.count) }
    }

    private var isConsistent: Bool {
        let lists = [voters, outgoing, learners, learnersNext]
        guard lists.allSatisfy({ Self.ordered($0) == $0 }), members.count <= Self.memberLimit else { return false }
        guard !learners.contains(where: isVoter) else { return false }
        guard learnersNext.allSatisfy({ outgoing.contains($0) && !voters.contains($0) }) else { return false }
        return voters.isEmpty ? members.isEmpty && !autoLeave : isJoint || !autoLeave
    }
}
