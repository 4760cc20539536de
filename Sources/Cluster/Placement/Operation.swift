public import Primitives

/// Something long that the meta group does step by step: each step moves one group.
public struct Operation: Sendable, Equatable {
    public enum Kind: UInt8, Sendable, Equatable {
        case move = 1
        case rebalance = 2
        case drain = 3
        case replace = 4
    }

    public enum State: UInt8, Sendable, Equatable, CaseIterable {
        case waiting = 1
        case running = 2
        case done = 3
        /// An operator's wish; what was done stays done.
        case cancelled = 4
        /// The group was somewhere else than the step took for granted.
        case overtaken = 5
    }

    /// One group goes from these nodes to those.
    public struct Step: Sendable, Equatable {
        public let shard: ShardID
        public let from: [NodeID]
        public let to: [NodeID]
        public internal(set) var state = State.waiting
        public internal(set) var started = Instant.zero
        /// When who is to come began to be given the log; zero before, and where nobody comes.
        public internal(set) var learning = Instant.zero
        /// When they had it, and the members began to be exchanged; zero before.
        public internal(set) var exchanging = Instant.zero
        public internal(set) var ended = Instant.zero

        package init(_ shard: ShardID, from: [NodeID], to: [NodeID]) {
            self.shard = shard
            self.from = from
            self.to = to
        }

        func hasReached(_ stage: MoveStage) -> Bool {
            switch stage {
            case .learning: learning > .zero
            case .exchanging: exchanging > .zero
            case .settled: state == .done
            }
        }

        mutating func reach(_ stage: MoveStage, at time: Instant) {
            switch stage {
            case .learning: learning = time
            case .exchanging: exchanging = time
            case .settled: break
            }
        }
    }

    public let number: UInt64
    public let kind: Kind
    /// The node that is emptied, if that is what it is about.
    public let node: NodeID?
    public let created: Instant
    /// Steps that run at a time.
    public let concurrent: Int
    public internal(set) var steps: [Step]
    public internal(set) var state = State.running
    public internal(set) var ended = Instant.zero

    /// Its name at the interface.
    public var id: String { "op-\(number)" }

    package init(
        number: UInt64, kind: Kind, node: NodeID? = nil, created: Instant, concurrent: Int, steps: [Step]
    ) {
        self.number = number
        self.kind = kind
        self.node = node
        self.created = created
        self.concurrent = concurrent
        self.steps = steps
    }

    public func steps(in state: State) -> Int { steps.count { $0.state == state } }
    var isOver: Bool { state != .running && steps(in: .running) == 0 }
}

extension Operation.Step: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.write(shard.number)
        writer.write(from.map(\.name))
        writer.write(to.map(\.name))
        writer.write(state.rawValue)
        writer.write(started)
        writer.write(learning)
        writer.write(exchanging)
        writer.write(ended)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        shard = ShardID(try reader.read(UInt32.self))
        from = try reader.readList(String.self, limit: ShardPlace.replicaLimit).map { NodeID($0) }
        to = try reader.readList(String.self, limit: ShardPlace.replicaLimit).map { NodeID($0) }
        state = try Operation.State(from: &reader)
        started = try reader.readInstant()
        learning = try reader.readInstant()
        exchanging = try reader.readInstant()
        ended = try reader.readInstant()
    }
}

extension Operation: WireValue {
    /// The most steps of an operation: one for each group.
    package static let stepLimit = 1_025

    public func encode(into writer: inout ByteWriter) {
        writer.write(number)
        writer.write(kind.rawValue)
        writer.write(node?.name)
        writer.write(created)
        writer.writeCount(concurrent)
        writer.write(steps)
        writer.write(state.rawValue)
        writer.write(ended)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        number = try reader.read(UInt64.self)
        kind = try Kind(from: &reader)
        node = try reader.readOptional(String.self).map { NodeID($0) }
        created = try reader.readInstant()
        concurrent = try reader.readCount(each: 0, limit: Self.stepLimit)
        steps = try reader.readList(limit: Self.stepLimit)
        state = try State(from: &reader)
        ended = try reader.readInstant()
    }
}

/// How far a group is that moves, as its leader tells.
public enum MoveStage: UInt8, Sendable, Equatable {
    /// Who is to come is given the log, and has no vote yet.
    case learning = 1
    /// They have it; the members are exchanged, all at once.
    case exchanging = 2
    /// The exchange is committed.
    case settled = 3

    init(from reader: inout ByteReader) throws(WireError) {
        let raw = try reader.read(UInt8.self)
        guard let stage = Self(rawValue: raw) else { throw .unknownTag("stage of a move", Int(raw)) }
        self = stage
    }
}

extension Operation.Kind {
    init(from reader: inout ByteReader) throws(WireError) {
        let raw = try reader.read(UInt8.self)
        guard let kind = Self(rawValue: raw) else { throw .unknownTag("kind of operation", Int(raw)) }
        self = kind
    }
}

extension Operation.State {
    init(from reader: inout ByteReader) throws(WireError) {
        let raw = try reader.read(UInt8.self)
        guard let state = Self(rawValue: raw) else { throw .unknownTag("state of an operation", Int(raw)) }
        self = state
    }
}
