public import Primitives

/// The registry of the cluster: which nodes are part of it, which keep what, and what is being changed. One entity, in the
/// meta group; a coordinator that is state, and goes on wherever that group's leader is.
public struct ClusterState: Entity, Equatable {
    public typealias Command = ClusterCommand
    public typealias Event = ClusterEvent
    public struct Soft: Sendable {}

    /// The only one.
    public static let key = "registry"
    /// Operations kept, those under way among them.
    package static let operationsKept = 64
    /// Join tokens that hold at a time.
    public static let tokensKept = 64
    /// Operations under way at a time.
    static let operationsAtOnce = 16

    public static var kind: EntityKind { .cluster }
    public static var dueCommand: ClusterCommand { .due }
    public static func recoveredCommand(_ shard: ShardID) -> ClusterCommand { .due }
    public static func freshSoft() -> Soft { Soft() }

    /// Nil before the cluster is founded.
    public private(set) var map: ShardMap?
    /// In the order in which they began.
    public private(set) var operations: [Operation] = []
    private(set) var lastOperation: UInt64 = 0
    /// Those that were neither used nor revoked, in the order in which they were made.
    public private(set) var tokens: [JoinToken] = []

    public init(key: String) {}

    /// Operations that have something to do, oldest first.
    var running: [Operation] { operations.filter { $0.state == .running } }

    public mutating func apply(_ event: ClusterEvent, at time: Instant) {
        if case .founded(let founded) = event {
            map = founded
            return
        }
        guard var map else { return }
        if event.changesMap { map.epoch += 1 }
        apply(event, to: &map, at: time)
        self.map = map
    }

    private mutating func apply(_ event: ClusterEvent, to map: inout ShardMap, at time: Instant) {
        switch event {
        case .founded: break
        case .announced(let node, let profile): map.change(node) { $0.profile = profile }
        case .joined(let node, let profile, let token):
            map.members.append(ClusterMember(node: node, number: map.nextNumber, profile: profile))
            map.members.sort { $0.node < $1.node }
            map.nextNumber += 1
            tokens.removeAll { $0.id == token }
        case .admitted(let token):
            tokens.removeAll { $0.expires <= time }
            tokens.append(token)
        case .revoked(let token): tokens.removeAll { $0.id == token }
        case .raised(let floor): map.floor = floor
        case .draining(let node, let isDraining): map.change(node) { $0.isDraining = isDraining }
        case .replicated(let factor): map.replicationFactor = factor
        case .removed(let node): map.members.removeAll { $0.node == node }
        case .preferred(let group, let node): map.lead(group, by: node)
        case .began(let operation):
            lastOperation = operation.number
            operations.append(operation)
            if operations.count > Self.operationsKept, let old = operations.firstIndex(where: \.isOver) {
                operations.remove(at: old)
            }
        case .started(let number, let position, let decision):
            change(number, position) { step in
                step.state = .running
                step.started = time
                map.send(step.shard, to: step.to, by: decision)
            }
        case .progressed(let group, let stage):
            changeSteps(of: group, in: .running) { $0.reach(stage, at: time) }
        case .settled(let group):
            map.change(group) { place in
                place.replicas = place.target ?? place.replicas
                place.target = nil
                place.leaving = []
            }
            changeSteps(of: group, in: .running) { step in
                step.state = .done
                step.ended = time
            }
        case .skipped(let number, let position, let state):
            change(number, position) { step in
                step.state = state
                step.ended = time
            }
        case .withdrawn(let group, let decision):
            map.change(group) { place in
                place.decision = decision
                place.leaving = (place.target ?? []).filter { !place.replicas.contains($0) }
                place.target = place.replicas
            }
            changeSteps(of: group, in: .running) { step in
                step.state = .cancelled
                step.ended = time
            }
        case .ended(let number, let state):
            guard let place = operations.firstIndex(where: { $0.number == number }) else { return }
            operations[place].state = state
            operations[place].ended = time
        }
    }

    private mutating func change(_ number: UInt64, _ position: Int, _ body: (inout Operation.Step) -> Void) {
        guard let place = operations.firstIndex(where: { $0.number == number }),
            operations[place].steps.indices.contains(position)
        else { return }
        body(&operations[place].steps[position])
    }

    private mutating func changeSteps(
        of group: ShardID, in state: Operation.State, _ body: (inout Operation.Step) -> Void
    ) {
        for place in operations.indices {
            for position in operations[place].steps.indices
            where operations[place].steps[position].shard == group && operations[place].steps[position].state == state {
                body(&operations[place].steps[position])
            }
        }
    }

    // MARK: bytes

    private static let stateVersion: UInt8 = 3

    public func encodeState(into writer: inout ByteWriter) {
        writer.write(Self.stateVersion)
        writer.write(map)
        writer.write(operations)
        writer.write(lastOperation)
        writer.write(tokens)
    }

    public init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        let version = try reader.read(UInt8.self)
        guard version == Self.stateVersion else { throw .unknownTag("version of the registry", Int(version)) }
        map = try reader.readOptional()
        operations = try reader.readList(limit: Self.operationsKept)
        lastOperation = try reader.read(UInt64.self)
        tokens = try reader.readList(limit: Self.tokensKept)
    }
}

extension ShardMap {
    package mutating func change(_ node: NodeID, _ body: (inout ClusterMember) -> Void) {
        guard let place = members.firstIndex(where: { $0.node == node }) else { return }
        body(&members[place])
    }

    package mutating func change(_ group: ShardID, _ body: (inout ShardPlace) -> Void) {
        guard group.number < places.count else { return }
        body(&places[Int(group.number)])
    }

    /// A node that keeps a group goes to the head of its line.
    mutating func lead(_ group: ShardID, by node: NodeID) {
        guard let number = member(node)?.number else { return }
        change(group) { place in
            guard let name = place.replicas.first(where: { $0.number == number }) else { return }
            place.replicas = [name] + place.replicas.filter { $0 != name }
        }
    }

    /// A group is to go to these nodes. Who keeps it already goes on under the name that it has.
    package mutating func send(_ group: ShardID, to nodes: [NodeID], by decision: UInt64) {
        let names = nodes.compactMap { node -> ReplicaName? in
            guard let member = member(node) else { return nil }
            return place(of: group).replicas.first { $0.number == member.number }
                ?? ReplicaName(number: member.number, decision: decision)
        }
        change(group) { place in
            place.decision = decision
            place.target = names
        }
    }
}
