/// A wish to change who belongs to a group.
///
/// One voter more or less takes effect at once (thesis, 4.1); anything else goes through a joint configuration that the
/// leader leaves by itself (thesis, 4.3).
public struct ConfigurationChange: Hashable, Sendable {
    /// One step of a change; later steps see the result of earlier ones.
    public enum Step: Hashable, Sendable {
        /// Adds a voter, or promotes a learner.
        case addVoter(ReplicaID)
        /// Adds a learner, or demotes a voter.
        case addLearner(ReplicaID)
        case remove(ReplicaID)
    }

    public let steps: [Step]
    /// See ``GroupConfiguration/decision``.
    public let decision: UInt64

    public init(_ steps: [Step], decision: UInt64 = 0) {
        self.steps = steps
        self.decision = decision
    }
}

/// Why a change of the configuration was not proposed. Nothing has changed in any case.
public enum ConfigurationError: Error, Hashable, Sendable {
    /// Ask the leader, if one is named.
    case notLeader(leaderHint: ReplicaID?)
    /// The leader has not committed an entry of its term yet; try again shortly (Ongaro, raft-dev, 2015-07-10).
    case notReady
    /// An earlier change is not committed or its joint configuration not left; try again when it is.
    case pending(index: UInt64)
    /// The change names another configuration than the one in force; read it and decide again.
    case stale(current: UInt64)
    /// The group carries out a later decision already; read that one.
    case outdated(current: UInt64)
    /// Leadership is being handed over; ask the new leader.
    case transferring(to: ReplicaID)
    /// The change would leave no voter.
    case noVoters
    /// The change would name more than ``GroupConfiguration/memberLimit`` members.
    case tooManyMembers
    /// The change has no effect, and its decision is known.
    case nothingToChange
}

extension GroupConfiguration {
    /// The configuration to append for a change of this one, which is not joint.
    package func applying(_ change: ConfigurationChange) throws(ConfigurationError) -> GroupConfiguration {
        precondition(!isJoint, "a joint configuration is left before it is changed: \(self)")
        var newVoters = voters
        var newLearners = learners
        for step in change.steps {
            switch step {
            case .addVoter(let replica):
                newLearners.removeAll { $0 == replica }
                if !newVoters.contains(replica) { newVoters.append(replica) }
            case .addLearner(let replica):
                newVoters.removeAll { $0 == replica }
                if !newLearners.contains(replica) { newLearners.append(replica) }
            case .remove(let replica):
                newVoters.removeAll { $0 == replica }
                newLearners.removeAll { $0 == replica }
            }
        }
        guard !newVoters.isEmpty else { throw .noVoters }
        let simple = GroupConfiguration(voters: newVoters, learners: newLearners, decision: change.decision)
        guard simple.voters != voters || simple.learners != learners || change.decision > decision else {
            throw .nothingToChange
        }
        let changed = newVoters.count { !voters.contains($0) } + voters.count { !newVoters.contains($0) }
        let next =
            changed <= 1
            ? simple
            : GroupConfiguration(
                voters: newVoters, outgoing: voters, learners: newLearners.filter { !voters.contains($0) },
                learnersNext: newLearners.filter { voters.contains($0) }, autoLeave: true, decision: change.decision)
        guard next.members.count <= Self.memberLimit else { throw .tooManyMembers }
        return next
    }
}
