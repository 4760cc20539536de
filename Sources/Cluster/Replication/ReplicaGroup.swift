internal import Consensus
internal import Primitives

/// One group as its driver sees it: the Raft value, the shard above it, and what waits between them. Confined to the
/// driver's loop.
final class ReplicaGroup {
    /// Records whose way to the commit is measured at a time; further ones are not.
    private static let measuredLimit = 4_096

    let shard: ShardID
    /// The nodes with a vote; the first leads when all is well.
    private(set) var nodes: [NodeID] = []
    /// All members by their nodes, learners too.
    private(set) var names: [NodeID: ReplicaID] = [:]
    /// The configuration and the map that ``nodes`` and ``names`` are of.
    private var known: (configuration: GroupConfiguration, epoch: UInt64)?
    private let standings: ReplicaStandings
    /// How far the registry was told last that the group is, and the tick from which on it may be told again.
    var toldStage: MoveStage?
    var tellAt: UInt64 = 0
    var raft: RaftGroup
    /// Set when the shard is open; nothing is taken from the group before.
    var tell: (@Sendable (ShardLogEvent) -> Void)?
    /// The term in which the shard has been told that it leads.
    var leadingTerm: UInt64?
    /// Records that the group could not take at once, in order, and when they came.
    var waiting: ArraySlice<(record: [UInt8], at: Instant)> = []
    /// Records that were appended here and are not known to be committed, and when they came.
    private var proposed: ArraySlice<(index: UInt64, at: Instant)> = []
    /// How often this replica became leader, and the last term that was counted.
    var changes = LeaderChanges()
    var countedTerm: UInt64 = 0
    /// What made it campaign last.
    var campaignReason = LeaderChanges.Reason.timeout
    /// The last index told to the shard.
    var told: UInt64
    var snapshots: SnapshotProgress
    /// Reads that are confirmed and wait for what they must have seen.
    var reads: [ReadIndex] = []
    /// What keeps other nodes from leading it, as they say.
    var unwell: [NodeID: BeatPayload.Item.Health] = [:]
    /// The shard above holds another state than its leader's.
    var differs = false
    /// The tick since which nobody is known to lead it.
    var leaderlessSince: UInt64?
    /// The leadership that the last look at the leaders found.
    var seenLeading: UInt64?
    /// The tick from which on it may be handed over again, and how often that was tried.
    var transferAt: UInt64 = 0
    var transfers = 0
    /// False while the log of this node knows the group as damaged.
    private var isSettled: Bool

    init(
        shard: ShardID, map: ShardMap, standings: ReplicaStandings, raft: RaftGroup, snapshot: GroupSnapshot?,
        isSettled: Bool
    ) {
        self.shard = shard
        self.standings = standings
        self.raft = raft
        told = raft.applied
        snapshots = SnapshotProgress(snapshot)
        self.isSettled = isSettled
        refresh(map)
    }

    /// Whether this replica decides alone.
    var isAlone: Bool { raft.configuration.voters == [raft.id] && !raft.configuration.isJoint }

    /// Whether this replica, as far as it knows itself, is no member: it is to become one, or has been one.
    private var isOutside: Bool { !raft.configuration.contains(raft.id) }

    /// Looks again who belongs to the group; its own configuration is the truth, the map gives names and the order.
    func refresh(_ map: ShardMap) {
        let configuration = raft.configuration
        if let known, known.epoch == map.epoch, known.configuration == configuration { return }
        known = (configuration, map.epoch)
        standings.set(shard, isAlone ? .alone : isOutside ? .outside : .member)
        let place = map.place(of: shard)
        let members = configuration == .nobody ? place.replicas.map(\.replica) : configuration.members
        names = [:]
        for member in members { if let node = map.node(of: member) { names[node] = member } }
        let voters = configuration == .nobody ? members : configuration.electors
        let ordered = (place.replicas + (place.target ?? [])).map(\.replica).filter { voters.contains($0) }
        nodes = []
        for name in ordered + voters {
            if let node = map.node(of: name), !nodes.contains(node) { nodes.append(node) }
        }
    }

    /// This node keeps the group no more; the shard is told nothing after this.
    func end() {
        follow()
        standings.set(shard, .member)
        tell = nil
        waiting = []
        proposed = []
        reads = []
    }

    /// The shard is open: it hears first what a snapshot of this node holds.
    func open(_ tell: @escaping @Sendable (ShardLogEvent) -> Void) {
        self.tell = tell
        guard let found = snapshots.restored else { return }
        snapshots.restored = nil
        tell(.restored(index: found.mark.index, state: found.state))
    }

