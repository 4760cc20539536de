public import Primitives

/// A record that is committed: what it says has happened, on every replica.
public struct CommittedRecord: Sendable, Equatable {
    /// Its place in the shard's log, from 1; places may be missing, since the log has entries of its own.
    public let index: UInt64
    /// The term of the leader that appended it.
    public let term: UInt64
    public let record: [UInt8]

    public init(index: UInt64, term: UInt64, record: [UInt8]) {
        self.index = index
        self.term = term
        self.record = record
    }
}

/// What a log tells one of its shards, in the order in which it happened.
public enum ShardLogEvent: Sendable, Equatable {
    /// The committed state as of an index; whatever the shard had before is replaced.
    case restored(index: UInt64, state: [UInt8])
    /// In the order of the log, each record once.
    case committed([CommittedRecord])
    /// From here on this replica leads: all that was committed before has been told, and nobody led meanwhile.
    case leading(term: UInt64)
    /// This replica no longer leads. What it appended may yet be committed, or never.
    case following
    /// The committed state is wanted as it stands now, after everything up to this index: see
    /// ``ShardLog/snapshot(_:of:through:)``.
    case snapshotWanted(through: UInt64)
    /// The leadership stood at a moment after this question was asked.
    case confirmed(round: UInt64)
}

/// A map that a log follows from now on, and what of it concerns its node.
public struct Placing: Sendable {
    public let map: ShardMap
    /// Groups that the node keeps now and did not before: they can be opened.
    public let opened: [ShardID]
    /// Groups that it keeps no more: nothing is told of them.
    public let closed: [ShardID]

    public init(map: ShardMap, opened: [ShardID] = [], closed: [ShardID] = []) {
        self.map = map
        self.opened = opened
        self.closed = closed
    }
}

/// What a log tells its node; called on any loop.
public struct ShardLogListener: Sendable {
    /// Other nodes than before lead these shards.
    public var leadersChanged: @Sendable (Set<ShardID>) -> Void
    /// A newer map is followed; told in order.
    public var placed: @Sendable (Placing) -> Void
    /// How far a group that is led here is on its way to where a decision wants it. That it is there is told again and
    /// again until the map shows it.
    public var reached: @Sendable (ShardID, MoveStage, _ decision: UInt64) -> Void

    public init(
        leadersChanged: @escaping @Sendable (Set<ShardID>) -> Void = { _ in },
        placed: @escaping @Sendable (Placing) -> Void = { _ in },
        reached: @escaping @Sendable (ShardID, MoveStage, _ decision: UInt64) -> Void = { _, _, _ in }
    ) {
        self.leadersChanged = leadersChanged
        self.placed = placed
        self.reached = reached
    }
}

/// Orders the records of shards and keeps them: one copy in memory, or the replicated log.
public protocol ShardLog: AnyObject, Sendable {
    /// Opens a shard. First come its committed records; it leads when told so.
    /// - Parameter tell: called in order, on any loop.
    func open(_ shard: ShardID, tell: @escaping @Sendable (ShardLogEvent) -> Void)

    /// Appends a record of the leader of this term; one that leads no more appends nothing and hears of it.
    /// - Returns: the index when the record, and with it every earlier one, is committed already; it is then not told.
    func append(_ record: [UInt8], to shard: ShardID, term: UInt64) -> UInt64?

    /// Asks whether this replica still leads in this term.
    /// - Returns: true when that is certain at once; otherwise ``ShardLogEvent/confirmed(round:)`` follows, or the shard
    ///   hears that it leads no more.
    func confirm(_ round: UInt64, of shard: ShardID, term: UInt64) -> Bool

    /// The answer to ``ShardLogEvent/snapshotWanted(through:)``.
    func snapshot(_ state: [UInt8], of shard: ShardID, through index: UInt64)

    /// This replica's state differs from its leader's, or is the same again.
    func compared(_ shard: ShardID, differs: Bool)

    /// The node that leads a shard, as far as this one knows.
    func leader(of shard: ShardID) -> NodeID?
    /// A node says that it does not lead a shard, and who does, if it knows.
    func denied(_ shard: ShardID, by node: NodeID, leader: NodeID?)

    /// Begins to work. A log with one copy needs none of this.
    /// - Parameters:
    ///   - send: to another node; snapshots go on a link of class bulk, all else on one of class control.
    func start(send: @escaping @Sendable (Frame, NodeID) -> Bool, telling listener: ShardLogListener)
    /// Follows a map of the registry, if it is newer than the one that is followed.
    func follow(_ map: ShardMap)
    /// Ends the work; nothing is told any more.
    func stop()
    func received(_ frame: Frame, from peer: NodeID)
    func linkChanged(_ peer: NodeID, isUp: Bool)
    /// This node and others have no answer from a peer: a hint to look for other leaders, no more.
    func suspected(_ peer: NodeID)

    /// This node is about to stop: it hands over what it leads, and takes nothing more while another can.
    func drain()
    /// What is known of the shards that are kept here; called back on any loop.
    func report(_ body: @escaping @Sendable ([ShardReport]) -> Void)
    /// The log in figures; called back on any loop.
    func figures(_ body: @escaping @Sendable (LogFigures) -> Void)
    /// Hands a shard that is led here over to another node that keeps it, if that one is ready: it holds nearly everything
    /// and has been heard of lately. Otherwise nothing happens.
    /// - Parameter begun: told whether it has begun; called back on any loop.
    func transfer(_ shard: ShardID, to heir: NodeID, begun: @escaping @Sendable (Bool) -> Void)
}

extension ShardLog {
    public func start(send: @escaping @Sendable (Frame, NodeID) -> Bool, telling listener: ShardLogListener) {}
    public func follow(_ map: ShardMap) {}
    public func stop() {}
    public func snapshot(_ state: [UInt8], of shard: ShardID, through index: UInt64) {}
    public func compared(_ shard: ShardID, differs: Bool) {}
    public func denied(_ shard: ShardID, by node: NodeID, leader: NodeID?) {}
    public func received(_ frame: Frame, from peer: NodeID) {}
    public func linkChanged(_ peer: NodeID, isUp: Bool) {}
    public func suspected(_ peer: NodeID) {}
    public func drain() {}
    public func report(_ body: @escaping @Sendable ([ShardReport]) -> Void) { body([]) }
    public func figures(_ body: @escaping @Sendable (LogFigures) -> Void) { body(LogFigures()) }
    public func transfer(_ shard: ShardID, to heir: NodeID, begun: @escaping @Sendable (Bool) -> Void) { begun(false) }
}
