/// The entries that a replica holds in memory: everything since the last compaction and some more.
///
/// Positions are found by subtraction; dropping a prefix moves an offset and copies the rest only when half of the
/// array is dead, so that each entry is moved a bounded number of times.
package struct RaftLog: Sendable {
    private var slots: [LogEntry]
    private var dead = 0
    /// The place before the first entry held.
    package private(set) var base: LogPosition
    /// The newest snapshot that the driver can send; not before `base`.
    package private(set) var snapshot: SnapshotMark

    /// Below so many dead slots nothing is copied.
    private static let slack = 64

    package init(snapshot: SnapshotMark, entries: [LogEntry]) {
        self.snapshot = snapshot
        base = snapshot.position
        slots = entries
    }

    package var lastIndex: UInt64 { base.index + UInt64(slots.count - dead) }

    package var last: LogPosition { slots.count > dead ? slots[slots.count - 1].position : base }

    private func slot(_ index: UInt64) -> Int { dead + Int(index - base.index) - 1 }

    /// The term at an index, or `nil` where nothing is held.
    package func term(at index: UInt64) -> UInt64? {
        if index == base.index { return base.term }
        return index > base.index && index <= lastIndex ? slots[slot(index)].term : nil
    }

    package func entry(at index: UInt64) -> LogEntry? {
        index > base.index && index <= lastIndex ? slots[slot(index)] : nil
    }

    /// Entries from `first` to `last` at most, stopping before `bytes` is exceeded, but at least one if there is one.
    package func entries(
        from first: UInt64, through last: UInt64 = .max, bytes: Int = .max, count limit: Int = .max
    ) -> [LogEntry] {
        let end = min(last, lastIndex)
        guard first > base.index, first <= end else { return [] }
        let start = slot(first)
        let bound = slot(end) + 1
        var stop = start
        var size = 0
        while stop < bound, stop - start < limit {
            size += slots[stop].size
            if size > bytes && stop > start { break }
            stop += 1
        }
        return Array(slots[start..<stop])
    }

    package mutating func append(_ entry: LogEntry) {
        precondition(entry.index == lastIndex + 1, "entry \(entry.index) does not follow \(lastIndex)")
        slots.append(entry)
    }

    /// Removes the entries from `index` on.
    package mutating func truncate(from index: UInt64) {
        precondition(index > base.index, "entry \(index) is compacted; the log begins behind \(base)")
        guard index <= lastIndex else { return }
        slots.removeSubrange(slot(index)...)
    }

    /// Takes note of a snapshot and drops what it covers but for `trailing` entries.
    package mutating func compact(to mark: SnapshotMark, trailing: UInt64) {
        precondition(mark.index <= lastIndex && mark.index >= snapshot.index, "no entry \(mark.index) to compact to")
        snapshot = mark
        let index = mark.index > trailing ? mark.index - trailing : 0
        guard index > base.index, let term = term(at: index) else { return }
        dead = slot(index) + 1
        base = LogPosition(index: index, term: term)
        if dead > Self.slack && dead * 2 > slots.count {
            slots.removeSubrange(..<dead)
            dead = 0
        }
    }

    /// Starts anew behind a snapshot, keeping the entries behind it if the log agrees with it.
    package mutating func restart(at mark: SnapshotMark) {
        let keeps = term(at: mark.index) == mark.term
        slots = keeps ? entries(from: mark.index + 1) : []
        dead = 0
        snapshot = mark
        base = mark.position
    }

    /// The last place at or before `index` whose term is at most `term`: as far as a log with that term there can agree
    /// with this one (Raft paper, end of 5.3).
    ///
    /// Terms never fall along a log, so this halves the distance at each step. Before the entries held, the base stands
    /// for what nobody here knows.
    package func lastAgreeing(atOrBefore index: UInt64, term: UInt64) -> LogPosition {
        var low = base.index
        var high = max(min(index, lastIndex), base.index)
        while low < high {
            let middle = low + (high - low + 1) / 2
            if let found = self.term(at: middle), found <= term { low = middle } else { high = middle - 1 }
        }
        return LogPosition(index: low, term: self.term(at: low) ?? 0)
    }
}