    /// Goes on from a snapshot of a peer, which is stored here by now.
    /// - Returns: false if it brings nothing new.
    func install(_ snapshot: GroupSnapshot) -> Bool {
        guard let tell, raft.installSnapshot(snapshot.mark) else { return false }
        follow()
        told = snapshot.mark.index
        snapshots.index = snapshot.mark.index
        snapshots.size = snapshot.state.count
        snapshots.bytes = 0
        tell(.restored(index: snapshot.mark.index, state: snapshot.state))
        return true
    }

    /// Tells the shard that it leads no more, if it believes so.
    private func follow() {
        guard leadingTerm != nil, let tell else { return }
        leadingTerm = nil
        waiting = []
        proposed = []
        tell(.following)
    }

    /// Whether the driver has anything to carry out for it.
    var wantsAttention: Bool {
        tell != nil && (raft.hasReady || !waiting.isEmpty || (leadingTerm == nil && raft.hasSettled))
    }

    /// What keeps this replica from leading.
    var health: BeatPayload.Item.Health {
        var health: BeatPayload.Item.Health = differs ? .differs : []
        if raft.condition != .intact { health.insert(.awaitsTerm) }
        return health
    }

    /// The planted bug ``PlantedBug/leadOnGossip``.
    func leadUnasked() {
        guard leadingTerm == nil, raft.term > 0 else { return }
        tell?(.leading(term: raft.term))
    }

    /// True once, when a damaged log is whole again.
    func settles() -> Bool {
        guard !isSettled, raft.condition == .intact else { return false }
        isSettled = true
        return true
    }

    /// Campaigns without waiting for a time-out.
    func campaignAtOnce() {
        raft.campaign()
        if raft.role != .follower { campaignReason = .hint }
    }

    func receive(_ message: RaftMessage) {
        raft.receive(message)
        if case .timeoutNow = message.body, raft.role == .candidate { campaignReason = .transfer }
    }

    /// Appends a record of the leader of `term`. One that leads no more appends nothing.
    /// - Parameter now: when the record came.
    func propose(_ record: [UInt8], term: UInt64, at now: Instant) {
        guard leadingTerm == term, raft.role == .leader, raft.term == term else { return }
        if waiting.isEmpty, accept(record, at: now) { return }
        waiting.append((record, now))
    }

    /// Tries again what could not be taken.
    func proposeWaiting() {
        while let next = waiting.first, accept(next.record, at: next.at) { waiting.removeFirst() }
    }

    /// Whether a record is under way whose time to its commit is measured.
    var measures: Bool { !proposed.isEmpty }

    /// Counts how long what has been told as committed was under way.
    func measureCommits(at now: Instant, into buckets: inout LatencyBuckets) {
        while let first = proposed.first, first.index <= told {
            buckets.add(microseconds: UInt64(clamping: (now - first.at).microseconds))
            proposed.removeFirst()
        }
    }

    /// False when it has to wait.
    private func accept(_ record: [UInt8], at time: Instant) -> Bool {
        do {
            let index = try raft.propose(record)
            if proposed.count < Self.measuredLimit { proposed.append((index, time)) }
            return true
        } catch {
            switch error {
            case .overloaded, .transferring: return false
            case .notLeader: return true
            case .tooLarge(let limit):
                preconditionFailure("a record of \(record.count) bytes exceeds \(limit): the shard lets none through")
            }
        }
    }

    /// Tells the shard what a ``Ready`` brought, in the order in which it has to hear it.
    func tell(_ ready: Ready) {
        guard let tell else { return }
        if let term = leadingTerm, raft.role != .leader || raft.term != term { follow() }
        if let last = ready.committed.last {
            told = last.index
            let records = ready.committed.filter { $0.kind == .normal }
                .map { CommittedRecord(index: $0.index, term: $0.term, record: $0.payload) }
            snapshots.bytes += ready.committed.reduce(0) { $0 + $1.size }
            if !records.isEmpty { tell(.committed(records)) }
            raft.applied(upTo: last.index)
        }
        if leadingTerm == nil, raft.hasSettled, told == raft.commit {
            leadingTerm = raft.term
            tell(.leading(term: raft.term))
        }
        reads += ready.readIndexes
        if !reads.isEmpty {
            for read in reads where read.index <= told { tell(.confirmed(round: read.id)) }
            reads.removeAll { $0.index <= told }
        }
    }
}
