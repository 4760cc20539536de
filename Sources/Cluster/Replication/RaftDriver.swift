internal import Consensus
internal import NodeLog
internal import Primitives

/// Drives all groups of a node: gives them inputs, carries out what they want, and puts into one frame and one write
/// what is meant for one node or the disk.
///
/// Proof for `@unchecked Sendable`: made before its loop knows it, and used on that loop alone (``ReplicatedLog`` enters
/// it by `loop.execute`, its own timers by `loop.schedule`).
final class RaftDriver: @unchecked Sendable {
    /// Bytes of messages in one frame; one message may exceed it.
    static let frameBytes = 512 << 10
    /// Elections that this node begins in one tick.
    static let campaignsPerTick = 16
    /// How long a link may be away before its node counts as lost.
    static let grace = Span.milliseconds(100)
    /// Ticks between two hints about a node.
    static let hintTicks: UInt64 = 40
    /// How long a preferred leader may take to come when a link of others has.
    static let settling = Span.milliseconds(300)

    let settings: ReplicatedLog.Settings
    /// Where the groups are to be, as far as this node has heard and written down.
    var map: ShardMap
    /// A newer map, until it is on stable storage.
    var awaitedMap: ShardMap?
    /// Groups that this node does not keep any more, until nothing of theirs is under way.
    var retiring: Set<ShardID> = []
    /// The epoch that the node above was last told of.
    var toldEpoch: UInt64
    let standings: ReplicaStandings
    let writer: any LogWriter
    let shelf: (any SnapshotShelf)?
    let loop: any EntityLoop
    let clock: any NodeClock
    var groups: [ReplicaGroup?]
    /// Groups that have had an input since they were last asked what they want.
    var dirty: Set<ShardID> = []
    var outbox: [NodeID: [RaftPayload.Item]] = [:]
    /// What is to be written: terms and votes, for which the log keeps a reserve, apart from what needs space.
    var promises = LogSubmission()
    var writes = LogSubmission()
    /// What the writer has not taken yet, or refused, in order.
    var unwritten: [LogSubmission] = []
    var submitted: UInt64 = 0
    /// The disk is full: nothing is tried until the next tick, and then one piece before the others.
    var isRefused = false
    var mustProbe = false
    /// Pieces that need space and are in the writer's hands. Only when it has none is anything tried again, or what was
    /// refused could be overtaken.
    var spaceUnderWay = 0
    /// Counts the refusals.
    var writeRound: UInt64 = 1
    /// Groups with entries that are not durable yet: nothing of theirs may overtake them.
    var writesUnderWay: [ShardID: Int] = [:]
    var leaderChanges: [(ShardID, NodeID?)] = []
    var links: Set<NodeID> = []
    /// The tick at which each link came up.
    var linkedSince: [NodeID: UInt64] = [:]
    /// The tick of the last hint about a node.
    var hintedAt: [NodeID: UInt64] = [:]
    /// Nodes that say that they should not lead.
    var offDuty: Set<NodeID> = []
    var clockWatch = ClockWatch()
    /// The tick since which the disk has been full.
    var fullSince: UInt64?
    /// The tick of the last refusal.
    var refusedAt: UInt64 = 0
    var duty = LeaderDuty.leads
    var isDraining = false
    /// Groups that are to campaign, some in each tick.
    var campaigns: [ShardID] = []
    /// Groups that are to be asked for their state, and how many have been.
    var snapshotQueue: [ShardID] = []
    var snapshotsUnderWay = 0
    var transfers: [SnapshotTransfer.Receiver: SnapshotTransfer] = [:]
    var snapshotCounters = SnapshotCounters()
    var counts = RaftCounts()
    /// When the inputs that are being taken were given.
    private var takenAt = Instant.zero
    var compactedAt = Instant.zero
    var ticks: UInt64 = 0
    var lastTick = Instant.zero
    /// Ticks that the groups have not counted yet.
    var owed = 0
    var isStopped = false
    var random: SeededRandom
    var send: (Frame, NodeID) -> Bool = { _, _ in false }
    var give: @Sendable (ReplicatedLog.Input) -> Void = { _ in }
    var publish: ([(ShardID, NodeID?)]) -> Void = { _ in }
    var placed: (Placing) -> Void = { _ in }
    var reached: (ShardID, MoveStage, _ decision: UInt64) -> Void = { _, _, _ in }

