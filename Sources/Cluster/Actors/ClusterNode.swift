public import Membership
public import Primitives
internal import Synchronization

/// One node of the cluster: the shards that it leads, the calls that it makes, its links. Owns no socket and no file;
/// the world is injected, so that the simulator runs whole nodes on one thread.
public final class ClusterNode: Sendable {
    /// What a node is told at its start.
    public struct Settings: Sendable {
        public var cluster: String
        public var node: NodeID
        public var map: ShardMap
        public var table: MethodTable
        /// The recovery epoch of shards that start without a log; larger than any before.
        public var incarnation: UInt64
        /// Higher at each start than ever before: the node's incarnation in gossip.
        public var life: UInt64
        /// What the node tells of itself.
        public var metadata = MemberMetadata()
        /// The number of its data directory (``NodeProfile/disk``).
        public var disk: UInt64 = 0
        public var swim = SwimSettings()
        /// Told when another node joins, is suspected, dies or leaves, as far as this one has heard.
        public var memberChanged: @Sendable (MemberChange) -> Void = { _ in }
        /// What a node keeps that has been away for so long is put on others; zero: never.
        public var replaceAfter = Span.zero
        /// Told when this node asks for that.
        public var replacing: @Sendable (NodeID) -> Void = { _ in }
        /// Told each time when the registry does not take what this node says of itself.
        public var announceRefused: @Sendable (ClusterRefusal) -> Void = { _ in }
        /// Entries of a shard between two comparisons of what its replicas hold.
        public var checkEvery: UInt64 = 4_096
        /// Told when a replica of this node holds something else than its leader does: one of the two is wrong. It does
        /// not lead then while another can.
        public var diverged: @Sendable (StateDivergence) -> Void = { _ in }
        /// Told of each call that this node served for a traced request, as far as ``TraceLimit`` lets it, before the answer
        /// leaves.
        public var traced: @Sendable (TracedCall) -> Void = { _ in }
        /// Always nil outside the simulator.
        public var planted: PlantedBug?

        public init(
            cluster: String, node: NodeID, map: ShardMap, table: MethodTable, incarnation: UInt64,
            planted: PlantedBug? = nil
        ) {
            self.cluster = cluster
            self.node = node
            self.map = map
            self.table = table
            self.incarnation = incarnation
            life = incarnation
            self.planted = planted
        }
    }

    /// How often deadlines and stalled streams are looked at.
    static let tick = Span.milliseconds(250)

    public let settings: Settings
    public let world: NodeWorld
    public let events: EventHub
    /// Who answers, in this node's view.
    public let membership: GossipDriver
    let calls: PendingCalls
    /// By number; nil for shards that this node does not keep.
    let shards: Mutex<[Shard?]> = Mutex([])
    /// Where shards are, as far as this node has heard.
    let currentMap: Mutex<ShardMap>
    let registry = RegistryAsking()
    let missing: Mutex<MissingNodes> = Mutex(MissingNodes())
    let port = TransportPort()
    /// What becomes of calls that are not simply carried out.
    let counts = CallCounts()
    /// How much may be said of traced requests.
    public let traces = TraceLimit()
    /// Spans that this node has named.
    let spans = Atomic<UInt64>(0)
    private let links: Mutex<[NodeID: Set<LinkClass>]> = Mutex([:])
    let isStopped = Atomic<Bool>(false)
    private let isDraining = Atomic<Bool>(false)

    public init(_ settings: Settings, world: NodeWorld) {
        self.settings = settings
        self.world = world
        calls = PendingCalls(from: StableHash.combine(world.seed, StableHash.of("calls")))
        currentMap = Mutex(settings.map)
        events = EventHub(node: settings.node, map: settings.map)
        membership = Self.gossip(settings, world) { [port] frame, peer in _ = port.send(frame, to: peer, on: .control) }
    }

    public var id: NodeID { settings.node }

    /// The node that leads a shard, as far as this one knows.
    public func leader(of shard: ShardID) -> NodeID? { world.log.leader(of: shard) }
    public func leader(of entity: EntityID) -> NodeID? { leader(of: settings.map.shard(of: entity)) }

    /// How many shards a node leads, as far as this one knows.
    public func shardsLed(by node: NodeID) -> Int {
        (0..<settings.map.shardCount).count { leader(of: ShardID($0)) == node }
    }

    /// The hello of this node for one class of link.
    public func hello(_ linkClass: LinkClass) -> Hello {
        Hello(
            cluster: settings.cluster, node: id, linkClass: linkClass, incarnation: settings.incarnation,
            methodTable: StableHash.combine(settings.table.hash, settings.map.founding),
            shardCount: settings.map.shardCount, disk: settings.disk)
    }

