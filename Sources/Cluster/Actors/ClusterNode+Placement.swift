internal import Membership
public import Primitives
internal import Synchronization

/// Whether the registry is being asked, and is to be asked again.
final class RegistryAsking: Sendable {
    private let state = Mutex((isAsking: false, isAskedAgain: false))
    private let turn = Atomic<Int>(0)

    /// Another number each time.
    var next: Int { turn.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// False when somebody asks already; it is then asked again.
    func begin() -> Bool {
        state.withLock { state in
            if state.isAsking { state.isAskedAgain = true }
            defer { state.isAsking = true }
            return !state.isAsking
        }
    }

    /// True when it was to be asked again.
    func end() -> Bool {
        state.withLock { state in
            defer { state = (isAsking: false, isAskedAgain: false) }
            return state.isAskedAgain
        }
    }
}

/// Following the registry: which shards are where, and what that means for this node.
extension ClusterNode {
    /// How often the registry is asked without a reason.
    static let askAgain = Span.seconds(2)
    static let registryEntity = EntityID(.cluster, ClusterState.key)

    /// Where shards are, as far as this node has heard.
    public var map: ShardMap { currentMap.withLock { $0 } }

    /// Asks the registry of the cluster, which answers wherever it is.
    public func ask(
        _ command: ClusterCommand, patience: Span = .seconds(2),
        complete: @escaping @Sendable (Result<ClusterReply, CallError>) -> Void
    ) {
        submit(command, to: Self.registryEntity, context: CallContext(patience: patience)) { result in
            complete(
                result.flatMap { answer in
                    switch answer {
                    case .typed(let message):
                        (message as? ClusterReply).map { .success($0) }
                            ?? .failure(.malformed("no reply of a registry"))
                    case .bytes(let bytes):
                        Result { try ClusterReply(decoding: bytes) }.mapError { _ in
                            .malformed("no reply of a registry")
                        }
                    }
                })
        }
    }

    /// Begins to follow: hears of changes as they are committed, and asks once in a while all the same.
    func follow() {
        let meta = settings.map.meta
        _ = events.read([meta], after: nil) { [weak self] _ in
            guard let self, !isStopped.load(ordering: .relaxed) else { return false }
            askForMap()
            return true
        }
        poll()
    }

    private func poll() {
        guard !isStopped.load(ordering: .relaxed) else { return }
        askForMap()
        lookForMissing()
        world.control.schedule(after: Self.askAgain) { [weak self] in self?.poll() }
    }

    /// Whoever leads the registry asks it to replace nodes that have been away for too long.
    private func lookForMissing() {
        guard settings.replaceAfter > .zero else { return }
        let map = map
        let present = Set(membership.members.filter(\.status.takesPart).map(\.id) + connected)
        let lost = missing.withLock {
            $0.look(map, present: present, patience: settings.replaceAfter, at: world.clock.now)
        }
        guard let lost, leader(of: map.meta) == id else { return }
        ask(.replace(lost)) { [settings] result in
            if case .success(.operation) = result { settings.replacing(lost) }
        }
    }

    private func askForMap() {
        guard registry.begin() else { return }
        ask(.map(since: map.epoch)) { [weak self] result in self?.heard(result) }
    }

    private func heard(_ result: Result<ClusterReply, CallError>) {
        let isAskedAgain = registry.end()
        guard !isStopped.load(ordering: .relaxed) else { return }
        switch result {
        case .success(.map(let newer)):
            if let newer, newer.founding == settings.map.founding { world.log.follow(newer) }
            announce()
        // Whoever comes first founds the cluster; all founders know the same map.
        case .success(.refused(.notFounded)) where map.epoch == 1: ask(.found(map)) { _ in }
        case .failure: askAround()
        default: break
        }
        if isAskedAgain { askForMap() }
    }

