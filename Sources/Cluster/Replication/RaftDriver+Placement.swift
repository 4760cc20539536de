internal import Consensus
internal import NodeLog
internal import Primitives

/// Where groups are: a node follows the map, and the leader of a group brings its members in line with it.
///
/// A replica begins and ends by the map alone, and the map lets one go only after the group's leader has confirmed a
/// committed configuration without it. Each order names the decision that it carries out, and a group refuses what was
/// decided earlier than what it carries out already: so a leader with an old map cannot undo a newer one.
extension RaftDriver {
    /// Ticks between two looks at the groups that are not where they should be.
    static let placementTicks: UInt64 = 4
    /// Ticks before the registry is told again that a group is in its place.
    static let tellAgainTicks: UInt64 = 40
    /// Entries that a learner may lack when it becomes a voter.
    static let learnerLag: UInt64 = 128

    // MARK: the map

    /// A newer map is written down before anything follows from it.
    func follow(_ next: ShardMap) {
        guard next.epoch > map.epoch, next.epoch > awaitedMap?.epoch ?? 0, next.shardCount == map.shardCount else {
            return
        }
        let isFirst = awaitedMap == nil
        awaitedMap = next
        guard let shelf else { return kept(next) }
        if isFirst { keep(next, on: shelf) }
    }

    private func keep(_ next: ShardMap, on shelf: any SnapshotShelf) {
        let give = give
        shelf.run { files in
            // On a full disk it is tried again when the registry is next asked.
            do {
                try files.keep(next)
                give(.kept(next))
            } catch {
                give(.kept(nil))
            }
        }
    }

    /// A map is on stable storage; nil when it could not be written.
    func kept(_ next: ShardMap?) {
        let awaited = awaitedMap
        awaitedMap = nil
        guard let next, next.epoch > map.epoch else { return }
        map = next
        for case .some(let group) in groups where !isKept(group) { retire(group) }
        for case .some(let group) in groups { group.refresh(map) }
        settle()
        if let awaited, awaited.epoch > next.epoch { follow(awaited) }
    }

    /// Whether this node keeps a replica of this very name.
    private func isKept(_ group: ReplicaGroup) -> Bool {
        if settings.planted == .deleteTooEarly, let target = map.target(of: group.shard),
            !target.contains(settings.node)
        {
            return false
        }
        return map.replica(of: settings.node, in: group.shard)?.replica == group.raft.id
    }

    private func retire(_ group: ReplicaGroup) {
        group.end()
        retiring.insert(group.shard)
        dirty.remove(group.shard)
        for receiver in transfers.keys where receiver.shard == group.shard { transfers[receiver] = nil }
        switch group.snapshots.phase {
        case .queued:
            snapshotQueue.removeAll { $0 == group.shard }
            group.snapshots.phase = .idle
        case .held: endSnapshot(of: group)
        // These come to an end by themselves.
        case .idle, .asked, .saving: break
        }
    }

    /// Lets go of replicas of which nothing is under way any more, and begins those that are missing.
    func settle() {
        var opened: [ShardID] = []
        var closed: [ShardID] = []
        for shard in retiring.sorted() where isQuiet(shard) {
            // Nothing that the next replica of this group here promises may overtake it.
            if let old = groups[Int(shard.number)]?.raft.id { forget(shard, old) }
            groups[Int(shard.number)] = nil
            retiring.remove(shard)
            shelf?.run { files in files.forget(group: shard.number) }
            closed.append(shard)
        }
        for shard in map.groups(on: settings.node) where groups[Int(shard.number)] == nil {
            let raw = Restored(snapshot: .nothing, witness: partners(in: shard)?.first)
            guard map.replica(of: settings.node, in: shard)?.decision != 0, (try? add(shard, raw, nil, nil)) != nil
            else { continue }
            opened.append(shard)
        }
        guard !opened.isEmpty || !closed.isEmpty || map.epoch > toldEpoch else { return }
        toldEpoch = map.epoch
        placed(Placing(map: map, opened: opened, closed: closed))
    }

    private func forget(_ shard: ShardID, _ replica: ReplicaID) {
        writesUnderWay[shard, default: 0] += 1
        writes.items.append(.forget(group: shard.number))
        writes.tokens.append((shard, replica, .nothing))
    }

