public import Primitives

extension ClusterState {
    /// Groups that move at a time, unless an operator says otherwise.
    public static let usualConcurrency = 1

    public func decide(
        _ command: ClusterCommand, soft: inout Soft, in context: inout DecisionContext
    ) -> Decision<ClusterState> {
        var turn = RegistryTurn(self, at: context.now, planted: context.planted)
        let reply = turn.take(command)
        return Decision(reply, events: turn.events, notices: turn.notices)
    }
}

/// One decision of the registry: events are applied as they are logged, so that what follows sees them.
struct RegistryTurn {
    private(set) var state: ClusterState
    let now: Instant
    private let planted: PlantedBug?
    private(set) var events: [ClusterEvent] = []

    init(_ state: ClusterState, at now: Instant, planted: PlantedBug?) {
        self.state = state
        self.planted = planted
        self.now = now
    }

    /// Whoever follows the map hears that there is a new one.
    var notices: [Notice] {
        guard events.contains(where: \.changesMap), let map = state.map else { return [] }
        return [
            Notice(
                "cluster.changed", of: EntityID(.cluster, ClusterState.key), at: now,
                [.init("epoch", .number(Double(map.epoch)))])
        ]
    }

    mutating func take(_ command: ClusterCommand) -> ClusterReply {
        if case .found(let founded) = command {
            if state.map == nil { log(.founded(founded)) }
            return .done
        }
        guard let map = state.map else { return .refused(.notFounded) }
        switch command {
        case .found: return .done
        case .map(let epoch): return .map(map.epoch > epoch ? map : nil)
        case .operations: return .operations(state.operations.reversed().map(\.summary))
        case .operation(let number): return show(number)
        case .announce(let node, let profile): return announce(node, profile, map)
        case .join(let node, let profile, let digest): return join(node, profile, digest, map)
        case .admit(let token): return admit(token)
        case .revoke(let token):
            guard state.tokens.contains(where: { $0.id == token }) else { return .refused(.unknownToken) }
            log(.revoked(token: token))
            return .done
        case .tokens: return .tokens(state.tokens.filter { $0.expires > now })
        case .raise(let floor): return raise(floor, map)
        case .reached(let group, let stage, let decision): return reached(group, stage, decision, map)
        case .move(let group, let from, let to): return move(group, from, to, map)
        case .prefer(let group, let node): return prefer(group, node, map)
        case .rebalance(let isDryRun, let concurrent, let limit, let sizes):
            return rebalance(isDryRun, concurrent: concurrent, limit: limit, sizes: sizes, map)
        case .drain(let node): return empty(node, .drain, map)
        case .replace(let node): return empty(node, .replace, map)
        case .undrain(let node): return undrain(node, map)
        case .remove(let node): return remove(node, map)
        case .cancel(let number): return cancel(number)
        case .due:
            advance()
            return .done
        }
    }

    mutating func log(_ event: ClusterEvent) {
        state.apply(event, at: now)
        events.append(event)
    }

    /// The number of a decision that is logged next: the epoch that it makes.
    private var nextDecision: UInt64 { (state.map?.epoch ?? 0) + 1 }

    // MARK: groups

    private mutating func reached(
        _ group: ShardID, _ stage: MoveStage, _ decision: UInt64, _ map: ShardMap
    ) -> ClusterReply {
        guard group.number < map.groupCount else { return .refused(.unknownShard) }
        let place = map.place(of: group)
        // What was overtaken settles nothing.
        guard place.target != nil, place.decision == decision || planted == .forgetDecision else { return .done }
        guard stage == .settled else {
            // Once; a new leader tells it again.
            let isNews = state.running.contains { operation in
                operation.steps.contains { $0.shard == group && $0.state == .running && !$0.hasReached(stage) }
            }
            if isNews { log(.progressed(group, stage)) }
            return .done
        }
        log(.settled(group))
        advance()
        return .done
    }

    private mutating func move(_ group: ShardID, _ from: NodeID, _ to: NodeID, _ map: ShardMap) -> ClusterReply {
        guard group.number < map.groupCount else { return .refused(.unknownShard) }
        guard map.member(from) != nil, let heir = map.member(to) else { return .refused(.unknownNode) }
        guard map.place(of: group).target == nil else { return .refused(.isMoving) }
        let nodes = map.replicas(of: group)
        guard nodes.contains(from) else { return .refused(.notAReplica) }
        guard !heir.isDraining else { return .refused(.isDraining) }
        // Of two, the vote can go to the one that learns.
        if nodes == [from, to], ShardPlace.voters(of: 2) == 1 {
            return begin(.move, steps: [.init(group, from: nodes, to: [to, from])])
        }
        guard !nodes.contains(to) else { return .refused(.alreadyThere) }
        return begin(.move, steps: [.init(group, from: nodes, to: nodes.map { $0 == from ? to : $0 })])
    }

    private mutating func prefer(_ group: ShardID, _ node: NodeID, _ map: ShardMap) -> ClusterReply {
        guard group.number < map.groupCount else { return .refused(.unknownShard) }
        guard map.member(node) != nil else { return .refused(.unknownNode) }
        guard map.replicas(of: group).contains(node) else { return .refused(.notAReplica) }
        guard map.votes(node, in: group) else { return .refused(.onlyLearns) }
        if map.preferredLeader(of: group) != node { log(.preferred(group, node)) }
        return .done
    }

