internal import Cluster
internal import Consensus
internal import ContactCentre
internal import Membership
internal import NodeLog
internal import Primitives
internal import Routing

/// Several whole nodes on one thread: the code that production runs, in a world that a seed decides.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class SimulatedCluster: @unchecked Sendable {
    struct Settings {
        var nodes = 3
        var shardCount: UInt32 = 16
        /// Copies of each shard; with one, a wiped disk is a forced recovery.
        var replicationFactor = 3
        /// Longest time for a record to become durable.
        var longestCommit = Span.milliseconds(3)
        /// Small, so that a run takes snapshots, and followers need them.
        var snapshotBytes = 16 << 10
        var trailingEntries: UInt64 = 64
        /// Entries between two comparisons of replicas.
        var checkEvery: UInt64 = 32
        /// Syncs, in thousandths, that take up to 600 ms.
        var slowSyncs = 0
        /// Largest difference of a clock from virtual time, and its rate in parts per million.
        var clockOffset: Int64 = 0
        var clockDrift: Int64 = 0
        var planted: PlantedBug?
    }

    let world: SimulatedWorld
    let network: SimulatedNetwork
    let settings: Settings
    /// The cluster as it begins.
    let founding: ShardMap
    var machines: [NodeID: Machine] = [:]
    /// Those that came or are to come while the cluster runs.
    var joiners: [NodeID] = []
    let ledger: CommitLedger
    /// What was last seen of each shard on each node.
    private var inspected: [NodeID: [ShardID: ShardInspection]] = [:]
    /// Where groups were last seen, and since when.
    private var seenMap: ShardMap?
    private var placedAt: [ShardID: Instant] = [:]
    private(set) var crashes: UInt64 = 0
    private(set) var wipes: UInt64 = 0
    /// Called when a node starts, so that clients can attach to it.
    var onStart: (ClusterNode) -> Void = { _ in }
    var onCrash: (NodeID) -> Void = { _ in }

    init(world: SimulatedWorld, settings: Settings) {
        self.world = world
        self.settings = settings
        network = SimulatedNetwork(world: world)
        ledger = CommitLedger(world: world)
        let ids = (1...settings.nodes).map { NodeID("n\($0)") }
        founding = ShardMap(
            shardCount: settings.shardCount, nodes: ids, replicationFactor: settings.replicationFactor)
        for id in ids {
            let life = NodeLife()
            let offset = world.random { Span.microseconds($0.pick(-settings.clockOffset...settings.clockOffset)) }
            let drift = world.random { $0.pick(-settings.clockDrift...settings.clockDrift) }
            machines[id] = Machine(
                id: id, clock: SimulatedClock(world: world, offset: offset, drift: drift), life: life, incarnation: 1)
        }
    }

    /// The newest map that a running node follows.
    var map: ShardMap { alive.map(\.map).max { $0.epoch < $1.epoch } ?? founding }
    var nodeIDs: [NodeID] { founding.nodes + joiners.filter { machines[$0] != nil } }
    var alive: [ClusterNode] { nodeIDs.compactMap { machines[$0]?.running?.node } }
    func node(_ id: NodeID) -> ClusterNode? { machines[id]?.running?.node }
    func log(of id: NodeID) -> ReplicatedLog? { machines[id]?.log }
    /// Whether some node refused its disk and stays away.
    var hasOutcasts: Bool { machines.values.contains { $0.isOut } }

    /// Some node that runs and answers.
    func anyNode() -> ClusterNode? {
        let nodes = alive.filter { machines[$0.id].map { $0.life.standsUntil <= world.now } ?? false }
        return nodes.isEmpty ? nil : nodes[world.random { Int($0.pick(0...Int64(nodes.count - 1))) }]
    }

    func start(_ id: NodeID) {
        guard let machine = machines[id], machine.running == nil, !machine.isOut else { return }
        world.note("start \(id)")
        guard let log = openLog(machine) else { return }
        var table = MethodTable()
        table.register(CentreState.self)
        table.register(OrderCheckedQueue.self)
        table.register(OrderCheckedAgent.self)
        table.register(ConversationState.self)
        table.register(RegisterState.self)
        var nodeSettings = ClusterNode.Settings(
            cluster: "simulated", node: id, map: log.map, table: table, incarnation: machine.incarnation,
            planted: settings.planted)
        nodeSettings.disk = machine.number
        nodeSettings.life = UInt64(world.now.microseconds)
        nodeSettings.checkEvery = settings.checkEvery
        nodeSettings.diverged = { [ledger] in ledger.report("replicas: \($0)") }
        let node = ClusterNode(
            nodeSettings,
            world: NodeWorld(
                clock: machine.clock, loops: [SimulatedLoop(world: world, life: machine.life)],
                log: CheckedLog(log, node: id, ledger: ledger),
                seed: world.random { $0.next() }))
        let follower = CentreFollower(node: node)
        machine.running = (node, follower)
        machine.started = world.now
        node.start(transport: SimulatedTransport(network: network, node: id, life: machine.life))
        follower.start()
        network.attach(node, machine.life)
        onStart(node)
    }

    /// The node's log as it finds it on its disk, and its groups.
    /// - Returns: nil when the node refuses it, which only damage excuses; an operator would replace the node.
    private func openLog(_ machine: Machine) -> ReplicatedLog? {
        let id = machine.id
        do {
            let kept = try SnapshotFiles.keptMap(on: machine.disk)
            let opened = try WriteAheadLog.open(
                machine.disk, identity: NodeIdentity(cluster: "simulated", node: machine.id.name, generation: 1),
                settings: LogSettings(
                    segmentBytes: Self.segmentBytes, voteReserveBytes: Self.segmentBytes / 16,
                    fault: settings.planted == .skipFsync ? .skipFsync : .none))
            let loop = SimulatedLoop(world: world, life: machine.life)
            if opened.recovered.report.hasDamage { world.note("\(machine.id): \(opened.recovered.report)") }
            var raft = ReplicatedLog.defaultSettings
            raft.trailingEntries = settings.trailingEntries
            // In proportion to the segments: what one group may have to write at once has to fit.
            raft.messageBytes = Self.segmentBytes / 16
            raft.inflightBytes = Self.segmentBytes / 4
            var replicated = ReplicatedLog.Settings(
                node: machine.id, map: kept ?? founding, raft: raft, seed: world.random { $0.next() },
                snapshotBytes: settings.snapshotBytes,
                planted: settings.planted,
                die: { [weak self] failure in self?.logFailed(id, failure) })
            replicated.submissionBytes = Self.segmentBytes / 16
            let log = try ReplicatedLog(
                replicated, recovered: opened.recovered,
                writer: SimulatedLogWriter(
                    world: world, life: machine.life, log: opened.log, longest: settings.longestCommit,
                    slowPerThousand: settings.slowSyncs,
                    die: { [weak self] error in self?.diskFailed(id, error) }),
                shelf: SimulatedShelf(world: world, life: machine.life, disk: machine.disk),
                loop: loop, clock: machine.clock)
            machine.log = log
            return log
        } catch {
            world.note("\(machine.id) refuses its disk: \(error)")
            machine.isOut = true
            if !machine.isDamaged { ledger.report("log: \(machine.id) cannot open its log: \(error)") }
            return nil
        }
    }

    /// Small, so that a run fills some.
    private static let segmentBytes = 256 << 10

    /// What the logs of all nodes have done with snapshots so far.
    private(set) var snapshots = SnapshotCounters()

    /// Adds the figures of a node that ends.
    private func count(_ machine: Machine) {
        machine.log?.snapshotCounters { [self] in snapshots.add($0) }
    }

    /// The process is gone; its disk keeps what was durable, and of the rest what it will, or nothing when it is wiped.
    ///
    /// - Parameters:
    ///   - wipe: nothing is left.
    ///   - decay: what is left is damaged, too.
    func crash(_ id: NodeID, wipe: Bool = false, decay: Bool = false) {
        guard let machine = machines[id], let running = machine.running else { return }
        world.note(wipe ? "crash and wipe \(id)" : "crash \(id)")
        crashes += 1
        count(machine)
        machine.life.end()
        machine.running = nil
        inspected[id] = nil
        let map = map
        OrderLedger.record { $0.forget { map.hosts(id, map.shard(of: $0.entity)) } }
        network.detach(id)
        running.node.stop()
        machine.life = NodeLife()
        if wipe {
            wipes += 1
            machine.incarnation += 1
            machine.disk.wipe()
            ledger.forget { map.replicas(of: $0) == [id] }
        } else if world.chance(500) {
            world.random { machine.disk.losePower(&$0) }
        } else {
            machine.disk.release()
        }
        machine.disk.isFull = false
        machine.disk.failsNextSync = false
        if decay {
            machine.isDamaged = true
            let done = world.random { machine.disk.decay(&$0) }
            world.note("\(id)'s disk: \(done)")
        }
        onCrash(id)
    }

    /// The process stands still for a while (SIGSTOP).
    func pause(_ id: NodeID, for span: Span) {
        guard let machine = machines[id], machine.running != nil else { return }
        world.note("pause \(id) for \(span.milliseconds) ms")
        machine.life.stand(until: world.now + span)
        // What was due meanwhile is late for the same reason as after a start.
        machine.started = world.now + span
        network.noteStanding(id, until: world.now + span)
    }

    private func logFailed(_ id: NodeID, _ failure: LogFailure) {
        if case .noSpaceForVotes = failure { return end(id, "\(failure)") }
        ledger.report("log: \(id): \(failure)")
    }

    /// A sync has failed: the node ends, and comes back.
    private func diskFailed(_ id: NodeID, _ error: LogError) { end(id, "\(error)") }

    private func end(_ id: NodeID, _ reason: String) {
        world.note("\(id) ends: \(reason)")
        crash(id)
        world.after(world.span(10_000...3_000_000)) { [weak self] in self?.start(id) }
    }

    /// The disk of a node is full for a while.
    func fillDisk(of id: NodeID, for pause: Span) {
        guard let machine = machines[id] else { return }
        world.note("\(id)'s disk is full")
        machine.disk.isFull = true
        world.after(pause) { machine.disk.isFull = false }
    }

    /// Asks some node to hand some shard over, to any that keeps it: only who leads it and finds the heir ready does.
    func transferSome() {
        guard let node = anyNode(), let log = machines[node.id]?.log else { return }
        let led = (0..<map.shardCount).map { ShardID($0) }.filter { log.leader(of: $0) == node.id }
        guard !led.isEmpty else { return }
        let shard = led[world.random { Int($0.pick(0...Int64(led.count - 1))) }]
        let heirs = map.replicas(of: shard).filter { $0 != node.id }
        guard !heirs.isEmpty else { return }
        log.transfer(shard, to: heirs[world.random { Int($0.pick(0...Int64(heirs.count - 1))) }])
    }

    func failNextSync(of id: NodeID) { machines[id]?.disk.failsNextSync = true }

    /// Starts the check of promise 4 across queues. A word needs a commit and a link each way, and a lost one is said
    /// again after two seconds: between shards that had no such time in peace nothing is promised.
    ///
    /// - Parameter followed: the keys of queues and agents whose decisions go into the trace.
    func watchOrder(following followed: Set<String>) {
        let isQuick = settings.longestCommit <= .milliseconds(6) && settings.slowSyncs == 0
        OrderLedger.begin(
            now: { [world] in world.now },
            isPrompt: { [self] one, other in
                guard isQuick else { return false }
                // Between any two of the nodes that may lead or vote: a change of leaders is trouble, too.
                let nodes = Set(map.replicas(of: map.shard(of: one)) + map.replicas(of: map.shard(of: other)))
                var trouble = nodes.compactMap { machines[$0]?.started }.max() ?? .zero
                for entity in [one, other] {
                    let shard = map.shard(of: entity)
                    trouble = max(
                        trouble, ledger.lastChange(of: shard), ledger.lastHeldUp(of: shard), placedAt[shard] ?? .zero)
                }
                for left in nodes {
                    for right in nodes { trouble = max(trouble, network.lastTrouble(between: left, and: right)) }
                }
                return world.now - trouble > AgentState.reannouncement + .seconds(3)
            }, following: followed, show: { [world] in world.show($0) })
    }

    /// Writes down the groups that nobody leads: for the log of a run that does not end.
    func noteLeaderless() {
        for id in nodeIDs {
            machines[id]?.log?.status { [world] groups in
                for (shard, group) in groups.sorted(by: { $0.key < $1.key }) where group.leader == nil {
                    world.note(
                        "\(id) shard \(shard): \(group.role) term \(group.term) last \(group.last) commit \(group.commit) "
                            + "durable \(group.durable) \(group.condition) \(group.configuration) as \(group.id)")
                }
            }
        }
        world.run(until: world.now + .milliseconds(1)) { false }
    }

    /// The end of the run: everything holds everything else here, and thousands of runs share a process.
    func end() {
        for machine in machines.values {
            if machine.running != nil { count(machine) }
            machine.running?.node.stop()
        }
        machines = [:]
        onStart = { _ in }
        onCrash = { _ in }
        network.end()
        world.end()
    }

    /// Two replicas that have taken in the same records and hold something else, if there are any.
    func differingReplicas() -> String? {
        let found = Digests()
        for node in alive { node.digests { found.take($0, of: node.id) } }
        return found.difference
    }

    /// A node that does not take another one for alive, though both run; nil when all views are right.
    func wrongMembership() -> String? {
        for node in alive {
            let seen = node.membership.members
            for peer in alive where seen.first(where: { $0.id == peer.id })?.status != .alive {
                return "membership: \(node.id) does not see that \(peer.id) is alive"
            }
        }
        return nil
    }

    /// Proof for `@unchecked Sendable`: filled synchronously on the simulator's thread.
    private final class Digests: @unchecked Sendable {
        private var known: [ShardID: [UInt64: (hash: UInt64, node: NodeID)]] = [:]
        private(set) var difference: String?

        func take(_ digest: ShardDigest, of node: NodeID) {
            guard let other = known[digest.shard]?[digest.index] else {
                known[digest.shard, default: [:]][digest.index] = (digest.hash, node)
                return
            }
            guard other.hash != digest.hash, difference == nil else { return }
            difference = "replicas: \(other.node) and \(node) differ in shard \(digest.shard) at index \(digest.index)"
        }
    }

    /// Takes note of groups that are somewhere else than before, or on their way.
    private func lookAtMap() {
        let map = map
        guard map.epoch != seenMap?.epoch else { return }
        for group in map.groups
        where seenMap.map({ $0.replicas(of: group) != map.replicas(of: group) }) ?? true || map.target(of: group) != nil
        {
            placedAt[group] = world.now
        }
        seenMap = map
    }

    func inspect() -> ClusterSnapshot {
        lookAtMap()
        let snapshot = ClusterSnapshot(
            map: map, started: machines.mapValues(\.started), newestTerm: { [ledger] in ledger.newestTerm(of: $0) })
        for id in nodeIDs where machines[id]?.running != nil {
            machines[id]?.log?.terms { snapshot.take($0, of: id) }
            machines[id]?.log?.configurations { [ledger] in for led in $0 { ledger.leads(led, on: id) } }
        }
        for node in alive {
            node.inspect(since: { [self] in inspected[node.id]?[$0] }) { [self] inspection in
                inspected[node.id, default: [:]][inspection.shard] = inspection
                snapshot.take(inspection, of: node.id)
            }
        }
        return snapshot
    }
}
