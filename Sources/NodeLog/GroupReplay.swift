/// Rebuilds one group from its records, in the order of the log, and finds out what is missing.
///
/// Two logs of one group that hold an entry of the same index and term are the same up to it (log matching, Raft paper
/// 5.3). So a record that says which term came before it proves that nothing of the group was lost in between.
struct GroupReplay {
    /// Entries without a gap.
    private struct Run {
        var previousTerm: UInt64
        var start: UInt64
        var entries: [StoredEntry]
        var end: UInt64 { start + UInt64(entries.count) - 1 }
    }

    /// How grave a loss is that may have hit the group.
    enum Suspicion: Int {
        case none, tail, middle
    }

    private(set) var state = GroupState()
    private(set) var hasState = false
    /// A record that may have held a newer state could not be read.
    private(set) var isStateUncertain = false
    private(set) var suspicion = Suspicion.none
    /// The place of the last entry that the group is known to have had.
    private(set) var end = StoredMark.zero
    private var runs: [Run] = []
    /// The first index that damage of the last batch took.
    private var uncertainFrom: UInt64?

    /// What recovery hands on about the entries.
    struct Outcome {
        var snapshot: StoredMark?
        var entries: [StoredEntry]
        var condition: GroupCondition
    }

    /// Takes a record whose header is whole. A payload that is damaged, or is not what its type says, is `nil`.
    /// - Returns: false where the payload does not fit its header.
    mutating func apply(_ header: RecordHeader, payload: [UInt8]?, isTail: Bool) -> Bool {
        switch header.type {
        case .entries:
            let content = payload.flatMap { EntriesPayload.decode($0, header: header) }
            join(header)
            cut(from: header.index)
            if let content {
                append(content.entries, previousTerm: header.previousTerm)
                state.hardState.commit = max(state.hardState.commit, content.commit)
            } else if isTail, uncertainFrom == nil {
                uncertainFrom = header.index
            }
            end = StoredMark(index: header.lastIndex, term: header.term)
            return content != nil
        case .truncate:
            join(header)
            cut(from: header.index)
            end = StoredMark(index: header.index - 1, term: header.previousTerm)
            return payload?.isEmpty == true
        case .state:
            guard let content = payload.flatMap(GroupState.init) else {
                isStateUncertain = true
                return false
            }
            apply(content, header)
            return true
        }
    }

    /// Something before this point of the log cannot be read, and may have been this group's.
    mutating func suspect(_ suspicion: Suspicion) {
        isStateUncertain = true
        if suspicion.rawValue > self.suspicion.rawValue { self.suspicion = suspicion }
    }

    private mutating func apply(_ content: GroupState, _ header: RecordHeader) {
        if content.isForgotten {
            self = GroupReplay()
            state = content
            hasState = true
            return
        }
        // A snapshot that the entries here do not lead up to came from a peer and took their place.
        if content.snapshot.index > state.snapshot.index, term(at: content.snapshot.index) != content.snapshot.term {
            cut(from: state.hardState.commit + 1)
        }
        let known = state.hardState.commit
        state = content
        hasState = true
        isStateUncertain = false
        // What the record says is committed may be what is lost before it, and not what stands in its place here.
        state.hardState.commit = known
        join(header)
        state.hardState.commit = max(content.hardState.commit, min(known, header.index - 1))
        cut(from: header.index)
        end = StoredMark(index: header.index - 1, term: header.previousTerm)
        drop(through: content.floor)
    }

    /// Checks that the log goes on at `header.index` as it was left; forgets what is proven to have been replaced.
    private mutating func join(_ header: RecordHeader) {
        let before = header.index - 1
        suspicion = .none
        // Behind a gap the last entry that is known stands for its place: the leader of a term never replaces its own.
        if term(at: before) ?? end.term == header.previousTerm { return }
        // Something is lost in between. Entries up to the commit are never replaced; the rest may have been there.
        cut(from: max(state.hardState.commit, state.snapshot.index) + 1)
    }

    private func term(at index: UInt64) -> UInt64? {
        if index == 0 { return 0 }
        if index == end.index { return end.term }
        for run in runs.reversed() {
            if index >= run.start, index <= run.end { return run.entries[Int(index - run.start)].term }
            if index == run.start - 1 { return run.previousTerm }
        }
        return index == state.snapshot.index ? state.snapshot.term : nil
    }

    // No run may be held in a variable while it is changed: that would copy its entries each time.

    private mutating func append(_ entries: [StoredEntry], previousTerm: UInt64) {
        guard let first = entries.first else { return }
        if let run = runs.last, run.end == first.index - 1, (run.entries.last?.term ?? run.previousTerm) == previousTerm
        {
            runs[runs.count - 1].entries.append(contentsOf: entries)
        } else {
            runs.append(Run(previousTerm: previousTerm, start: first.index, entries: entries))
        }
    }

    private mutating func cut(from index: UInt64) {
        while let start = runs.last?.start, start >= index { runs.removeLast() }
        if let end = runs.last?.end, end >= index { runs[runs.count - 1].entries.removeLast(Int(end - index + 1)) }
        if let from = uncertainFrom, from >= index { uncertainFrom = nil }
    }

    private mutating func drop(through index: UInt64) {
        while let start = runs.first?.start, let end = runs.first?.end, start <= index {
            guard end > index else {
                runs.removeFirst()
                continue
            }
            let count = Int(index - start + 1)
            runs[0].previousTerm = runs[0].entries[count - 1].term
            runs[0].start = index + 1
            runs[0].entries.removeFirst(count)
        }
    }

    /// Chooses the newest whole snapshot and the entries that follow it without a gap.
    /// - Parameter snapshots: the marks of the snapshot files that were read and found whole.
    func finish(snapshots: [StoredMark]) -> Outcome {
        let base = snapshots.max { $0.index < $1.index } ?? .zero
        var entries: [StoredEntry] = []
        let first = base.index + 1
        var isContradicted = false
        if let run = runs.first(where: { $0.start <= first && $0.end >= first }) {
            let before = run.start == first ? run.previousTerm : run.entries[Int(base.index - run.start)].term
            if before == base.term {
                entries = Array(run.entries[Int(first - run.start)...])
            } else {
                isContradicted = true
            }
        }
        let good = base.index + UInt64(entries.count)
        // A snapshot holds only what was committed: entries that contradict it were never that, and are no loss.
        let known = max(isContradicted ? base.index : end.index, state.snapshot.index)
        var condition = state.condition
        if good < known {
            let isTail = uncertainFrom == good + 1 && state.snapshot.index <= good
            condition = condition.joined(with: isTail ? .tailUncertain(from: good + 1) : .repairing(from: good + 1))
        }
        switch suspicion {
        case .none: break
        case .tail: condition = condition.joined(with: .tailUncertain(from: nil))
        case .middle:
            // Entries above the commit may have been replaced in what is lost; they are handed out, but not vouched for.
            let sure = min(good, max(state.hardState.commit, base.index))
            condition = condition.joined(with: .repairing(from: sure + 1))
        }
        return Outcome(snapshot: base.index > 0 ? base : nil, entries: entries, condition: condition)
    }
}
