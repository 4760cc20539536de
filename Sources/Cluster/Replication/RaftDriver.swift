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
    var compactedAt = Instant.zero
    var ticks: UInt64 = 0
    var lastTick = Instant.zero
    /// Ticks that the groups have not counted yet.
    var owed = 0
    var isStopped = false
    var send: (Frame, NodeID) -> Bool = { _, _ in false }
    var give: @Sendable (ReplicatedLog.Input) -> Void = { _ in }
    var publish: ([(ShardID, NodeID?)]) -> Void = { _ in }

    init(
        _ settings: ReplicatedLog.Settings, recovered: RecoveredLog, writer: any LogWriter,
        shelf: (any SnapshotShelf)?, loop: any EntityLoop, clock: any NodeClock
    ) throws {
        self.settings = settings
        self.writer = writer
        self.shelf = shelf
        self.loop = loop
        self.clock = clock
        groups = [ReplicaGroup?](repeating: nil, count: Int(settings.map.shardCount))
        var random = SeededRandom(seed: settings.seed)
        for shard in settings.map.shards(on: settings.node) {
            let found = recovered.groups.first { $0.group == shard.number }
            let snapshot = try found?.snapshot.flatMap { try shelf?.load(group: shard.number, mark: $0) }
            let raft = try RaftGroup(
                id: replica(settings.node), settings: settings.raft,
                restored: restored(shard, found, snapshot, mayBeHidden: recovered.mayHideGroups),
                seed: random.next(), planting: settings.planted)
            groups[Int(shard.number)] = ReplicaGroup(
                shard: shard, nodes: settings.map.replicas(of: shard), raft: raft, snapshot: snapshot,
                isSettled: found.map { $0.condition == .intact } ?? true)
        }
    }

    func start(
        send: @escaping (Frame, NodeID) -> Bool, give: @escaping @Sendable (ReplicatedLog.Input) -> Void,
        publish: @escaping ([(ShardID, NodeID?)]) -> Void
    ) {
        self.send = send
        self.give = give
        self.publish = publish
        lastTick = clock.now
        compactedAt = clock.now
        if settings.map.replicationFactor == 1 { campaigns = settings.map.shards(on: settings.node) }
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

    // MARK: names

    /// A node's replicas have one name in all groups: its place in the configuration.
    func replica(_ node: NodeID) -> ReplicaID {
        guard let place = settings.map.nodes.firstIndex(of: node) else { preconditionFailure("\(node) is in no map") }
        return ReplicaID(UInt64(place) + 1)
    }

    func node(_ replica: ReplicaID) -> NodeID? {
        let place = Int(clamping: replica.raw) - 1
        return settings.map.nodes.indices.contains(place) ? settings.map.nodes[place] : nil
    }

    private func restored(
        _ shard: ShardID, _ found: RecoveredGroup?, _ snapshot: GroupSnapshot?, mayBeHidden: Bool
    ) -> Restored {
        let configuration = GroupConfiguration(voters: settings.map.replicas(of: shard).map { replica($0) })
        let origin = SnapshotMark(index: 0, term: 0, configuration: configuration, configurationIndex: 0)
        let alone = settings.map.replicationFactor == 1
        guard let found else {
            // It may have been here, and have promised something that nothing is left of.
            return Restored(snapshot: origin, condition: mayBeHidden && !alone ? .repairing(through: nil) : .intact)
        }
        var entries = found.entries
        let condition: ReplicaCondition
        switch alone ? found.condition.inGroupOfOne : found.condition {
        case .intact: condition = .intact
        case .tailUncertain: condition = .tailUncertain(lost: nil)
        case .repairing(let from):
            // What is behind the hole may have been replaced in what is lost.
            entries.removeAll { $0.index >= from }
            condition = .repairing(through: nil)
        case .mustRejoin: condition = .repairing(through: nil)
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
            applied: snapshot?.mark.index ?? 0, condition: condition)
    }

    // MARK: inputs

    func take(_ inputs: [ReplicatedLog.Input]) {
        guard !isStopped else { return inputs.forEach(refuse) }
        for input in inputs { take(input) }
        flush()
    }

    private func take(_ input: ReplicatedLog.Input) {
        switch input {
        case .open(let shard, let tell):
            touch(shard) { $0.open(tell) }
            if settings.map.replicationFactor == 1 { touch(shard) { $0.raft.campaign() } }
        case .propose(let shard, let term, let record): touch(shard) { $0.propose(record, term: term) }
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
        case .compared(let shard, let differs): touch(shard) { $0.differs = differs }
        case .read(let receiver, let mark, let piece): read(piece, for: receiver, mark)
        case .received(let shard, let mark, let taken, let peer): received(shard, mark, taken, from: peer)
        case .frame(let frame, let peer): receive(frame, from: peer)
        case .link(let peer, let isUp): linkChanged(peer, isUp: isUp)
        case .suspected(let peer): suspected(peer)
        }
    }

    /// Changes a group, which is asked later what it wants.
    func touch(_ shard: ShardID, _ body: (ReplicaGroup) -> Void) {
        guard shard.number < groups.count, let group = groups[Int(shard.number)] else { return }
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
        guard let group = groups[Int(shard.number)], group.tell != nil else { return }
        var rounds = 0
        while rounds == 0 || group.raft.hasReady {
            rounds += 1
            let ready = group.raft.takeReady()
            guard ready.violations.isEmpty else {
                stop()
                return settings.die(.brokenPromise("shard \(shard): \(ready.violations)"))
            }
            for message in ready.messages {
                guard let node = node(message.to) else { continue }
                outbox[node, default: []].append(.init(shard: shard, message: message))
            }
            if let write = ready.write {
                if write.entries.isEmpty, writesUnderWay[shard] == nil {
                    promises.tokens.append((shard, write.token))
                    promises.items += items(write, shard)
                } else {
                    writesUnderWay[shard, default: 0] += 1
                    writes.tokens.append((shard, write.token))
                    writes.items += items(write, shard)
                    closeIfLarge()
                }
            }
            if group.settles() { add(.settled(group: shard.number)) }
            if let state = ready.softState { leaderChanges.append((shard, state.leader.flatMap { node($0) })) }
            group.tell(ready)
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

    private func sendOutbox() {
        for (peer, items) in outbox.sorted(by: { $0.key < $1.key }) {
            var batch: [RaftPayload.Item] = []
            var bytes = 0
            for item in items {
                batch.append(item)
                bytes += item.size
                guard bytes >= Self.frameBytes else { continue }
                _ = send(Frame(.raft, payload: RaftPayload(batch).encoded), peer)
                batch = []
                bytes = 0
            }
            if !batch.isEmpty { _ = send(Frame(.raft, payload: RaftPayload(batch).encoded), peer) }
        }
        outbox = [:]
    }

    /// Something to write that no token waits for, behind what its group has under way.
    func add(_ item: LogItem) {
        if writesUnderWay[ShardID(item.group)] == nil { promises.items.append(item) } else { writes.items.append(item) }
    }

    private func collect() {
        for (var next, needsSpace) in [(promises, false), (writes, true)] where !next.isEmpty {
            submitted += 1
            next.number = submitted
            next.needsSpace = needsSpace
            unwritten.append(next)
        }
        promises = LogSubmission()
        writes = LogSubmission()
    }

    /// Hands over what is to be written, as far as the writer takes it.
    func submit() {
        collect()
        while let next = unwritten.first(where: { !$0.needsSpace || mayTakeSpace }) {
            let give = give
            let isTaken = writer.write(next.items, round: next.needsSpace ? writeRound : nil) { outcome in
                switch outcome {
                case .durable: give(.durable(next))
                case .refused: give(.refused(next))
                case .failed(let error): give(.failed(error))
                }
            }
            guard isTaken else { return }
            if next.needsSpace { spaceUnderWay += 1 }
            unwritten.removeAll { $0.number == next.number }
        }
    }

    private var mayTakeSpace: Bool { !isRefused && (!mustProbe || spaceUnderWay == 0) }

    /// Closes what is collected for the writer, so that no piece grows without a bound.
    private func closeIfLarge() {
        if writes.items.reduce(0, { $0 + $1.bytes }) > settings.submissionBytes { collect() }
    }

    private func durable(_ submission: LogSubmission) {
        if submission.needsSpace {
            spaceUnderWay -= 1
            mustProbe = false
            fullSince = nil
        }
        for (shard, token) in submission.tokens {
            if submission.needsSpace, let count = writesUnderWay[shard] {
                writesUnderWay[shard] = count > 1 ? count - 1 : nil
            }
            touch(shard) { $0.raft.persisted(token) }
        }
    }

    /// There is no space: it waits in its place, and is tried again with the next tick.
    private func refused(_ submission: LogSubmission) {
        guard submission.needsSpace else {
            // The reserve is used up: a node that cannot keep its votes must not give any.
            stop()
            return settings.die(.noSpaceForVotes)
        }
        if !isRefused { writeRound += 1 }
        isRefused = true
        mustProbe = true
        fullSince = fullSince ?? ticks
        refusedAt = ticks
        spaceUnderWay -= 1
        let place = unwritten.firstIndex { $0.number > submission.number } ?? unwritten.endIndex
        unwritten.insert(submission, at: place)
    }
}

/// What goes to the writer in one piece.
struct LogSubmission: Sendable {
    var number: UInt64 = 0
    var items: [LogItem] = []
    var tokens: [(ShardID, WriteToken)] = []
    var needsSpace = false

    var isEmpty: Bool { items.isEmpty && tokens.isEmpty }
}
