extension RaftGroup {
    /// What a snapshot of the state after an entry has to carry, or `nil` where the entry is not held (any more) or not
    /// on this replica's stable storage yet: a snapshot never runs ahead of the log beside it.
    public func mark(at index: UInt64) -> SnapshotMark? {
        guard index >= log.snapshot.index, index <= storage.durableIndex, let term = log.term(at: index) else {
            return nil
        }
        let item = configurations.item(at: index)
        return SnapshotMark(
            index: index, term: term, configuration: item.configuration, configurationIndex: item.index)
    }

    /// Drops the entries that a snapshot on stable storage covers, but for some that slow followers may still want.
    ///
    /// The mark comes from ``mark(at:)`` and covers applied entries only. One that is older than the last does nothing.
    public mutating func compact(upTo mark: SnapshotMark) {
        precondition(mark.index <= applied, "snapshot at \(mark.index) but only \(applied) entries are applied")
        guard mark.index > log.snapshot.index else { return }
        precondition(log.term(at: mark.index) == mark.term, "the snapshot's mark \(mark.position) is not of this log")
        log.compact(to: mark, trailing: settings.trailingEntries)
        configurations.compact(to: mark.index)
    }

    /// Puts a snapshot in the place of the log up to its mark (Raft paper, 7; thesis, 5.3).
    ///
    /// The driver has stored it and puts the application into its state when this returns true; entries handed out
    /// before and not applied are covered by it. The log's end is kept if it agrees with the snapshot. Configurations
    /// at or before the snapshot's index give way to the snapshot's: one that stayed could form a quorum of its own.
    /// - Returns: false if the snapshot brings nothing new, or this replica leads; nothing has then changed.
    public mutating func installSnapshot(_ mark: SnapshotMark) -> Bool {
        guard role != .leader, mark.position.isPlausible else { return false }
        guard mark.index > commit else {
            acknowledgeSnapshot(commit)
            return false
        }
        if mark.term > term { mayHaveKnown(mark.term, ledBy: nil) }
        if mark.term > term || role != .follower { becomeFollower(in: max(term, mark.term), of: nil) }
        let keepsLater = log.term(at: mark.index) == mark.term
        log.restart(at: mark)
        if fault != .staleConfigurationOnSnapshot { configurations.restart(at: mark, keepingLater: keepsLater) }
        storage.restart(at: mark, keepingLater: keepsLater)
        commit = mark.index
        handedOut = mark.index
        applied = mark.index
        reviewCondition()
        acknowledgeSnapshot(mark.index)
        return true
    }

    private mutating func acknowledgeSnapshot(_ index: UInt64) {
        if let leader, leader != id { promise(to: leader, .appendAccepted(match: index)) }
    }
}
