internal import Consensus
internal import NodeLog
internal import Primitives

/// How far a group is with its own snapshots.
struct SnapshotProgress {
    enum Phase {
        case idle
        /// Waits until fewer are under way.
        case queued
        /// The shard was asked for its state up to this index.
        case asked(UInt64)
        /// The state waits until the log beside it is on stable storage so far.
        case held(UInt64, [UInt8])
        case saving
    }

    var phase = Phase.idle
    /// What the newest one covers.
    var index: UInt64 = 0
    /// Bytes of records committed since its state was taken.
    var bytes = 0
    /// Bytes of its state: a large state is stored more seldom, so that snapshots cost no more than the log.
    var size = 0
    /// The tick at which its file was last doubted.
    var doubtedAt: UInt64?
    /// The next one is stored though nothing was committed since.
    var isRenewed = false
    /// What was found at the start, for the shard when it is opened.
    var restored: GroupSnapshot?

    var isIdle: Bool { if case .idle = phase { true } else { false } }

    init(_ found: GroupSnapshot?) {
        restored = found
        index = found?.mark.index ?? 0
        size = found?.state.count ?? 0
    }

    /// Whether enough was committed for a new one.
    func isDue(every limit: Int) -> Bool { isIdle && bytes >= max(limit, size) }
}

/// What a node has done with snapshots since its start.
public struct SnapshotCounters: Sendable, Equatable {
    /// Own states put on the shelf, and those that could not be.
    public var stored: UInt64 = 0
    public var failed: UInt64 = 0
    /// Transfers to followers that ended well, and those that did not.
    public var sent: UInt64 = 0
    public var unsent: UInt64 = 0
    /// States of peers that replaced this node's.
    public var installed: UInt64 = 0

    public init() {}

    public mutating func add(_ other: SnapshotCounters) {
        stored += other.stored
        failed += other.failed
        sent += other.sent
        unsent += other.unsent
        installed += other.installed
    }
}

/// A snapshot on its way to a follower.
struct SnapshotTransfer {
    /// The follower of one group.
    struct Receiver: Hashable {
        let shard: ShardID
        let replica: ReplicaID
    }

    let mark: StoredMark
    let node: NodeID
    /// When it last got on.
    var movedAt: Instant
}