    /// Opens the shards that this node keeps. Call once, before the transport delivers.
    public func start(transport: any Transport) {
        port.open(transport)
        shards.withLock { $0 = [Shard?](repeating: nil, count: settings.map.groupCount) }
        open(settings.map.groups(on: id))
        world.log.start(
            send: { [weak self] frame, peer in
                let isBulk = frame.type == .snapshot || frame.type == .snapshotAnswer
                return self?.send(frame, to: peer, on: isBulk ? .bulk : .control) ?? false
            },
            telling: ShardLogListener(
                leadersChanged: { [weak self] shards in self?.resumeStreams { shards.contains($0) } },
                placed: { [weak self] in self?.placed($0) }, reached: { [weak self] in self?.reached($0, $1, $2) }))
        port.follow(map.members)
        membership.start()
        follow()
        scheduleTick()
    }

    /// This node is about to stop: it hands over the shards that it leads and goes on serving meanwhile. Nothing is lost
    /// when it stops before that is done; others then elect.
    public func drain() {
        isDraining.store(true, ordering: .relaxed)
        world.log.drain()
    }

    /// Whether ``drain()`` has been called.
    public var drains: Bool { isDraining.load(ordering: .relaxed) }

    /// Nothing leaves this node any more; what is under way fails.
    public func stop() {
        isStopped.store(true, ordering: .relaxed)
        world.log.stop()
        membership.stop()
        port.close()
        for peer in map.nodes { calls.fail(peer: peer) }
    }

    /// The nodes to which every class of link is up, this node included.
    public var connected: [NodeID] {
        let up = links.withLock { $0.filter { $0.value.count == LinkClass.allCases.count }.map(\.key) }
        return (up + [id]).sorted()
    }

    func noteLink(_ peer: NodeID, _ linkClass: LinkClass, isUp: Bool) {
        links.withLock { links in
            if isUp { links[peer, default: []].insert(linkClass) } else { links[peer]?.remove(linkClass) }
        }
    }

    private func scheduleTick() {
        world.loops[0].schedule(after: Self.tick) { [weak self] in
            guard let self, !isStopped.load(ordering: .relaxed) else { return }
            calls.expire(at: world.clock.now)
            for shard in shardsInOrder { shard.enter { $0.input { $0.tick(at: $1) } } }
            scheduleTick()
        }
    }

    var shardsInOrder: [Shard] { shards.withLock { $0.compactMap(\.self) } }

    func shard(_ id: ShardID) -> Shard? {
        shards.withLock { id.number < $0.count ? $0[Int(id.number)] : nil }
    }

    /// The executor to prefer in tasks that call an entity of this node; nil when this node does not keep it.
    public func executor(of entity: EntityID) -> CallerExecutor? {
        shard(settings.map.shard(of: entity))?.executor.callers
    }

    func send(_ frame: Frame, to peer: NodeID, on linkClass: LinkClass) -> Bool {
        port.send(frame, to: peer, on: linkClass)
    }

    /// Hashes of what this node's replicas hold, to compare them with those of other nodes. Each takes the time of a
    /// whole snapshot.
    public func digests(_ body: @escaping @Sendable (ShardDigest) -> Void) {
        for shard in shardsInOrder { shard.enter { if let digest = $0.digest() { body(digest) } } }
    }

    /// What is committed in the shards that this node leads, for invariant checks. Gives at once where all loops are
    /// one, as in the simulator.
    /// - Parameter known: what was seen of a shard before; what has not changed since is taken from it.
    public func inspect(
        since known: @escaping @Sendable (ShardID) -> ShardInspection? = { _ in nil },
        _ body: @escaping @Sendable (ShardInspection) -> Void
    ) {
        for shard in shardsInOrder {
            shard.enter { if let inspection = $0.inspect(since: known($0.id)) { body(inspection) } }
        }
    }
}

