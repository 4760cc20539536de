internal import Cluster
public import Primitives
internal import Routing

/// One seed: a drawn centre on a drawn cluster with drawn faults, checked while it runs; then everything calms down
/// and must come to an end.
public struct SimulationRun {
    public struct Settings: Sendable {
        /// Virtual time with faults.
        public var faults = Span.seconds(90)
        /// Virtual time for everything to end once faults stop and nothing that was refused too often rests.
        public var patience = Span.seconds(240)
        public var isFaultFree = false
        /// Full, failing and decaying disks in this run whatever the seed draws; otherwise every other seed has them.
        public var alwaysDiskFaults = false
        public var planted: PlantedBug?
        /// Keys of queues and agents whose every decision is written into the trace.
        public var followed: Set<String> = []

        public init(isFaultFree: Bool = false, planted: PlantedBug? = nil) {
            self.isFaultFree = isFaultFree
            self.planted = planted
        }
    }

    public struct Report: Sendable {
        public let seed: UInt64
        public let violation: String?
        public let traceHash: UInt64
        public let commands: UInt64
        public let frames: UInt64
        public let virtualTime: Span
        public let faults: [String: UInt64]
        /// What the nodes' logs did with snapshots.
        public let snapshots: [String: UInt64]
        /// Registers of whose history nothing is known: looking for an order took too long.
        public let undecided: Int
        /// How often a node was told that it leads a shard.
        public let leaderships: UInt64
        public let accepted: Int
        public let ended: [String: Int]
        /// The newest lines of the event log.
        public let trace: [String]
    }

    private let seed: UInt64
    private let settings: Settings
    private let world: SimulatedWorld
    private let cluster: SimulatedCluster
    private let centre: SimulatedCentre
    private let registers: RegisterClients
    private let clockError: Span
    private var wipes: Bool
    /// Shards move, and nodes are emptied.
    private var moves = false
    /// Two nodes learn from each other from the beginning.
    private var hasLearners = false
    /// Disks are full, fail and go bad, too.
    private var hasDiskFaults = false
    /// The node whose disk goes bad, by its place.
    private var decaying: Int?
    /// Whether every record has copies on other nodes from the beginning.
    private var hasCopies = false

    public init(seed: UInt64, settings: Settings = Settings()) {
        self.seed = seed
        self.settings = settings
        world = SimulatedWorld(seed: seed)
        var cluster = SimulatedCluster.Settings()
        var centre = SimulatedCentre.Settings()
        cluster.planted = settings.planted
        if settings.isFaultFree {
            cluster.longestCommit = .zero
            centre.isUnruly = false
            wipes = false
        } else {
            cluster.shardCount = [4, 16, 64][Int(world.random { $0.pick(0...2) })]
            cluster.longestCommit = world.chance(300) ? .zero : world.span(200...8_000)
            // In some runs who was away for a moment needs a snapshot.
            let isShort = world.chance(300)
            cluster.snapshotBytes = Int(world.random { $0.pick(1_000...(isShort ? 4_000 : 60_000)) })
            cluster.checkEvery = UInt64(world.random { $0.pick(1...200) })
            cluster.trailingEntries = UInt64(world.random { $0.pick(0...(isShort ? 10 : 200)) })
            // With the larger offsets some nodes are so far from the others that they should not lead.
            let isClockOff = world.chance(100)
            cluster.clockOffset = world.random { isClockOff ? $0.pick(500_000...3_000_000) : $0.pick(0...200_000) }
            cluster.clockDrift = world.random { $0.pick(0...500) }
            centre.queues = Int(world.random { $0.pick(1...4) })
            centre.agents = Int(world.random { $0.pick(2...6) })
            centre.conversations = Int(world.random { $0.pick(10...50) })
            cluster.replicationFactor = world.chance(300) ? 1 : 3
            wipes = cluster.replicationFactor == 1 && world.chance(600)
            // A wiped disk takes the registry with it where that has one copy.
            if settings.planted?.concernsPlaces ?? false { wipes = false }
            if !wipes {
                // Two of which one learns, if somebody asks for it; others may join them.
                let areTwo = cluster.replicationFactor == 1 && world.chance(600)
                cluster.nodes = areTwo ? 2 : Int(world.random { $0.pick(3...5) })
                hasLearners = areTwo && world.chance(800)
                moves = areTwo || world.chance(500) || settings.planted?.concernsPlaces ?? false
            }
            if world.chance(500) || settings.alwaysDiskFaults {
                hasDiskFaults = true
                cluster.slowSyncs = Int(world.random { $0.pick(0...10) })
                // The disk of one node only goes bad: of everything two good copies are left.
                let node = Int(world.random { $0.pick(0...Int64(min(2, cluster.nodes - 1))) })
                hasCopies = cluster.replicationFactor == 3
                if hasCopies || cluster.nodes == 2 { decaying = node }
            }
        }
        clockError = .microseconds(cluster.clockOffset + 200_000)
        self.cluster = SimulatedCluster(world: world, settings: cluster)
        self.centre = SimulatedCentre(cluster: self.cluster, settings: centre)
        registers = RegisterClients(calls: self.centre.calls, world: world)
    }

