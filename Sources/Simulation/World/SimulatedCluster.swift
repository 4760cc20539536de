internal import Cluster
internal import ContactCentre
internal import Primitives
internal import Routing

/// Several whole nodes on one thread: the code that production runs, in a world that a seed decides.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class SimulatedCluster: @unchecked Sendable {
    struct Settings {
        var nodes = 3
        var shardCount: UInt32 = 16
        /// Longest time for a record to become durable.
        var longestCommit = Span.milliseconds(3)
        /// Largest difference of a clock from virtual time, and its rate in parts per million.
        var clockOffset: Int64 = 0
        var clockDrift: Int64 = 0
        var planted: PlantedBug?
    }

    private final class Machine {
        let id: NodeID
        let clock: SimulatedClock
        let log: SimulatedLog
        var life: NodeLife
        var incarnation: UInt64
        var running: (node: ClusterNode, follower: CentreFollower)?
        var started = Instant.zero

        init(id: NodeID, clock: SimulatedClock, log: SimulatedLog, life: NodeLife, incarnation: UInt64) {
            self.id = id
            self.clock = clock
            self.log = log
            self.life = life
            self.incarnation = incarnation
        }
    }

    let world: SimulatedWorld
    let network: SimulatedNetwork
    let settings: Settings
    let map: ShardMap
    private var machines: [NodeID: Machine] = [:]
    private(set) var crashes: UInt64 = 0
    private(set) var wipes: UInt64 = 0
    /// Called when a node starts, so that clients can attach to it.
    var onStart: (ClusterNode) -> Void = { _ in }
    var onCrash: (NodeID) -> Void = { _ in }

    init(world: SimulatedWorld, settings: Settings) {
        self.world = world
        self.settings = settings
        network = SimulatedNetwork(world: world)
        let ids = (1...settings.nodes).map { NodeID("n\($0)") }
        map = ShardMap(shardCount: settings.shardCount, nodes: ids)
        for id in ids {
            let life = NodeLife()
            let offset = world.random { Span.microseconds($0.pick(-settings.clockOffset...settings.clockOffset)) }
            let drift = world.random { $0.pick(-settings.clockDrift...settings.clockDrift) }
            machines[id] = Machine(
                id: id, clock: SimulatedClock(world: world, offset: offset, drift: drift),
                log: SimulatedLog(world: world, life: life, longest: settings.longestCommit), life: life,
                incarnation: 1)
        }
    }

    var nodeIDs: [NodeID] { map.nodes }
    var alive: [ClusterNode] { nodeIDs.compactMap { machines[$0]?.running?.node } }
    func node(_ id: NodeID) -> ClusterNode? { machines[id]?.running?.node }

    /// Some node that runs.
    func anyNode() -> ClusterNode? {
        let nodes = alive
        return nodes.isEmpty ? nil : nodes[world.random { Int($0.pick(0...Int64(nodes.count - 1))) }]
    }

    func start(_ id: NodeID) {
        guard let machine = machines[id], machine.running == nil else { return }
        world.note("start \(id)")
        var table = MethodTable()
        table.register(CentreState.self)
        table.register(OrderCheckedQueue.self)
        table.register(OrderCheckedAgent.self)
        table.register(ConversationState.self)
        let node = ClusterNode(
            .init(
                cluster: "simulated", node: id, map: map, table: table, incarnation: machine.incarnation,
                planted: settings.planted),
            world: NodeWorld(
                clock: machine.clock, loops: [SimulatedLoop(world: world, life: machine.life)], log: machine.log,
                seed: world.random { $0.next() }))
        let follower = CentreFollower(node: node)
        machine.running = (node, follower)
        machine.started = world.now
        node.start(transport: SimulatedTransport(network: network, node: id, life: machine.life))
        follower.start()
        network.attach(node)
        onStart(node)
    }

    /// The process is gone; its log keeps what was durable, or nothing when it is wiped.
    func crash(_ id: NodeID, wipe: Bool = false) {
        guard let machine = machines[id], let running = machine.running else { return }
        world.note(wipe ? "crash and wipe \(id)" : "crash \(id)")
        crashes += 1
        machine.life.end()
        machine.running = nil
        let map = map
        OrderLedger.record { $0.forget { map.owner(of: $0.entity) == id } }
        machine.log.crash()
        network.detach(id)
        running.node.stop()
        machine.life = NodeLife()
        if wipe {
            wipes += 1
            machine.incarnation += 1
        }
        machine.log.restart(machine.life, wiped: wipe)
        onCrash(id)
    }

    /// Starts the check of promise 4 across queues. A word needs a commit and a link each way, and a lost one is said
    /// again after two seconds: between shards that had no such time in peace nothing is promised.
    func watchOrder() {
        let isQuick = settings.longestCommit <= .milliseconds(6)
        OrderLedger.begin(
            now: { [world] in world.now },
            isPrompt: { [self] one, other in
                guard isQuick else { return false }
                let (left, right) = (map.owner(of: one), map.owner(of: other))
                let starts = [left, right].compactMap { machines[$0]?.started }.max() ?? .zero
                let trouble = max(starts, network.lastTrouble(between: left, and: right))
                return world.now - trouble > AgentState.reannouncement + .milliseconds(500)
            })
    }

    func inspect() -> ClusterSnapshot {
        let snapshot = ClusterSnapshot(map: map, started: machines.mapValues(\.started))
        for node in alive { node.inspect { inspection in snapshot.take(inspection) } }
        return snapshot
    }
}