// MARK: calls
extension ClusterNode {
    /// Sends a command to an entity, wherever it lives; `complete` is called exactly once, on any loop.
    public func submit(
        _ command: any EntityCommand, to entity: EntityID, context: CallContext = CallContext(),
        complete: @escaping @Sendable (Result<CallAnswer, CallError>) -> Void
    ) {
        let shardID = settings.map.shard(of: entity)
        guard let leader = leader(of: shardID) else { return complete(.failure(.notExecuted(.notConnected))) }
        if leader == id, let shard = shard(shardID) {
            let key = context.key
            let isCurrent = shard.executor.loop.isCurrent
            let traced = traced(context.trace, .typed(command), to: entity, on: shardID, complete)
            let complete = isCurrent ? shard.executor.callers.counted(traced) : traced
            // A call that waits for its loop may come too late; one that is taken up at once cannot.
            let deadline = isCurrent ? Instant.distantFuture : world.clock.now + context.patience
            return shard.enter { shard in
                shard.input { core, now in
                    guard now <= deadline else { return core.refuse(.local(complete), .notExecuted(.expired)) }
                    core.request(entity, .typed(command), key: key, slot: .local(complete), at: now)
                }
            }
        }
        guard leader != id else { return complete(.failure(.notExecuted(.notHere))) }
        let deadline = world.clock.now + context.patience
        guard let request = calls.begin(.init(peer: leader, deadline: deadline, complete: complete)) else {
            return complete(.failure(.notExecuted(.overloaded)))
        }
        let key = command.isRead ? nil : context.key
        let frame = Frame(
            .call, method: type(of: command).method, request: request, shard: shardID,
            remainingMilliseconds: UInt32(clamping: max(1, context.patience.milliseconds)), trace: context.trace,
            payload: CallPayload.encode(entity: entity, key: key, command: command))
        if !send(frame, to: leader, on: .calls) {
            world.log.denied(shardID, by: leader, leader: nil)
            calls.end(request, .failure(.notExecuted(.notConnected)))
        }
    }

    /// Sends what somebody sends again or can do without.
    private func pass(_ frame: Frame, to leader: NodeID) {
        if !send(frame, to: leader, on: .calls) { world.log.denied(frame.shard, by: leader, leader: nil) }
    }

    /// Does what a shard wants done.
    func perform(_ effect: ShardEffect, of source: ShardID, epoch: UInt64) {
        switch effect {
        case .reply(.nobody, _): break
        case .reply(.local(let complete), let result): complete(result)
        case .reply(.remote(let peer, let request), let result): reply(result, to: peer, request: request, of: source)
        case .stream(let target, let payload): deliver(payload, to: target)
        case .mark(let target, let payload): deliver(payload, to: target)
        case .soft(let message): deliver(message)
        case .notices(let index, let notices):
            let batch = EventBatch(shard: source, epoch: epoch, index: index, notices: notices)
            events.publish(batch) { peer, frame in _ = self.send(frame, to: peer, on: .bulk) }
        case .goOn:
            guard let shard = shard(source) else { return }
            shard.executor.loop.execute { shard.enter { $0.input { core, _ in core.goOn() } } }
        case .restored(let index): events.restored(source, epoch: epoch, index: index)
        case .compared(let index, let differs):
            world.log.compared(source, differs: differs)
            if differs { settings.diverged(StateDivergence(node: id, shard: source, index: index)) }
        }
    }

    /// Answers a call of another node.
    func reply(_ result: Result<CallAnswer, CallError>, to peer: NodeID, request: UInt64, of source: ShardID) {
        var payload = ReplyPayload.encode(result)
        if payload.count > Frame.maximumPayload {
            payload = ReplyPayload.encode(
                .failure(.malformed("the reply of \(payload.count) bytes exceeds a frame")))
        }
        var frame = Frame(.reply, request: request, shard: source, payload: payload)
        if case .failure(.notExecuted(.notHere)) = result { frame.method = leaderNumber(of: source) }
        _ = send(frame, to: peer, on: .calls)
    }

    /// Messages to a shard that nobody is known to lead are dropped: streams are sent again once somebody does.
    private func deliver(_ payload: StreamPayload, to target: ShardID) {
        guard let leader = leader(of: target) else { return }
        if leader == id, let shard = shard(target) {
            return shard.executor.loop.execute { shard.enter { $0.input { $0.receive(payload, at: $1) } } }
        }
        pass(Frame(.stream, shard: target, payload: payload.encoded), to: leader)
    }

    private func deliver(_ payload: MarkPayload, to target: ShardID) {
        guard let leader = leader(of: target) else { return }
        if leader == id, let shard = shard(target) {
            return shard.executor.loop.execute { shard.enter { $0.input { $0.acknowledged(payload, at: $1) } } }
        }
        pass(Frame(.streamMark, shard: target, payload: payload.encoded), to: leader)
    }

    private func deliver(_ message: Outgoing) {
        let target = settings.map.shard(of: message.target)
        guard let leader = leader(of: target) else { return }
        if leader == id, let shard = shard(target) {
            return shard.executor.loop.execute {
                shard.enter { $0.input { $0.soft(message.target, method: message.method, message.payload, at: $1) } }
            }
        }
        let payload = CallPayload.encode(entity: message.target, command: message.payload)
        pass(Frame(.soft, method: message.method, shard: target, payload: payload), to: leader)
    }

    /// Another node leads these shards now, or its link is up again: what is under way to them is sent again.
    func resumeStreams(to shards: @escaping @Sendable (ShardID) -> Bool) {
        for shard in shardsInOrder { shard.enter { $0.input { $0.resume(shards, at: $1) } } }
    }
}
