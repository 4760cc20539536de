internal import Consensus
internal import Primitives

/// What a driver has counted since its start, beside what each group has.
struct RaftCounts {
    /// How often this node became leader of a group.
    var changes = LeaderChanges()
    var commitTime = LatencyBuckets()
    var tickLateness = LatencyBuckets()
    var latestTick = Span.zero

    /// A tick came so much later than it was due.
    mutating func note(late: Span) {
        tickLateness.add(microseconds: UInt64(clamping: late.microseconds))
        latestTick = max(latestTick, late)
    }
}

/// The groups in figures, and why this node became their leader.
extension RaftDriver {
    /// The state of a group has changed: a leadership that began here is counted once, with what made it campaign.
    func note(_ state: SoftState, of group: ReplicaGroup) {
        switch state.role {
        case .leader:
            if group.countedTerm != state.term {
                group.countedTerm = state.term
                group.changes.count(group.campaignReason)
                counts.changes.count(group.campaignReason)
            }
            group.campaignReason = .timeout
        case .follower: group.campaignReason = .timeout
        case .preCandidate, .candidate: break
        }
    }

    var figures: LogFigures {
        var told = LogFigures()
        told.groups = groups.compactMap { group in group.map(inFigures) }
        told.changes = counts.changes
        told.commitTime = counts.commitTime
        told.tickLateness = counts.tickLateness
        told.latestTick = counts.latestTick
        told.clockDistance = clockWatch.distance
        told.duty = duty
        told.isDiskFull = fullSince != nil || duty == .diskIsFull
        return told
    }

    private func inFigures(_ group: ReplicaGroup) -> GroupFigures {
        let raft = group.raft
        let last = raft.last.index
        return GroupFigures(
            shard: group.shard, role: .init(raft.role), condition: .init(raft.condition), term: raft.term,
            hasLeader: raft.leader != nil, commitLag: last - min(last, raft.commit),
            applyLag: raft.commit - min(raft.commit, raft.applied), waiting: UInt64(group.waiting.count),
            changes: group.changes)
    }
}
