/// A message that a distributed method takes or returns.
public protocol EntityMessage: WireValue {
    /// The number of the method in the wire protocol; 0 for replies, which need none.
    static var method: UInt16 { get }
    /// This message when it is a command; a cast to the protocol would search for the conformance at each call.
    var asCommand: (any EntityCommand)? { get }
}

extension EntityMessage {
    public static var method: UInt16 { 0 }
    public var asCommand: (any EntityCommand)? { nil }
}

/// A command for one kind of entity, with the reply that it gets.
public protocol EntityCommand: EntityMessage {
    associatedtype Reply: EntityMessage
    static var kind: EntityKind { get }
    /// True for a question that never writes, so that a lost answer may be asked for again.
    var isRead: Bool { get }
}

extension EntityCommand {
    public var isRead: Bool { false }
    public var asCommand: (any EntityCommand)? { self }
}

/// What an entity may know of the world while it decides.
public struct DecisionContext: Sendable {
    /// Shard time: never earlier than the shard's last entry.
    public let now: Instant
    public var random: SeededRandom
    /// The number of shards, for the reconciliation after a forced recovery.
    public let shardCount: UInt32
    /// Always nil outside the simulator.
    public let planted: PlantedBug?
    /// True where every word arrives before anything else happens, and none is lost: nothing is waited for then, and nothing
    /// is said again. Only the replay of a scenario has it so.
    public let wordsAreInstant: Bool

    public init(
        now: Instant, random: SeededRandom, shardCount: UInt32, planted: PlantedBug? = nil,
        wordsAreInstant: Bool = false
    ) {
        self.wordsAreInstant = wordsAreInstant
        self.now = now
        self.random = random
        self.shardCount = shardCount
        self.planted = planted
    }
}

/// A message of one entity to another.
public struct Outgoing: Sendable, Equatable {
    public enum Delivery: Sendable, Equatable {
        /// Leaves with the committed entry that caused it; applied exactly once, in order per pair of shards.
        case logged
        /// May be lost, doubled or late; sent from committed state only.
        case soft
        /// Soft, and taken for the truth by its receiver: sent only once this replica is confirmed as the leader.
        case confirmed
    }

    public let target: EntityID
    public let delivery: Delivery
    public let method: UInt16
    public let payload: [UInt8]

    public init(target: EntityID, delivery: Delivery, method: UInt16, payload: [UInt8]) {
        self.target = target
        self.delivery = delivery
        self.method = method
        self.payload = payload
    }

    public static func logged<Command: EntityCommand>(_ command: Command, to key: String) -> Outgoing {
        Outgoing(
            target: EntityID(Command.kind, key), delivery: .logged, method: Command.method, payload: command.encoded)
    }

    public static func confirmed<Command: EntityCommand>(_ command: Command, to key: String) -> Outgoing {
        Outgoing(
            target: EntityID(Command.kind, key), delivery: .confirmed, method: Command.method, payload: command.encoded)
    }

    public static func soft<Command: EntityCommand>(_ command: Command, to key: String) -> Outgoing {
        Outgoing(target: EntityID(Command.kind, key), delivery: .soft, method: Command.method, payload: command.encoded)
    }
}

/// What a command comes to: the events to log, the answer, and the messages that follow once it is committed.
public struct Decision<E: Entity>: Sendable {
    public var events: [E.Event]
    public var reply: E.Command.Reply
    public var outgoing: [Outgoing]
    public var notices: [Notice]

    public init(
        _ reply: E.Command.Reply, events: [E.Event] = [], outgoing: [Outgoing] = [], notices: [Notice] = []
    ) {
        self.reply = reply
        self.events = events
        self.outgoing = outgoing
        self.notices = notices
    }
}

/// An entity as a value: it decides about commands and applies its own events, and nothing else.
///
/// `decide` is synchronous, fast and pure. `apply` is total and deterministic: every replica that applies the same
/// events at the same times holds the same state.
///
/// The state has a binary form, for snapshots and state hashes. It never depends on hash order, so that replicas in the
/// same state hold the same bytes; decoded, it equals what was encoded; and a replica that goes on from the decoded
/// state decides and applies exactly as one that kept the original. Convention for versions: ``WireValue``.
public protocol Entity: Sendable {
    associatedtype Command: EntityCommand
    associatedtype Event: WireValue
    /// Never logged, forgotten by a failover: it may trigger decisions, and no decision is right because of it.
    associatedtype Soft: Sendable

    static var kind: EntityKind { get }
    /// False for a kind that never logs: its answers depend on nothing that could be stale.
    static var isLogged: Bool { get }
    /// True for a kind without soft state: idle ones are kept as the bytes of their state.
    static var rests: Bool { get }
    init(key: String)
    static func freshSoft() -> Soft

    func decide(_ command: Command, soft: inout Soft, in context: inout DecisionContext) -> Decision<Self>
    mutating func apply(_ event: Event, at time: Instant)

    /// Writes the state: a version byte, then what ``apply(_:at:)`` has made of the events. The key is not in it.
    func encodeState(into writer: inout ByteWriter)
    /// Reads a state of this or any earlier version; what can be derived is built anew.
    ///
    /// Total: any bytes give a state or an error. It reads as far as the state goes; the caller says whether more may
    /// follow.
    /// - Throws: ``WireError``; for a version that this build does not know, an unknown tag.
    init(key: String, decodingState reader: inout ByteReader) throws(WireError)

    /// When ``dueCommand`` is next to be decided: the earliest timer of the logged and of the soft state.
    func nextDue(soft: Soft) -> Instant?
    /// The command that a timer that has come due amounts to.
    static var dueCommand: Command { get }
    /// The command that tells of the forced recovery of another shard: what it held is gone.
    static func recoveredCommand(_ shard: ShardID) -> Command
}

extension Entity {
    public static var isLogged: Bool { true }
    public static var rests: Bool { false }
}