    private func isQuiet(_ shard: ShardID) -> Bool {
        guard let group = groups[Int(shard.number)] else { return true }
        return writesUnderWay[shard] == nil && group.snapshots.isIdle
    }

    func add(
        _ shard: ShardID, _ restored: Restored, _ found: RecoveredGroup?, _ snapshot: GroupSnapshot?
    ) throws {
        guard let name = map.replica(of: settings.node, in: shard) else { return }
        let raft = try RaftGroup(
            id: name.replica, settings: settings.raft, restored: restored, seed: random.next(),
            planting: settings.planted.flatMap { PlantedFault(rawValue: $0.rawValue) })
        groups[Int(shard.number)] = ReplicaGroup(
            shard: shard, map: map, standings: standings, raft: raft, snapshot: snapshot,
            isSettled: (found?.condition ?? .intact) == .intact && restored.condition == .intact)
        // Else the next start would take the little that is written until the repair is over for a whole log. From the
        // reserve, so that it is there before compaction puts away what was damaged.
        if found == nil, restored.condition != .intact { promises.items.append(.damaged(group: shard.number)) }
    }

    // MARK: members

    /// Looks after the groups that this node leads and that are not where they should be.
    func place() {
        if !retiring.isEmpty { settle() }
        guard ticks % Self.placementTicks == 0 else { return }
        for case .some(let group) in groups where group.leadingTerm != nil { place(group) }
    }

    private func place(_ group: ReplicaGroup) {
        let place = map.place(of: group.shard)
        let current = group.raft.configuration
        let wanted = Members(voters: place.voters.map(\.replica), learners: place.learners.map(\.replica))
        guard place.decision > 0, place.decision >= current.decision || settings.planted == .forgetDecision,
            !current.isJoint, group.raft.configurationIndex <= group.raft.commit
        else { return }
        if current.decision == place.decision, wanted.are(current) {
            guard place.target != nil else { return }
            // A learner that comes and is to stay one is in its place when it has the log, too.
            let known = place.replicas.map(\.replica)
            let hasLog = wanted.learners.allSatisfy { known.contains($0) || isCaughtUp($0, group.raft.status) }
            return tell(hasLog ? .settled : .learning, of: group, place)
        }
        guard let steps = steps(from: current, to: wanted, of: group) else {
            // The word of it may have been lost.
            if current.decision == place.decision, current.learners.contains(where: { wanted.all.contains($0) }) {
                tell(.learning, of: group, place)
            }
            return
        }
        let change = ConfigurationChange(steps, decision: place.decision)
        var isProposed = false
        touch(group.shard) { group in
            // Whoever leads no more, or not yet for long, does nothing.
            isProposed = (try? group.raft.propose(change, replacing: group.raft.configurationIndex)) != nil
            group.refresh(map)
        }
        guard isProposed else { return }
        tell(wanted.all.contains { !current.contains($0) } ? .learning : .exchanging, of: group, place)
    }

    /// The registry hears how far the group is, now and then until the map shows it.
    private func tell(_ stage: MoveStage, of group: ReplicaGroup, _ place: ShardPlace) {
        guard place.target != nil, stage != group.toldStage || ticks >= group.tellAt else { return }
        group.toldStage = stage
        group.tellAt = ticks + Self.tellAgainTicks
        reached(group.shard, stage, place.decision)
    }

    /// Who is to belong to a group.
    private struct Members {
        let voters: [ReplicaID]
        let learners: [ReplicaID]
        var all: [ReplicaID] { voters + learners }

        func are(_ configuration: GroupConfiguration) -> Bool {
            configuration.voters == voters.sorted() && configuration.learners == learners.sorted()
        }
    }

    private func isSilent(_ member: RaftStatus.Member) -> Bool { member.silence >= settings.raft.electionTicks }

    /// Whether a learner holds nearly all of the log and goes on to receive it.
    private func isCaughtUp(_ learner: ReplicaID, _ status: RaftStatus) -> Bool {
        status.members.contains { member in
            member.id == learner && member.state == .replicate && !isSilent(member)
                && member.match + Self.learnerLag >= status.last.index
        }
    }

