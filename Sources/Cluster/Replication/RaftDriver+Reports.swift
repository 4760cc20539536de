internal import Consensus
public import Primitives

/// What operators ask of the groups.
extension RaftDriver {
    /// Who asks a log that has stopped has an answer, too.
    func refuse(_ input: ReplicatedLog.Input) {
        switch input {
        case .report(let body): body([])
        case .figures(let body): body(LogFigures())
        case .transfer(_, _, let begun): begun(false)
        default: break
        }
    }

    var configurations: [LedConfiguration] {
        groups.compactMap { group in
            guard let group, group.leadingTerm != nil else { return nil }
            return LedConfiguration(
                shard: group.shard, index: group.raft.configurationIndex, decision: group.raft.configuration.decision,
                isCommitted: group.raft.configurationIndex <= group.raft.commit,
                pending: group.raft.pendingConfigurations)
        }
    }

    var reports: [ShardReport] { groups.compactMap { group in group.map(report) } }

    private func report(_ group: ReplicaGroup) -> ShardReport {
        let status = group.raft.status
        return ShardReport(
            shard: group.shard, role: .init(status.role), condition: .init(status.condition), term: status.term,
            leader: status.leader.flatMap { map.node(of: $0) }, nodes: group.nodes, commit: status.commit,
            applied: status.applied, last: status.last.index, snapshot: status.snapshotIndex,
            bytes: UInt64(clamping: group.snapshots.size + group.snapshots.bytes),
            followers: status.members.compactMap { member in
                map.node(of: member.id).map {
                    ShardReport.Follower(node: $0, match: member.match, needsSnapshot: member.state == .snapshot)
                }
            })
    }
}

extension ShardReport.Role {
    init(_ role: RaftRole) {
        self =
            switch role {
            case .follower: .follower
            case .preCandidate, .candidate: .candidate
            case .leader: .leader
            }
    }
}

extension ShardReport.Condition {
    init(_ condition: ReplicaCondition) {
        self =
            switch condition {
            case .intact: .intact
            case .tailUncertain: .tailUncertain
            case .repairing: .repairing
            }
    }
}

/// Who belongs to a group, as its leader knows it; for invariant checks.
public struct LedConfiguration: Sendable, Equatable {
    public let shard: ShardID
    /// The entry that brought it.
    public let index: UInt64
    /// The decision that it carries out.
    public let decision: UInt64
    public let isCommitted: Bool
    /// Changes that are not known to be committed.
    public let pending: Int
}