    init(
        _ settings: ReplicatedLog.Settings, recovered: RecoveredLog, writer: any LogWriter,
        shelf: (any SnapshotShelf)?, standings: ReplicaStandings, loop: any EntityLoop, clock: any NodeClock
    ) throws {
        self.settings = settings
        self.writer = writer
        self.shelf = shelf
        self.loop = loop
        self.clock = clock
        map = settings.map
        toldEpoch = settings.map.epoch
        self.standings = standings
        groups = [ReplicaGroup?](repeating: nil, count: settings.map.groupCount)
        random = SeededRandom(seed: settings.seed)
        for shard in settings.map.groups(on: settings.node) {
            let found = recovered.groups.first { $0.group == shard.number }
            let snapshot = try found?.snapshot.flatMap { try shelf?.load(group: shard.number, mark: $0) }
            try add(shard, restored(shard, found, snapshot, mayBeHidden: recovered.mayHideGroups), found, snapshot)
        }
        // What was left when this node ended on its way out.
        for found in recovered.groups
        where found.group >= groups.count || groups[Int(found.group)] == nil {
            promises.items.append(.forget(group: found.group))
        }
    }

    func start(
        send: @escaping (Frame, NodeID) -> Bool, give: @escaping @Sendable (ReplicatedLog.Input) -> Void,
        publish: @escaping ([(ShardID, NodeID?)]) -> Void, placed: @escaping (Placing) -> Void,
        reached: @escaping (ShardID, MoveStage, UInt64) -> Void
    ) {
        self.send = send
        self.give = give
        self.publish = publish
        self.placed = placed
        self.reached = reached
        lastTick = clock.now
        compactedAt = clock.now
        campaigns = groups.compactMap { $0.flatMap { $0.isAlone ? $0.shard : nil } }
        loop.schedule(after: settings.tick) { [weak self] in self?.tick() }
    }

    func stop() {
        isStopped = true
        for group in groups { group?.tell = nil }
    }

    var status: [ShardID: RaftStatus] {
        var all: [ShardID: RaftStatus] = [:]
        for case .some(let group) in groups { all[group.shard] = group.raft.status }
        return all
    }

    var terms: [ShardID: UInt64] {
        var all: [ShardID: UInt64] = [:]
        for case .some(let group) in groups { all[group.shard] = group.raft.term }
        return all
    }

    // MARK: inputs

    func take(_ inputs: [ReplicatedLog.Input]) {
        guard !isStopped else { return inputs.forEach(refuse) }
        takenAt = clock.now
        for input in inputs { take(input) }
        flush()
    }

    private func take(_ input: ReplicatedLog.Input) {
        switch input {
        case .open(let shard, let tell):
            touch(shard) { group in
                group.open(tell)
                if group.isAlone { group.campaignAtOnce() }
            }
        case .propose(let shard, let term, let record): touch(shard) { $0.propose(record, term: term, at: takenAt) }
        case .confirm(let shard, let term, let round):
            touch(shard) { if $0.leadingTerm == term, $0.raft.term == term { $0.raft.requestRead(id: round) } }
        case .durable(let submission): durable(submission)
        case .refused(let submission): refused(submission)
        case .failed(let error):
            stop()
            settings.die(.refused(error))
        case .state(let shard, let index, let state): take(state, of: shard, through: index)
        case .stored(let shard, let mark, let size, let isStored): stored(shard, mark, size: size, isStored)
        case .pinning(let groups): makeRoom(groups)
        case .transfer(let shard, let heir, let begun): begun(transfer(shard, to: heir))
        case .drain: drain()
        case .report(let body): body(reports)
        case .figures(let body): body(figures)
        case .compared(let shard, let differs): touch(shard) { $0.differs = differs }
        case .read(let receiver, let mark, let piece): read(piece, for: receiver, mark)
        case .received(let shard, let replica, let mark, let taken, let peer):
            received(shard, replica, mark, taken, from: peer)
        case .frame(let frame, let peer): receive(frame, from: peer)
        case .link(let peer, let isUp): linkChanged(peer, isUp: isUp)
        case .suspected(let peer): suspected(peer)
        case .follow(let map): follow(map)
        case .kept(let map): kept(map)
        }
    }