    public func run() -> Report {
        let begin = world.now
        cluster.watchOrder(following: settings.followed)
        cluster.onStart = { [centre] node in for desktop in centre.desktops { desktop.attach(to: node) } }
        for id in cluster.nodeIDs { cluster.start(id) }
        centre.open()
        registers.open(until: begin + settings.faults)
        let state = Progress()
        if !settings.isFaultFree { scheduleFaults(until: begin + settings.faults, state) }
        if hasLearners { pair(until: begin + settings.faults, state) }
        check(state)
        world.run(until: begin + settings.faults) { state.violation != nil || (settings.isFaultFree && centre.isOver) }
        if state.violation == nil { finish(state) }
        centre.calls.isClosed = true
        cluster.end()
        return report(state, begin)
    }

    /// Proof for `@unchecked Sendable`: used on the simulator's one thread.
    private final class Progress: @unchecked Sendable {
        var violation: String?
        var faults: [String: UInt64] = [:]
        var isCalm = false
    }

    private func pair(until end: Instant, _ state: Progress) {
        world.after(world.span(500_000...5_000_000)) { [self] in
            guard world.now < end, !state.isCalm else { return }
            cluster.pair()
            pair(until: end, state)
        }
    }

    /// Faults stop, every node runs: everything that was acknowledged must end, and the logs must agree.
    private func finish(_ state: Progress) {
        state.isCalm = true
        world.note("calm")
        cluster.network.delays = SimulatedNetwork.Delays()
        for id in cluster.nodeIDs { cluster.start(id) }
        if cluster.wipes > 0 { centre.configure() }
        centre.calmDown()
        centre.runToEnd(within: settings.patience) { state.violation != nil }
        guard state.violation == nil else { return }
        guard centre.isOver else {
            let open = centre.customers.filter { !$0.isOver }.map(\.id).sorted()
            state.violation =
                toldWrongly ?? "promise 1: not ended though faults are over: \(open.prefix(5)) of \(open.count)"
            cluster.noteLeaderless()
            cluster.noteUnsettled()
            for line in cluster.inspect().summary(of: Array(open.prefix(5))) { world.note(line) }
            return
        }
        // Moves that were under way come to their end, too.
        let end = world.now + settings.patience
        // Looked at now and then: it is a look at everything.
        while state.violation == nil, world.now < end, !cluster.isPlaced {
            world.run(until: world.now + .milliseconds(200)) { state.violation != nil }
        }
        world.run(until: world.now + .seconds(20)) { state.violation != nil }
        state.violation =
            cluster.ledger.violation ?? cluster.differingReplicas() ?? cluster.wrongMembership()
            ?? cluster.misplaced() ?? toldWrongly
        let left = cluster.inspect()
        for agent in left.agents.values.sorted(by: { $0.id < $1.id }) where !agent.slots.isEmpty {
            state.violation =
                state.violation ?? "I4: \(agent.id) holds at the end \(agent.slots.map { "\($0.ticket) \($0.state)" })"
        }
        for queue in left.queues.values.sorted(by: { $0.id < $1.id }) where !queue.tickets.isEmpty {
            state.violation = state.violation ?? "I4: \(queue.id) holds \(queue.tickets.keys.sorted()) at the end"
        }
    }

    /// What a client was told and must not have been. A log that began anew keeps no promise about the old one.
    private var toldWrongly: String? { cluster.wipes > 0 ? nil : registers.firstViolation() }

    private func check(_ state: Progress) {
        world.after(world.span(4_000...160_000)) { [self] in
            guard state.violation == nil else { return }
            let snapshot = cluster.inspect()
            let checker = InvariantChecker(snapshot: snapshot, now: world.now, clockError: clockError)
            state.violation =
                cluster.ledger.violation ?? OrderLedger.takeViolations().first ?? centre.snooper.violation
                ?? checker.firstViolation()
            if !state.isCalm, !settings.isFaultFree, world.chance(200) { centre.snooper.guess(snapshot) }
            check(state)
        }
    }