    private mutating func rebalance(
        _ isDryRun: Bool, concurrent: Int, limit: Int, sizes: [UInt64], _ map: ShardMap
    ) -> ClusterReply {
        guard isDryRun || hasRoom else { return .refused(.tooManyOperations) }
        var wished = map
        let factor = ShardMap.defaultReplicationFactor(nodes: map.members.count { !$0.isDraining })
        wished.replicationFactor = max(map.replicationFactor, factor)
        let changes = PlacementPlan(wished, sizes: sizes, balances: true).changes
        let steps = changes.prefix(limit == 0 ? changes.count : limit)
            .map { Operation.Step($0.group, from: $0.from, to: $0.to) }
        if isDryRun { return .plan(steps) }
        if wished.replicationFactor > map.replicationFactor { log(.replicated(wished.replicationFactor)) }
        return begin(.rebalance, concurrent: concurrent, steps: steps)
    }

    // MARK: nodes

    private mutating func empty(_ node: NodeID, _ kind: Operation.Kind, _ map: ShardMap) -> ClusterReply {
        guard let member = map.member(node) else { return .refused(.unknownNode) }
        guard map.members.contains(where: { $0.node != node && !$0.isDraining }) else { return .refused(.lastNode) }
        // Asked again, it goes on with what is under way.
        if let known = state.running.first(where: { $0.node == node }) { return .operation(known) }
        if kind == .replace {
            var without = map
            without.change(node) { $0.isDraining = true }
            let stays = PlacementPlan(without, balances: false).places.contains { $0.contains(node) }
            guard !stays else { return .refused(.noRoom) }
            // Nobody could give away what only the lost node decides.
            guard !map.groups.contains(where: { map.isOnlyVoter(node, in: $0) }) else { return .refused(.onlyVote) }
        }
        guard hasRoom else { return .refused(.tooManyOperations) }
        if !member.isDraining { log(.draining(node, true)) }
        let changes = state.map.map { PlacementPlan($0, balances: false).changes } ?? []
        return begin(kind, node: node, steps: changes.map { .init($0.group, from: $0.from, to: $0.to) })
    }

    private mutating func undrain(_ node: NodeID, _ map: ShardMap) -> ClusterReply {
        guard let member = map.member(node) else { return .refused(.unknownNode) }
        guard member.isDraining else { return .refused(.isNotDraining) }
        log(.draining(node, false))
        for operation in state.running where operation.node == node { stop(operation) }
        advance()
        return .done
    }

    private mutating func remove(_ node: NodeID, _ map: ShardMap) -> ClusterReply {
        guard let member = map.member(node) else { return .refused(.unknownNode) }
        guard member.isDraining else { return .refused(.isNotDraining) }
        guard map.groups(on: node).isEmpty else { return .refused(.isNotEmpty) }
        log(.removed(node))
        return .done
    }

    // MARK: operations

    private var hasRoom: Bool { state.running.count < ClusterState.operationsAtOnce }

    private mutating func begin(
        _ kind: Operation.Kind, node: NodeID? = nil, concurrent: Int = 0, steps: [Operation.Step]
    ) -> ClusterReply {
        guard hasRoom else { return .refused(.tooManyOperations) }
        let number = state.lastOperation + 1
        log(
            .began(
                Operation(
                    number: number, kind: kind, node: node, created: now,
                    concurrent: concurrent > 0 ? concurrent : ClusterState.usualConcurrency, steps: steps)))
        advance()
        return show(number)
    }

    private func operation(_ number: UInt64) -> Operation? { state.operations.first { $0.number == number } }

    private func show(_ number: UInt64) -> ClusterReply {
        operation(number).map { .operation($0) } ?? .refused(.unknownOperation)
    }

    private mutating func cancel(_ number: UInt64) -> ClusterReply {
        guard let operation = operation(number) else { return .refused(.unknownOperation) }
        guard operation.state == .running else { return .refused(.isOver) }
        stop(operation)
        advance()
        return show(number)
    }

    /// What waits does not begin, and what moves stays where it was.
    private mutating func stop(_ operation: Operation) {
        for (position, step) in operation.steps.enumerated() {
            if step.state == .waiting { log(.skipped(operation: operation.number, step: position, .cancelled)) }
            if step.state == .running { log(.withdrawn(step.shard, decision: nextDecision)) }
        }
        log(.ended(operation: operation.number, .cancelled))
    }

    /// Begins what may begin, and ends what has nothing left to do.
    private mutating func advance() {
        while let (operation, position) = state.nextStep(at: now) { start(operation, position) }
        for operation in state.running
        where operation.steps(in: .waiting) == 0 && operation.steps(in: .running) == 0 {
            log(.ended(operation: operation.number, .done))
        }
    }

    private mutating func start(_ operation: Operation, _ position: Int) {
        guard let map = state.map else { return }
        let step = operation.steps[position]
        let nodes = map.replicas(of: step.shard)
        let isKnown = step.to.allSatisfy { map.member($0)?.isDraining == false || nodes.contains($0) }
        guard Set(nodes) == Set(step.from), isKnown, let first = step.to.first else {
            return log(.skipped(operation: operation.number, step: position, .overtaken))
        }
        guard Set(step.to) != Set(nodes) || ShardPlace.voters(of: nodes.count) < nodes.count && step.to != nodes else {
            // Only who should lead changes.
            log(.preferred(step.shard, first))
            return log(.skipped(operation: operation.number, step: position, .done))
        }
        log(.started(operation: operation.number, step: position, decision: nextDecision))
    }
}