    /// Changes a group, which is asked later what it wants.
    func touch(_ shard: ShardID, _ body: (ReplicaGroup) -> Void) {
        guard shard.number < groups.count, let group = groups[Int(shard.number)], !retiring.contains(shard) else {
            return
        }
        body(group)
        if group.wantsAttention { dirty.insert(shard) }
    }

    // MARK: outputs

    /// Carries out what the touched groups want, until none wants anything.
    func flush() {
        while !dirty.isEmpty {
            let touched = dirty.sorted()
            dirty = []
            for shard in touched { carryOut(shard) }
        }
        sendOutbox()
        submit()
        if !leaderChanges.isEmpty {
            let changes = leaderChanges
            leaderChanges = []
            publish(changes)
        }
    }

    private func carryOut(_ shard: ShardID) {
        guard let group = groups[Int(shard.number)], group.tell != nil, !retiring.contains(shard) else { return }
        var rounds = 0
        while rounds == 0 || group.raft.hasReady {
            rounds += 1
            let ready = group.raft.takeReady()
            group.refresh(map)
            guard ready.violations.isEmpty else {
                stop()
                return settings.die(.brokenPromise("shard \(shard): \(ready.violations)"))
            }
            for message in ready.messages {
                guard let node = map.node(of: message.to) else { continue }
                outbox[node, default: []].append(.init(shard: shard, message: message))
            }
            if let write = ready.write {
                if write.entries.isEmpty, writesUnderWay[shard] == nil {
                    promises.tokens.append((shard, group.raft.id, write.token))
                    promises.items += items(write, shard)
                } else {
                    writesUnderWay[shard, default: 0] += 1
                    writes.tokens.append((shard, group.raft.id, write.token))
                    writes.items += items(write, shard)
                    closeIfLarge()
                }
            }
            if group.settles() { add(.settled(group: shard.number)) }
            if let state = ready.softState {
                note(state, of: group)
                leaderChanges.append((shard, state.leader.flatMap { map.node(of: $0) }))
            }
            group.tell(ready)
            if group.measures, !ready.committed.isEmpty {
                group.measureCommits(at: clock.now, into: &counts.commitTime)
            }
            for order in ready.snapshotsToSend { send(order, of: shard) }
            noteCommitted(group)
            group.proposeWaiting()
        }
    }

    private func items(_ write: StorageWrite, _ shard: ShardID) -> [LogItem] {
        var items: [LogItem] = []
        if let mark = write.snapshot {
            items.append(.snapshot(group: shard.number, StoredMark(index: mark.index, term: mark.term)))
        }
        if let from = write.truncateFrom { items.append(.truncate(group: shard.number, from: from)) }
        if !write.entries.isEmpty {
            items.append(
                .entries(
                    group: shard.number,
                    write.entries.map { entry in
                        StoredEntry(
                            index: entry.index, term: entry.term, kind: entry.kind.rawValue, payload: entry.payload)
                    }))
        }
        if let state = write.hardState {
            items.append(
                .hardState(
                    group: shard.number,
                    StoredHardState(term: state.term, vote: state.vote?.raw, commit: state.commit)))
        }
        return items
    }
}