/// The committed state of every shard whose node runs.
///
/// Proof for `@unchecked Sendable`: filled synchronously on the simulator's thread.
final class ClusterSnapshot: @unchecked Sendable {
    let map: ShardMap
    private(set) var shards: [ShardID: ShardInspection] = [:]
    private(set) var queues: [QueueID: QueueState] = [:]
    private(set) var agents: [AgentID: AgentState] = [:]
    private(set) var conversations: [ConversationID: ConversationState] = [:]

    /// When each node last started.
    private let started: [NodeID: Instant]

    init(map: ShardMap, started: [NodeID: Instant]) {
        self.map = map
        self.started = started
    }

    func start(of entity: EntityID) -> Instant { started[map.owner(of: entity)] ?? .zero }

    func take(_ inspection: ShardInspection) {
        shards[inspection.shard] = inspection
        for entity in inspection.entities.values {
            switch entity {
            case let queue as OrderCheckedQueue: queues[queue.state.id] = queue.state
            case let agent as OrderCheckedAgent: agents[agent.state.id] = agent.state
            case let conversation as ConversationState: conversations[conversation.id] = conversation
            default: break
            }
        }
    }

    func shard(of entity: EntityID) -> ShardInspection? { shards[map.shard(of: entity)] }

    /// True when both shards run, know each other's epoch, and nothing is under way between them or uncommitted.
    func isSettled(_ one: EntityID, _ other: EntityID) -> Bool {
        guard let left = shard(of: one), let right = shard(of: other) else { return false }
        guard !left.isCommitting, !right.isCommitting else { return false }
        guard !left.unsettled.contains(right.shard), !right.unsettled.contains(left.shard) else { return false }
        return knows(left, right) && knows(right, left)
    }

    /// False while one has yet to learn that the other lost what it held.
    func knows(_ one: ShardInspection, _ other: ShardInspection) -> Bool {
        one.shard == other.shard || one.epochs[other.shard].map { $0 == other.epoch } ?? true
    }

    /// Where these conversations stand, and how the agents are: for the log of a run that does not end.
    func summary(of ids: [ConversationID]) -> [String] {
        var lines = ids.map { id -> String in
            guard let conversation = conversations[id] else { return "\(id): unknown" }
            let queued = queues[conversation.line]?.tickets[id]
            return "\(conversation.ticket) in \(conversation.line), leaving \(conversation.isLeaving), "
                + "owner \(conversation.owner?.agent.key ?? "-"), queue says \(queued.map { "\($0.ticket) \($0.state)" } ?? "nothing")"
        }
        for agent in agents.values.sorted(by: { $0.id < $1.id }) {
            lines.append(
                "\(agent.id): version \(agent.settings.version), on queue \(agent.onQueue), not responding "
                    + "\(agent.notResponding), queues \(agent.settings.queues), slots \(agent.slots.map { "\($0.ticket) \($0.state)" })"
            )
        }
        for queue in queues.values.sorted(by: { $0.id < $1.id }) {
            lines.append("\(queue.id): version \(queue.settings.version), members \(queue.settings.members)")
        }
        return lines
    }
}
