internal import Cluster
public import Primitives
internal import Routing

/// One queue, two agents and one conversation on three nodes; at two message boundaries something is done: an accept,
/// a decline, an abandon, a crash of the node that is about to receive. All pairs of boundaries and of actions.
public struct BoundarySweep {
    public enum Action: String, Sendable, CaseIterable {
        case accept
        case decline
        case abandon
        case crash
    }

    public struct Step: Sendable {
        public let boundary: Int
        public let action: Action

        public init(boundary: Int, action: Action) {
            self.boundary = boundary
            self.action = action
        }
    }

    public struct Report: Sendable {
        public let steps: [Step]
        public let violation: String?
        public let boundaries: Int
        public let trace: [String]
    }

    private let steps: [Step]
    private let world: SimulatedWorld
    private let cluster: SimulatedCluster
    private let centre: SimulatedCentre

    public init(_ steps: [Step], planted: PlantedBug? = nil) {
        self.steps = steps
        world = SimulatedWorld(seed: 1)
        var settings = SimulatedCluster.Settings()
        settings.shardCount = Self.shardCount
        settings.longestCommit = .milliseconds(2)
        settings.planted = planted
        cluster = SimulatedCluster(world: world, settings: settings)
        var desk = SimulatedCentre.Settings()
        (desk.queues, desk.agents, desk.conversations) = (1, 2, 1)
        (desk.arrivals, desk.isUnruly, desk.isPassive) = (.zero, false, true)
        centre = SimulatedCentre(cluster: cluster, settings: desk)
    }

    /// The smallest shard count that puts queue, agent and conversation on three different nodes.
    private static let shardCount: UInt32 = {
        let nodes = ["n1", "n2", "n3"].map { NodeID($0) }
        let entities = [QueueID("q1").entity, AgentID("a1").entity, ConversationID("c1").entity]
        let counts: [UInt32] = [4, 8, 16, 32, 64, 128, 256]
        return counts.first { count in
            Set(entities.map { ShardMap(shardCount: count, nodes: nodes).preferredLeader(of: $0) }).count == 3
        } ?? 64
    }()

    /// Every pair of boundaries below `count`, with every pair of actions.
    public static func pairs(below count: Int) -> [[Step]] {
        var pairs: [[Step]] = []
        for first in 0..<count {
            for second in first..<count {
                for one in Action.allCases {
                    for other in Action.allCases {
                        pairs.append([Step(boundary: first, action: one), Step(boundary: second, action: other)])
                    }
                }
            }
        }
        return pairs
    }

    /// Proof for `@unchecked Sendable`: used on the simulator's one thread.
    private final class Progress: @unchecked Sendable {
        var boundaries = 0
        var violation: String?
    }

    public func run() -> Report {
        defer { cluster.end() }
        let progress = Progress()
        cluster.watchOrder(following: [])
        cluster.onStart = { [centre] node in for desktop in centre.desktops { desktop.attach(to: node) } }
        for id in cluster.nodeIDs { cluster.start(id) }
        cluster.network.beforeDelivery = { [self] frame, node in
            guard frame.type == .stream, !centre.customers.isEmpty else { return }
            for step in steps where step.boundary == progress.boundaries { act(step.action, at: node) }
            progress.boundaries += 1
        }
        centre.open()
        check(progress)
        world.run(until: world.now + .seconds(12)) { progress.violation != nil }
        centre.calmDown()
        centre.runToEnd(within: .seconds(90)) { progress.violation != nil }
        if progress.violation == nil, !centre.isOver {
            progress.violation = "promise 1: the conversation does not end"
            for line in cluster.inspect().summary(of: [ConversationID("c1")]) { world.note(line) }
        }
        world.run(until: world.now + .seconds(5)) { progress.violation != nil }
        for agent in cluster.inspect().agents.values.sorted(by: { $0.id < $1.id }) where !agent.slots.isEmpty {
            progress.violation = progress.violation ?? "I4: \(agent.id) holds slots at the end"
        }
        centre.calls.isClosed = true
        return Report(
            steps: steps, violation: progress.violation, boundaries: progress.boundaries, trace: world.trace)
    }

    private func act(_ action: Action, at node: NodeID) {
        world.note("at a boundary: \(action.rawValue)")
        switch action {
        case .accept: for desktop in centre.desktops { desktop.answerNow(accepting: true) }
        case .decline: for desktop in centre.desktops { desktop.answerNow(accepting: false) }
        case .abandon: for customer in centre.customers { customer.leave() }
        case .crash:
            cluster.crash(node)
            world.after(.milliseconds(150)) { [cluster] in cluster.start(node) }
        }
    }

    private func check(_ progress: Progress) {
        world.after(.milliseconds(20)) { [self] in
            guard progress.violation == nil else { return }
            let checker = InvariantChecker(snapshot: cluster.inspect(), now: world.now, clockError: .milliseconds(200))
            progress.violation =
                cluster.ledger.violation ?? OrderLedger.takeViolations().first ?? checker.firstViolation()
            check(progress)
        }
    }
}
