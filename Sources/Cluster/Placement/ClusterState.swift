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
    static let operationsKept = 64
    /// Operations under way at a time.
    static let operationsAtOnce = 16

    public static var kind: EntityKind { .cluster }
    public static var dueCommand: ClusterCommand { .due }
    public static func recoveredCommand(_ shard: ShardID) -> ClusterCommand { .due }
    public static func freshSoft() -> Soft { Soft() }
    public func nextDue(soft: Soft) -> Instant? { nil }

    /// Nil before the cluster is founded.
    public private(set) var map: ShardMap?
    /// In the order in which they began.
    public private(set) var operations: [Operation] = []
    private(set) var lastOperation: UInt64 = 0

    public init(key: String) {}

    /// Operations that have something to do, oldest first.
    var running: [Operation] { operations.filter { $0.state == .running } }

    public mutating func apply(_ event: ClusterEvent, at time: Instant) {
        if case .founded(let founded) = event {
            map = founded
            return
        }
        guard var map else { return }
        map.epoch += 1
        apply(event, to: &map, at: time)
        self.map = map
    }

    private mutating func apply(_ event: ClusterEvent, to map: inout ShardMap, at time: Instant) {
        switch event {
        case .founded: break
        case .announced(let node, let zone): map.change(node) { $0.zone = zone }
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

    private static let stateVersion: UInt8 = 1

    public func encodeState(into writer: inout ByteWriter) {
        writer.write(Self.stateVersion)
        writer.write(map)
        writer.write(operations)
        writer.write(lastOperation)
    }

    public init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        let version = try reader.read(UInt8.self)
        guard version == Self.stateVersion else { throw .unknownTag("version of the registry", Int(version)) }
        map = try reader.readOptional()
        operations = try reader.readList(limit: Self.operationsKept)
        lastOperation = try reader.read(UInt64.self)
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

/// What has happened to the registry.
public enum ClusterEvent: WireValue, Equatable {
    case founded(ShardMap)
    case announced(NodeID, zone: String)
    case draining(NodeID, Bool)
    case removed(NodeID)
    case preferred(ShardID, NodeID)
    case began(Operation)
    /// A step of an operation begins; its group has a new target.
    case started(operation: UInt64, step: Int, decision: UInt64)
    /// A group is where it was to be.
    case settled(ShardID)
    /// A step ends without having begun.
    case skipped(operation: UInt64, step: Int, Operation.State)
    /// A group that moves is to stay where it was.
    case withdrawn(ShardID, decision: UInt64)
    case ended(operation: UInt64, Operation.State)
    /// There are to be so many copies of each group.
    case replicated(Int)

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .founded(let map):
            writer.write(UInt8(1))
            writer.write(map)
        case .announced(let node, let zone):
            writer.write(UInt8(2))
            writer.write(node.name)
            writer.write(zone)
        case .draining(let node, let isDraining):
            writer.write(UInt8(3))
            writer.write(node.name)
            writer.write(isDraining)
        case .removed(let node):
            writer.write(UInt8(4))
            writer.write(node.name)
        case .preferred(let group, let node):
            writer.write(UInt8(5))
            writer.write(group.number)
            writer.write(node.name)
        case .began(let operation):
            writer.write(UInt8(6))
            writer.write(operation)
        case .started(let operation, let step, let decision):
            writer.write(UInt8(7))
            writer.write(operation)
            writer.writeCount(step)
            writer.write(decision)
        case .settled(let group):
            writer.write(UInt8(8))
            writer.write(group.number)
        case .skipped(let operation, let step, let state):
            writer.write(UInt8(9))
            writer.write(operation)
            writer.writeCount(step)
            writer.write(state.rawValue)
        case .withdrawn(let group, let decision):
            writer.write(UInt8(10))
            writer.write(group.number)
            writer.write(decision)
        case .ended(let operation, let state):
            writer.write(UInt8(11))
            writer.write(operation)
            writer.write(state.rawValue)
        case .replicated(let factor):
            writer.write(UInt8(12))
            writer.writeCount(factor)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .founded(try reader.read())
        case 2: self = .announced(try reader.readNode(), zone: try reader.readString())
        case 3: self = .draining(try reader.readNode(), try reader.readFlag())
        case 4: self = .removed(try reader.readNode())
        case 5: self = .preferred(try reader.readGroup(), try reader.readNode())
        case 6: self = .began(try reader.read())
        case 7:
            self = .started(
                operation: try reader.read(UInt64.self),
                step: try reader.readCount(each: 0, limit: Operation.stepLimit),
                decision: try reader.read(UInt64.self))
        case 8: self = .settled(try reader.readGroup())
        case 9:
            self = .skipped(
                operation: try reader.read(UInt64.self),
                step: try reader.readCount(each: 0, limit: Operation.stepLimit), try Operation.State(from: &reader))
        case 10: self = .withdrawn(try reader.readGroup(), decision: try reader.read(UInt64.self))
        case 11: self = .ended(operation: try reader.read(UInt64.self), try Operation.State(from: &reader))
        case 12: self = .replicated(try reader.readCount(each: 0, limit: ShardPlace.replicaLimit))
        case let tag: throw .unknownTag("cluster event", Int(tag))
        }
    }
}
