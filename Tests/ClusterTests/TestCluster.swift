import Cluster
import Primitives
import Testing

/// Whole nodes over links on which the test delivers every frame by hand.
///
/// Proof for `@unchecked Sendable`: made, used and dropped by one synchronous test, which never leaves its thread.
final class TestCluster: @unchecked Sendable {
    struct Post: Equatable {
        let from: NodeID
        let to: NodeID
        let linkClass: LinkClass
        let frame: Frame
    }

    struct Told: Equatable {
        let node: NodeID
        let call: TracedCall
    }

    private final class Machine {
        let log: TestLog
        var incarnation: UInt64 = 1
        var lives: UInt64 = 0
        var running: (node: ClusterNode, loop: TestLoop)?
        init(log: TestLog) { self.log = log }
    }

    let world = TestWorld()
    let map: ShardMap
    /// Frames under way, in order.
    private(set) var posts: [Post] = []
    /// What nodes told of calls that they served for traced requests.
    private(set) var traced: [Told] = []
    private var machines: [NodeID: Machine] = [:]
    private var cut: Set<NodeID> = []

    init(nodes: Int, shardCount: UInt32 = 8) {
        let ids = (1...nodes).map { NodeID("n\($0)") }
        map = ShardMap(shardCount: shardCount, nodes: ids)
        for id in ids { machines[id] = Machine(log: TestLog(map: map)) }
        for id in ids { start(id) }
        settle()
    }

    // MARK: nodes

    private func machine(_ id: NodeID) -> Machine {
        guard let machine = machines[id] else { preconditionFailure("there is no \(id)") }
        return machine
    }

    func log(_ id: NodeID) -> TestLog { machine(id).log }

    func node(_ id: NodeID) -> ClusterNode {
        guard let running = machine(id).running else { preconditionFailure("\(id) does not run") }
        return running.node
    }

    func start(_ id: NodeID) {
        let machine = machine(id)
        machine.lives += 1
        var table = MethodTable()
        table.register(Counter.self)
        let loop = TestLoop(world: world)
        var settings = ClusterNode.Settings(
            cluster: "test", node: id, map: map, table: table, incarnation: machine.incarnation)
        settings.traced = { [weak self] call in self?.traced.append(Told(node: id, call: call)) }
        let node = ClusterNode(
            settings,
            world: NodeWorld(clock: TestClock(world: world), loops: [loop], log: machine.log, seed: machine.lives))
        machine.running = (node, loop)
        node.start(transport: TestTransport(cluster: self, from: id))
        for peer in map.nodes where peer != id { connect(id, peer) }
    }

    /// The process ends without a word; with `wipe` its disk is empty when it comes back, in a new incarnation.
    func crash(_ id: NodeID, wipe: Bool = false) {
        let machine = machine(id)
        machine.running?.loop.end()
        machine.running?.node.stop()
        machine.running = nil
        if wipe {
            machine.log.wipe()
            machine.incarnation += 1
        } else {
            machine.log.crash()
        }
        posts.removeAll { $0.from == id || $0.to == id }
        for peer in map.nodes where peer != id { tellDown(peer, id) }
    }

    // MARK: links

    private func isUp(_ one: NodeID, _ other: NodeID) -> Bool {
        machines[one]?.running != nil && machines[other]?.running != nil && !cut.contains(one) && !cut.contains(other)
    }

    private func connect(_ one: NodeID, _ other: NodeID) {
        guard isUp(one, other) else { return }
        for linkClass in LinkClass.allCases {
            node(one).linkUp(node(other).hello(linkClass))
            node(other).linkUp(node(one).hello(linkClass))
        }
    }

    private func tellDown(_ id: NodeID, _ peer: NodeID) {
        guard let node = machines[id]?.running?.node else { return }
        for linkClass in LinkClass.allCases { node.linkDown(peer, linkClass, reason: "cut") }
    }

    /// The links of a node are cut; what was under way on them is lost.
    func cutOff(_ id: NodeID) {
        guard cut.insert(id).inserted else { return }
        posts.removeAll { $0.from == id || $0.to == id }
        for peer in map.nodes where peer != id {
            tellDown(peer, id)
            tellDown(id, peer)
        }
    }

    func heal(_ id: NodeID) {
        cut.remove(id)
        for peer in map.nodes where peer != id { connect(id, peer) }
    }

    fileprivate func post(_ frame: Frame, from: NodeID, to: NodeID, on linkClass: LinkClass) -> Bool {
        guard isUp(from, to) else { return false }
        posts.append(Post(from: from, to: to, linkClass: linkClass, frame: frame))
        return true
    }

    func deliver(_ post: Post) {
        machines[post.to]?.running?.node.received([post.frame], from: post.from, on: post.linkClass)
        world.drain()
    }

    /// Takes the frames under way off the links.
    func takePosts(where isMeant: (Post) -> Bool = { _ in true }) -> [Post] {
        let meant = posts.filter(isMeant)
        posts.removeAll(where: isMeant)
        return meant
    }

    /// Delivers everything, and what follows from it.
    func settle() {
        for _ in 0..<10_000 {
            world.drain()
            guard !posts.isEmpty else { return }
            deliver(posts.removeFirst())
        }
        Issue.record("the nodes go on talking for ever")
    }

    // MARK: calls

    /// A counter that this node leads; `skip` of them are passed over.
    func counter(on id: NodeID, skip: Int = 0) -> EntityID {
        let found = (0..<10_000).lazy.map { EntityID(.queue, "k\($0)") }.filter {
            self.map.preferredLeader(of: $0) == id
        }
        return found.dropFirst(skip).first ?? EntityID(.queue, "none")
    }

    /// The node that leads an entity's shard here.
    private func home(of entity: EntityID) -> NodeID {
        guard let node = map.preferredLeader(of: entity) else { preconditionFailure("\(entity) lives nowhere") }
        return node
    }

    @discardableResult
    func call(
        _ command: CounterCommand, _ entity: EntityID, from id: NodeID? = nil, key: RequestKey? = nil,
        patience: Span = .seconds(5), trace: TraceContext = .none
    ) -> Answer {
        let answer = Answer()
        let context = CallContext(key: key, patience: patience, trace: trace)
        node(id ?? home(of: entity)).submit(command, to: entity, context: context) { answer.take($0) }
        world.drain()
        return answer
    }

    /// What is committed of a counter.
    func committed(_ entity: EntityID) -> Counter? {
        let found = Found()
        node(home(of: entity)).inspect { inspection in
            if let counter = inspection.entities[entity] as? Counter { found.counter = counter }
        }
        return found.counter
    }

    /// Proof for `@unchecked Sendable`: filled before ``committed(_:)`` returns, on the same thread.
    private final class Found: @unchecked Sendable { var counter: Counter? }
}

/// Proof for `@unchecked Sendable`: used only through a ``TestCluster``, by one synchronous test.
private final class TestTransport: Transport, @unchecked Sendable {
    private unowned let cluster: TestCluster
    private let from: NodeID

    init(cluster: TestCluster, from: NodeID) {
        self.cluster = cluster
        self.from = from
    }

    func send(_ frame: Frame, to peer: NodeID, on linkClass: LinkClass) -> Bool {
        cluster.post(frame, from: from, to: peer, on: linkClass)
    }
}