    private func scheduleFaults(until end: Instant, _ state: Progress) {
        // Some runs have long calm stretches: what is promised between prompt shards only shows there.
        let isCalmer = world.chance(250)
        let pause = world.random { $0.pick(isCalmer ? 10_000_000...25_000_000 : 300_000...4_000_000) }
        // Half of the runs keep links prompt while they are up, so that promise 4 across queues is checked at length.
        if world.chance(500) {
            cluster.network.delays.spikePerThousand = Int(world.random { $0.pick(0...30) })
            cluster.network.delays.softLossPerThousand = Int(world.random { $0.pick(0...300) })
        }
        // The first comes early: no run with faults is without one.
        nextFault(until: end, after: 0...10_000_000, pause, state)
    }

    private func nextFault(until end: Instant, after wait: ClosedRange<Int64>, _ pause: Int64, _ state: Progress) {
        world.after(world.span(wait)) { [self] in
            guard world.now < end, !state.isCalm else { return }
            // Half of the faults come while clients are busy with one register.
            let isBusy = world.chance(500)
            if isBusy { registers.burst() }
            world.after(isBusy ? world.span(2_000...30_000) : .zero) { [self] in strike(state) }
            nextFault(until: end, after: pause / 4...pause * 2, pause, state)
        }
    }

    private func strike(_ state: Progress) {
        guard !state.isCalm else { return }
        if moves, world.chance(300) {
            let kind = world.chance(150) ? cluster.joinSome() : cluster.placeSome()
            state.faults[kind, default: 0] += 1
        } else if world.chance(250) {
            state.faults["transfer", default: 0] += 1
            for _ in 0...world.random({ $0.pick(0...3) }) { cluster.transferSome() }
        } else if hasDiskFaults, world.chance(150), let node = cluster.anyNode() {
            if world.chance(500) {
                state.faults["full", default: 0] += 1
                cluster.fillDisk(of: node.id, for: world.span(100_000...6_000_000))
            } else {
                state.faults["failedSync", default: 0] += 1
                cluster.failNextSync(of: node.id)
            }
        } else if world.chance(650) {
            if let link = cluster.network.anyLink() {
                state.faults["cut", default: 0] += 1
                cluster.network.cut(link, reconnect: true, after: world.span(1_000...3_000_000))
            }
        } else if let node = cluster.anyNode() {
            if world.chance(250) {
                state.faults["pause", default: 0] += 1
                cluster.pause(node.id, for: world.span(100_000...8_000_000))
            } else if world.chance(250) {
                state.faults["drain", default: 0] += 1
                node.drain()
                world.after(world.span(50_000...3_000_000)) { [self] in
                    if !state.isCalm, cluster.node(node.id) === node { crash(node.id, state) }
                }
            } else {
                crash(node.id, state)
            }
        }
    }

    private func crash(_ id: NodeID, _ state: Progress) {
        let wipe = wipes && world.chance(400)
        let mayDecay = decaying.map { cluster.nodeIDs[$0] == id } ?? false && world.chance(500)
        let decays = mayDecay && (hasCopies || cluster.isMirrored(id))
        state.faults[wipe ? "wipe" : decays ? "decay" : "crash", default: 0] += 1
        cluster.crash(id, wipe: wipe, decay: decays)
        world.after(world.span(10_000...5_000_000)) { [self] in
            cluster.start(id)
            if wipe { centre.configure() }
        }
    }

    private func report(_ state: Progress, _ begin: Instant) -> Report {
        var ended: [String: Int] = [:]
        for customer in centre.customers {
            ended[customer.endReason?.description ?? (customer.isLostByWipe ? "lostByWipe" : "open"), default: 0] += 1
        }
        return Report(
            seed: seed, violation: state.violation, traceHash: world.traceHash, commands: centre.calls.calls,
            frames: cluster.network.frames, virtualTime: world.now - begin, faults: state.faults,
            snapshots: [
                "stored": cluster.snapshots.stored, "sent": cluster.snapshots.sent,
                "installed": cluster.snapshots.installed,
            ],
            undecided: registers.undecided, leaderships: cluster.ledger.leaderships,
            accepted: centre.desktops.reduce(0) { $0 + $1.accepted },
            ended: ended, trace: world.trace)
    }
}
