internal import Consensus
internal import Primitives

/// What operators ask of the groups.
extension RaftDriver {
    /// Who asks a log that has stopped has an answer, too.
    func refuse(_ input: ReplicatedLog.Input) {
        switch input {
        case .report(let body): body([])
        case .transfer(_, _, let begun): begun(false)
        default: break
        }
    }

    var reports: [ShardReport] { groups.compactMap { group in group.map(report) } }

    private func report(_ group: ReplicaGroup) -> ShardReport {
        let status = group.raft.status
        let role: ShardReport.Role =
            switch status.role {
            case .follower: .follower
            case .preCandidate, .candidate: .candidate
            case .leader: .leader
            }
        let condition: ShardReport.Condition =
            switch status.condition {
            case .intact: .intact
            case .tailUncertain: .tailUncertain
            case .repairing: .repairing
            }
        return ShardReport(
            shard: group.shard, role: role, condition: condition, term: status.term,
            leader: status.leader.flatMap { map.node(of: $0) }, nodes: group.nodes, commit: status.commit,
            applied: status.applied, last: status.last.index, snapshot: status.snapshotIndex,
            followers: status.members.compactMap { member in
                map.node(of: member.id).map {
                    ShardReport.Follower(node: $0, match: member.match, needsSnapshot: member.state == .snapshot)
                }
            })
    }
}