    /// The registry is not where this node takes it to be, or has no leader: any other node may know a newer map. It was
    /// committed, whoever tells of it.
    private func askAround() {
        let others = map.nodes.filter { $0 != id }
        guard !others.isEmpty else { return }
        ask(.map(since: map.epoch), of: others[registry.next % others.count]) { [weak self] result in
            guard let self, case .success(let bytes) = result else { return }
            var reader = ByteReader(bytes)
            guard case .some(.some(let newer)) = try? reader.readOptional(ShardMap.self),
                newer.founding == settings.map.founding
            else { return }
            world.log.follow(newer)
        }
    }

    /// Tells the registry what it does not know of this node.
    private func announce() {
        let profile = profile
        guard let known = map.member(id), known.profile != profile else { return }
        ask(.announce(id, profile)) { [settings] result in
            if case .success(.refused(let reason)) = result { settings.announceRefused(reason) }
        }
    }

    /// What this node says of itself.
    private var profile: NodeProfile {
        NodeProfile(zone: settings.metadata.zone, address: settings.metadata.address, disk: settings.disk)
    }

    /// Takes a node in that is no member yet, if the registry does.
    public func join(_ request: JoinRequest, digest: [UInt8], answer: @escaping @Sendable (JoinAnswer) -> Void) {
        guard request.methodTable == settings.table.hash else {
            return answer(.refused("its build differs from this cluster's: the method tables are not the same"))
        }
        // What is known here holds, whether the registry can be asked or not; only who is unknown may be known elsewhere.
        if let known = map.member(request.node), known.profile.disk != 0 {
            let isSame = known.profile.disk == request.profile.disk
            return answer(isSame ? .accepted(map) : .refused("\(ClusterRefusal.nameTaken)"))
        }
        ask(.join(request.node, request.profile, digest: digest)) { result in
            switch result {
            case .success(.map(.some(let map))): answer(.accepted(map))
            case .success(.refused(.notFounded)): answer(.notNow("\(ClusterRefusal.notFounded)"))
            case .success(.refused(let reason)): answer(.refused("\(reason)"))
            case .success: answer(.notNow("the registry gave an answer of another kind"))
            case .failure(let error): answer(.notNow("the registry of the cluster does not answer: \(error)"))
            }
        }
    }

    /// A group that is led here is so far on its way.
    func reached(_ shard: ShardID, _ stage: MoveStage, _ decision: UInt64) {
        ask(.reached(shard, stage, decision: decision)) { _ in }
    }

    /// The log follows another map.
    func placed(_ change: Placing) {
        currentMap.withLock { $0 = change.map }
        for group in change.closed {
            shard(group)?.enter { $0.close() }
            shards.withLock { $0[Int(group.number)] = nil }
        }
        open(change.opened)
        membership.admit(change.map.nodes)
        port.follow(change.map.members)
        let feeders = events.follow(change.map)
        guard !feeders.isEmpty else { return }
        subscribe(to: feeders)
        // They may not have the map yet.
        world.control.schedule(after: Self.askAgain) { [weak self] in self?.subscribe(to: feeders) }
    }

    private func subscribe(to peers: [NodeID]) {
        for peer in peers {
            guard send(events.subscription(to: peer), to: peer, on: .bulk) else { continue }
            events.relinked(peer)
        }
    }

    /// Opens groups that this node keeps.
    func open(_ groups: [ShardID]) {
        for group in groups {
            let executor = ShardExecutor(loop: world.loops[Int(group.number) % world.loops.count])
            let shard = Shard(group, executor: executor, node: self, clock: world.clock)
            shards.withLock { $0[Int(group.number)] = shard }
            let core = ShardCore.Settings(
                id: group, map: settings.map, table: settings.table, newEpoch: settings.incarnation,
                planted: settings.planted, checkEvery: settings.checkEvery, counts: counts)
            let log = world.log
            let seed = StableHash.combine(world.seed, UInt64(group.number))
            shard.enter { $0.open(core, log: log, seed: seed) }
        }
    }
}
