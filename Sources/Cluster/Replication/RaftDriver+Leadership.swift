internal import Consensus
internal import Primitives

/// Who should lead: a leader goes home to the first of a group's nodes when that node is there and well, and a node
/// that should not lead (its clock is off, or its disk is full) hands over to one that may.
///
/// Nobody steps down without an heir, and a node that should not lead campaigns all the same where no other voter is there
/// and fit, or for a group that has been without a leader for long: a leader with a wrong clock is better than none.
extension RaftDriver {
    /// Ticks between two looks at the leaders.
    static let balanceTicks: UInt64 = 20
    /// The same of a node that is about to stop.
    static let drainTicks: UInt64 = 4
    /// Transfers begun at one look: each holds proposals up for a round trip.
    static let transfersPerLook = 8
    /// Ticks for which a link must have been up before leaders go home over it.
    static let settlingTicks: UInt64 = 60
    /// Ticks for which a node leads before it sends a group home.
    static let stayTicks: UInt64 = 200
    /// Ticks before a group is sent home again by the same node.
    static let homeAgainTicks: UInt64 = 600
    /// Ticks before a node that should not lead asks another heir.
    static let nextHeirTicks: UInt64 = 60
    /// Ticks for which a disk may be full.
    static let fullTicks: UInt64 = 40
    /// Ticks without a refusal after which it has room again.
    static let roomTicks: UInt64 = 600
    /// Ticks without a leader after which everybody campaigns.
    static let leaderlessTicks: UInt64 = 100

    /// Whether this node should lead.
    var isOnDuty: Bool { duty == .leads }

    private var fitness: LeaderDuty {
        if isDraining { return .drains }
        if clockWatch.isOff { return .clockIsOff(by: clockWatch.distance) }
        if let since = fullSince { return ticks - since >= Self.fullTicks ? .diskIsFull : duty }
        // A disk at its limit is full again in a moment.
        return duty == .diskIsFull && ticks - refusedAt < Self.roomTicks ? .diskIsFull : .leads
    }

    /// Hands over what this node leads, soon, and leads nothing more while another can.
    func drain() {
        isDraining = true
        for case .some(let group) in groups { group.transferAt = ticks }
    }

    private func review() {
        let next = fitness
        if case (.clockIsOff, .clockIsOff) = (duty, next) { return }
        guard next != duty else { return }
        duty = next
        settings.dutyChanged(next)
    }

    /// Looks at all groups once in a while.
    func lookAtLeaders(_ now: Instant) {
        guard ticks % (isDraining ? Self.drainTicks : Self.balanceTicks) == 0 else { return }
        clockWatch.judge(nodes: map.members.count, at: now)
        review()
        var begun = 0
        for case .some(let group) in groups where group.tell != nil {
            let hasLeader = group.raft.leader != nil
            group.leaderlessSince = hasLeader ? nil : group.leaderlessSince ?? ticks
            let isForsaken = group.leaderlessSince.map { ticks - $0 >= Self.leaderlessTicks } ?? false
            let mayCampaign = ((isOnDuty || !hasFitPeer(group)) && !group.differs) || isForsaken
            if group.raft.mayCampaign != mayCampaign { group.raft.mayCampaign = mayCampaign }
            if group.leadingTerm != group.seenLeading {
                group.seenLeading = group.leadingTerm
                group.unwell = [:]
                // Fit nodes stay for a while, so that leaders do not come and go; all hear first how the others are.
                group.transferAt = max(group.transferAt, ticks + (isOnDuty ? Self.stayTicks : Self.balanceTicks))
            }
            guard begun < Self.transfersPerLook, group.leadingTerm != nil, ticks >= group.transferAt else { continue }
            if group.isAlone, isAwaited(group) {
                // There is nobody to hand it to: a new term of the same leader does as well.
                group.transferAt = ticks + Self.homeAgainTicks
                touch(group.shard) { group in
                    group.raft.stepDown()
                    group.raft.campaign()
                }
                begun += 1
                continue
            }
            guard let heir = heir(of: group) else { continue }
            group.transfers += 1
            group.transferAt = ticks + (isOnDuty ? Self.homeAgainTicks : Self.nextHeirTicks)
            if transfer(group.shard, to: heir) { begun += 1 }
        }
    }

    /// Whether another voter is linked and says that it is fit.
    private func hasFitPeer(_ group: ReplicaGroup) -> Bool {
        group.nodes.contains { $0 != settings.node && links.contains($0) && !offDuty.contains($0) }
    }

    /// Who should lead in this node's place, if anybody.
    private func heir(of group: ReplicaGroup) -> NodeID? {
        let heirs = group.nodes.filter { mayInherit($0) && group.unwell[$0] == nil }
        guard !heirs.isEmpty else { return nil }
        // Whoever did not take it may be hanging: the next one is asked.
        guard isOnDuty else { return heirs[group.transfers % heirs.count] }
        if isAwaited(group) { return heirs.last }
        return heirs.first == group.nodes.first ? heirs.first : nil
    }

    /// Whether a replica that was repaired has everything: it counts in elections again, and is whole, once something of a
    /// later term is written.
    private func isAwaited(_ group: ReplicaGroup) -> Bool {
        group.unwell.contains { peer, health in
            health.contains(.awaitsTerm) && (group.names[peer].map { group.raft.isCaughtUp($0) } ?? false)
        }
    }

    private func mayInherit(_ peer: NodeID) -> Bool {
        guard peer != settings.node, links.contains(peer), !offDuty.contains(peer), let since = linkedSince[peer] else {
            return false
        }
        return ticks - since >= Self.settlingTicks
    }

    /// Begins to hand a group over.
    /// - Returns: false when this node does not lead it, or the heir is not ready for it.
    @discardableResult func transfer(_ shard: ShardID, to heir: NodeID) -> Bool {
        guard heir != settings.node else { return false }
        var isBegun = false
        touch(shard) { group in
            guard let target = group.names[heir] else { return }
            isBegun = (try? group.raft.transferLeadership(to: target)) != nil
        }
        return isBegun
    }
}
