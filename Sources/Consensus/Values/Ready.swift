/// A write to stable storage, to be carried out in the order of tokens.
///
/// In this order: if `snapshot` is there, entries up to its index are gone and the log starts behind it; entries from
/// `truncateFrom` on are gone; `entries` are appended; `hardState` replaces the one before. Entries that were cut off
/// are known not to be executed, unless they come again.
public struct StorageWrite: Hashable, Sendable {
    /// Given back with ``RaftGroup/persisted(_:)``; ascending.
    public let token: WriteToken
    public let hardState: HardState?
    public let snapshot: SnapshotMark?
    public let truncateFrom: UInt64?
    public let entries: [LogEntry]
}

/// Names a write of one ``RaftGroup`` value.
public struct WriteToken: Hashable, Comparable, Sendable, CustomStringConvertible {
    let number: UInt64

    /// Of a write that is nobody's; no group waits for it.
    public static let nothing = WriteToken(number: 0)

    public static func < (left: WriteToken, right: WriteToken) -> Bool { left.number < right.number }
    public var description: String { "w\(number)" }
}

/// The part that a replica plays (Raft paper, 5.1; thesis, 9.6 for the pre-candidate).
public enum RaftRole: String, Sendable {
    case follower, preCandidate, candidate, leader
}

/// What a replica believes about leadership; it is lost in a restart.
public struct SoftState: Hashable, Sendable {
    public let role: RaftRole
    public let term: UInt64
    public let leader: ReplicaID?
}

/// A read that may be served once everything up to `index` is applied (thesis, 6.4).
public struct ReadIndex: Hashable, Sendable {
    public let id: UInt64
    public let index: UInt64
}

/// A follower that needs a snapshot; the driver streams one at least as new as `mark` and reports with
/// ``RaftGroup/snapshotSent(to:succeeded:)``.
public struct SnapshotOrder: Hashable, Sendable {
    public let to: ReplicaID
    public let mark: SnapshotMark
}

/// A thing that correct replicas never do; the driver stops the group and reports it.
public enum InvariantViolation: Hashable, Sendable {
    /// Another replica leads in the term in which this one leads (Raft paper, 5.2).
    case secondLeader(ReplicaID, term: UInt64)
}

/// Everything that a group wants done.
///
/// The messages may go before the write is carried out: what promises something durable is held back inside until then.
public struct Ready: Sendable {
    public var write: StorageWrite?
    public var messages: [RaftMessage] = []
    /// To be applied in order, each exactly once in the life of this value; then call ``RaftGroup/applied(upTo:)``.
    /// They are committed, but this replica's own copy may still be on its way to the disk.
    public var committed: [LogEntry] = []
    /// There when it changed.
    public var softState: SoftState?
    public var readIndexes: [ReadIndex] = []
    /// Reads that this replica cannot serve; ask the leader.
    public var failedReads: [UInt64] = []
    public var snapshotsToSend: [SnapshotOrder] = []
    public var violations: [InvariantViolation] = []

    public init() {}

    public var isEmpty: Bool {
        write == nil && messages.isEmpty && committed.isEmpty && softState == nil && readIndexes.isEmpty
            && failedReads.isEmpty && snapshotsToSend.isEmpty && violations.isEmpty
    }
}
