/// What recovery says about a replica's log.
///
/// The term and the vote are intact, unless ``Restored/isTermLost`` says otherwise.
public enum ReplicaCondition: Hashable, Sendable {
    /// A commit hint beyond the end of the log contradicts this; the tail is then taken for uncertain.
    case intact
    /// The tail is damaged: entries that this replica may have acknowledged are gone.
    ///
    /// It does not campaign. It votes for a log that reaches the last lost record (its header was readable) or, if that
    /// place is unknown, one with an entry of a later term than its own at the restart: whoever led that term had all
    /// that was committed before. It is intact again once its own log gets so far. Three or more voters do without its
    /// vote. Two cannot, if the place is unknown: that the other one agrees proves nothing, since the lost entries may
    /// have brought a third.
    ///
    /// What is left of the log may be older than the configuration, so this core never concludes that a replica is the
    /// only voter. Where that is known from elsewhere (replication factor 1), recovery truncates, lowers the commit
    /// hint to the end of the log, reports it, and calls the result intact.
    case tailUncertain(lost: LogPosition?)
    /// There is a hole in the log; the restored entries end before it, and the log once reached `through`.
    ///
    /// No vote, no campaign, and nothing acknowledged beyond the hole, until the log reaches `through` again (if
    /// unknown: an entry of a later term than at the restart).
    case repairing(through: LogPosition?)
}

/// What a replica starts from.
public struct Restored: Sendable {
    public var hardState: HardState
    public var snapshot: SnapshotMark
    /// Consecutive, from the entry behind the snapshot on.
    public var entries: [LogEntry]
    /// The application has applied so much; entries up to it are not handed out again. The snapshot's index or more.
    public var applied: UInt64
    public var condition: ReplicaCondition
    /// Term and vote may have been later ones than ``hardState`` says. Goes with ``ReplicaCondition/repairing(through:)``.
    public var isTermLost: Bool
    /// The only other replica of the group, as far as that is known from elsewhere, when the two share one vote: if the log
    /// here is damaged, the other may hold what is lost.
    public var witness: ReplicaID?

    public init(
        hardState: HardState = .initial, snapshot: SnapshotMark, entries: [LogEntry] = [], applied: UInt64 = 0,
        condition: ReplicaCondition = .intact, isTermLost: Bool = false, witness: ReplicaID? = nil
    ) {
        self.hardState = hardState
        self.snapshot = snapshot
        self.entries = entries
        self.applied = applied
        self.condition = condition
        self.isTermLost = isTermLost
        self.witness = witness
    }

    /// The hard state with the snapshot's term, if that is later: a snapshot from a peer may have been stored before
    /// the term that it brought, and nobody can have been voted for in a term that was never stored.
    var effectiveHardState: HardState {
        hardState.term >= snapshot.term
            ? hardState : HardState(term: snapshot.term, vote: nil, commit: hardState.commit)
    }

    /// Whether this is a log that a replica can have written.
    func validate() throws(RestoreError) {
        var previous = snapshot.position
        guard previous.isPlausible, hardState.term <= LogPosition.largestNumber else {
            throw .log("a term or an index is too large")
        }
        for entry in entries {
            guard entry.index == previous.index + 1 else {
                throw .log("entry \(entry.index) follows \(previous.index)")
            }
            guard entry.term >= previous.term else { throw .log("the term falls at entry \(entry.index)") }
            previous = entry.position
        }
        guard previous.term <= max(hardState.term, snapshot.term) else {
            throw .log("the log has term \(previous.term), the replica only \(hardState.term)")
        }
        guard applied <= previous.index else { throw .log("applied \(applied) lies behind the end of the log") }
    }
}

/// Why a replica cannot start. Nothing has been changed; the data directory wants an operator's look.
public enum RestoreError: Error, Hashable, Sendable {
    /// A setting makes no sense.
    case settings(String)
    /// What was restored is no log of a replica.
    case log(String)
    /// The payload of the configuration entry at this index cannot be decoded.
    case configuration(index: UInt64)
}