    /// The next change: first who is to come learns, then all is exchanged at once.
    private func steps(
        from current: GroupConfiguration, to wanted: Members, of group: ReplicaGroup
    ) -> [ConfigurationChange.Step]? {
        let status = group.raft.status
        let silent = status.members.filter(isSilent).map(\.id)
        let unwanted = current.members.filter { !wanted.all.contains($0) }
        let missing = wanted.all.filter { !current.contains($0) }
        // Nothing is put at risk while one of those who stay is away; to let learners go, or to note a decision, is no risk.
        let isExchange = wanted.voters.sorted() != current.voters
        guard !isExchange || !wanted.voters.contains(where: { current.isVoter($0) && silent.contains($0) }) else {
            return nil
        }
        guard missing.isEmpty else {
            return missing.map { .addLearner($0) }
                + unwanted.filter { current.learners.contains($0) }.map { .remove($0) }
        }
        let promoted = wanted.voters.filter { !current.isVoter($0) }
        // Whoever was repaired and waits for a later term to be whole could not lead.
        let isWaiting = promoted.contains { learner in
            map.node(of: learner).flatMap { group.unwell[$0] }?.contains(.awaitsTerm) ?? false
        }
        guard !isWaiting, promoted.allSatisfy({ isCaughtUp($0, status) }) else { return nil }
        return promoted.map { .addVoter($0) }
            + wanted.learners.filter { current.isVoter($0) }.map { .addLearner($0) } + unwanted.map { .remove($0) }
    }

    // MARK: recovery

    /// See ``ShardPlace/partners(of:)``.
    private func partners(in shard: ShardID) -> [ReplicaID]? {
        map.replica(of: settings.node, in: shard).flatMap { map.place(of: shard).partners(of: $0) }?.map(\.replica)
    }

    func restored(
        _ shard: ShardID, _ found: RecoveredGroup?, _ snapshot: GroupSnapshot?, mayBeHidden: Bool
    ) -> Restored {
        let place = map.place(of: shard)
        let isFounder = map.replica(of: settings.node, in: shard)?.decision == 0
        // Who came later hears from its leader what the group is.
        let origin =
            isFounder
            ? SnapshotMark(founding: GroupConfiguration(voters: place.founders.map(\.replica))) : SnapshotMark.nothing
        // Nobody is asked to join, or given a vote, before this node has written down that somebody shall.
        let partners = partners(in: shard)
        let alone = partners?.isEmpty ?? false
        let witness = partners?.first
        guard let found else {
            // It may have been here, and have promised something that nothing is left of.
            let isHidden = mayBeHidden && !alone
            return Restored(
                snapshot: origin, condition: isHidden ? .repairing(through: nil) : .intact, isTermLost: isHidden,
                witness: witness)
        }
        var entries = found.entries
        let condition: ReplicaCondition
        var isTermLost = false
        switch alone ? found.condition.inGroupOfOne : found.condition {
        case .intact: condition = .intact
        case .tailUncertain: condition = .tailUncertain(lost: nil)
        case .repairing(let from):
            // What is behind the hole may have been replaced in what is lost.
            entries.removeAll { $0.index >= from }
            condition = .repairing(through: nil)
        case .mustRejoin:
            condition = .repairing(through: nil)
            isTermLost = true
        }
        // Entries of a term whose promise was torn off behind them: nobody was told of it, so it has no vote either.
        let isTorn = entries.last.map { $0.term > found.hardState.term } ?? false
        return Restored(
            hardState: HardState(
                term: isTorn ? entries.last?.term ?? 0 : found.hardState.term,
                vote: isTorn ? nil : found.hardState.vote.map { ReplicaID($0) }, commit: found.hardState.commit),
            snapshot: snapshot?.mark ?? origin,
            entries: entries.map { entry in
                LogEntry(
                    index: entry.index, term: entry.term, kind: LogEntry.Kind(rawValue: entry.kind) ?? .normal,
                    payload: entry.payload)
            },
            applied: snapshot?.mark.index ?? 0, condition: condition, isTermLost: isTermLost, witness: witness)
    }
}

extension ReplicaName {
    var replica: ReplicaID { ReplicaID(raw) }
}

extension ShardMap {
    /// The node of a replica, by its name.
    func node(of replica: ReplicaID) -> NodeID? { member(number: ReplicaName(raw: replica.raw).number)?.node }
}
