/// Which term each entry of a group has, as the few places where it changes: the log keeps no entries in memory.
struct TermIndex: Sendable, Equatable {
    /// (first index, term), ascending; the first one is the mark that the log begins behind.
    private var changes: [StoredMark]
    private(set) var end: StoredMark

    /// An empty log behind `mark`.
    init(after mark: StoredMark = .zero) {
        changes = [mark]
        end = mark
    }

    var base: StoredMark { changes[0] }

    /// The term of the entry at `index`, or `nil` where the log does not reach.
    func term(at index: UInt64) -> UInt64? {
        guard index >= base.index, index <= end.index else { return nil }
        return changes.last { $0.index <= index }?.term
    }

    /// Entries of one term from `first` on; what was there goes. `first` is at most one behind the end.
    mutating func append(first: UInt64, count: UInt64, term: UInt64) {
        cut(from: first)
        if end.term != term { changes.append(StoredMark(index: first, term: term)) }
        end = StoredMark(index: first + count - 1, term: term)
    }

    mutating func cut(from index: UInt64) {
        guard index <= end.index, index > base.index else { return }
        while changes.count > 1, let last = changes.last, last.index >= index { changes.removeLast() }
        end = StoredMark(index: index - 1, term: changes.last?.term ?? base.term)
    }

    /// Forgets what lies before `index`.
    mutating func drop(through index: UInt64) {
        guard index > base.index, let term = term(at: index) else { return }
        let rest = changes.drop { $0.index <= index }
        changes = [StoredMark(index: index, term: term)] + rest
    }
}
