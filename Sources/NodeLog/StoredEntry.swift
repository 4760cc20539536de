/// One entry of a group's log. What its payload means is the caller's business.
public struct StoredEntry: Sendable, Equatable {
    public let index: UInt64
    public let term: UInt64
    public let kind: UInt8
    public let payload: [UInt8]

    public init(index: UInt64, term: UInt64, kind: UInt8, payload: [UInt8]) {
        self.index = index
        self.term = term
        self.kind = kind
        self.payload = payload
    }
}

/// What a group has promised (Raft paper, figure 2): its term, its vote in that term, and a hint how far it committed.
public struct StoredHardState: Sendable, Equatable {
    public var term: UInt64
    public var vote: UInt64?
    /// A hint that may lag: it becomes durable with the next record of the group.
    public var commit: UInt64

    public init(term: UInt64 = 0, vote: UInt64? = nil, commit: UInt64 = 0) {
        self.term = term
        self.vote = vote
        self.commit = commit
    }
}

/// The last entry that a snapshot covers.
public struct StoredMark: Sendable, Hashable {
    public let index: UInt64
    public let term: UInt64

    public init(index: UInt64, term: UInt64) {
        self.index = index
        self.term = term
    }

    package static let zero = StoredMark(index: 0, term: 0)
}

/// One thing to write. Items of a group take effect in their order.
public enum LogItem: Sendable, Equatable {
    /// A new term or vote is written twice; a new commit alone costs nothing and travels with the next record.
    case hardState(group: UInt32, StoredHardState)
    /// Consecutive entries. They replace what the group has from the first one's index on.
    case entries(group: UInt32, [StoredEntry])
    /// The entries from `index` on are gone.
    case truncate(group: UInt32, from: UInt64)
    /// A snapshot that covers the log up to this mark is in its place. Entries that contradict it are gone.
    case snapshot(group: UInt32, StoredMark)
    /// Entries up to `index` will not be asked for again, and may make room. Held to the newest snapshot's index.
    case floor(group: UInt32, index: UInt64)
    /// Nothing was found of the group, and there may have been something: it is ``GroupCondition/mustRejoin`` until
    /// ``settled(group:)``. Belongs before anything else that is written of it.
    case damaged(group: UInt32)
    /// The log of the group is whole again as it now stands: repaired by its peers, or cut by a decision.
    case settled(group: UInt32)
    /// The group does not live here any more.
    case forget(group: UInt32)

    public var group: UInt32 {
        switch self {
        case .hardState(let group, _), .entries(let group, _), .truncate(let group, _), .snapshot(let group, _),
            .floor(let group, _), .damaged(let group), .settled(let group), .forget(let group):
            group
        }
    }

    /// About how many bytes it takes in the log.
    public var bytes: Int {
        switch self {
        case .entries(_, let entries): entries.reduce(RecordHeader.size) { $0 + $1.payload.count + 8 }
        case .hardState, .truncate, .snapshot, .floor, .damaged, .settled, .forget: 160
        }
    }
}

/// How far a group's log can be relied on after recovery (architecture, section 7).
public enum GroupCondition: Sendable, Equatable {
    case intact
    /// The last batch is damaged and may have been acknowledged. The replica does not campaign; it votes only for logs
    /// that reach `from`, or where that is unknown (`nil`) only with all other voters heard. A group of one truncates.
    case tailUncertain(from: UInt64?)
    /// Acknowledged entries from `from` on are lost here, or were replaced in what is lost: no votes and no
    /// acknowledgements until peers sent them. Entries from `from` on that are still there are not to be relied on.
    case repairing(from: UInt64)
    /// Both copies of term and vote are lost: the replica may not vote under this name again.
    case mustRejoin

    package var rank: UInt8 {
        switch self {
        case .intact: 0
        case .tailUncertain: 1
        case .repairing: 2
        case .mustRejoin: 3
        }
    }

    package var index: UInt64? {
        switch self {
        case .intact, .mustRejoin: nil
        case .tailUncertain(let index): index
        case .repairing(let index): index
        }
    }

    init?(rank: UInt8, index: UInt64?) {
        switch (rank, index) {
        case (0, _): self = .intact
        case (1, let index): self = .tailUncertain(from: index)
        case (2, let index?): self = .repairing(from: index)
        case (3, _): self = .mustRejoin
        default: return nil
        }
    }

    /// The graver of two findings; of equals the one that begins earlier.
    func joined(with other: GroupCondition) -> GroupCondition {
        if rank != other.rank { return rank > other.rank ? self : other }
        return (index ?? 0) <= (other.index ?? 0) ? self : other
    }

    /// What it comes to in a group of one replica: there is nobody to ask, so a damaged tail is cut off and reported,
    /// and a lost vote cannot collide. A hole in acknowledged data stays one.
    public var inGroupOfOne: GroupCondition {
        switch self {
        case .intact, .tailUncertain, .mustRejoin: .intact
        case .repairing: self
        }
    }
}
