/// Turns items into records: checks them against their groups and gathers consecutive entries. Pure; nothing is written.
struct BatchPlan {
    private(set) var drafts: [RecordDraft] = []
    /// The groups as they are once the records are written.
    private(set) var tails: [UInt32: GroupTail] = [:]
    /// Groups with a new term or vote, ascending.
    private(set) var votes: [UInt32] = []
    private(set) var hasEntries = false

    init() {}

    init(_ items: [LogItem], groups: [UInt32: GroupTail], entryLimit: Int) throws(LogError) {
        var byGroup: [UInt32: [Int]] = [:]
        for place in items.indices { byGroup[items[place].group, default: []].append(place) }
        for (group, places) in byGroup.sorted(by: { $0.key < $1.key }) {
            if groups[group] == nil, groups.count + tails.count >= LogLimits.groups {
                throw .tooLarge(bytes: groups.count + 1, limit: LogLimits.groups)
            }
            var one = GroupPlan(group: group, tail: groups[group] ?? GroupTail(), entryLimit: entryLimit)
            for place in places { try one.take(items[place]) }
            one.finish()
            hasEntries = hasEntries || one.hasEntries
            drafts.append(contentsOf: one.drafts)
            tails[group] = one.tail
            if one.isVote { votes.append(group) }
        }
    }

    /// Adds the state of a group as it is.
    mutating func add(state tail: GroupTail, of group: UInt32) {
        drafts.append(RecordDraft(state: tail, group: group))
        tails[group] = tail
    }

    /// Bytes that the records take at most.
    var bytes: Int { drafts.reduce(0) { $0 + RecordHeader.length(stored: $1.payload.count) } }

    var largest: Int { drafts.reduce(0) { max($0, RecordHeader.length(stored: $1.payload.count)) } }
}

/// The part of one group in a ``BatchPlan``.
struct GroupPlan {
    let group: UInt32
    var tail: GroupTail
    package let entryLimit: Int
    private(set) var drafts: [RecordDraft] = []
    private(set) var isVote = false
    private(set) var hasEntries = false
    private var open: RecordDraft?
    private var isStatePending = false

    init(group: UInt32, tail: GroupTail, entryLimit: Int) {
        self.group = group
        self.tail = tail
        self.entryLimit = entryLimit
    }

    mutating func take(_ item: LogItem) throws(LogError) {
        switch item {
        case .hardState(_, let state): take(state)
        case .entries(_, let entries): for entry in entries { try take(entry) }
        case .truncate(_, let index): try truncate(from: index)
        case .snapshot(_, let mark): take(mark)
        case .floor(_, let index):
            let floor = min(index, tail.state.snapshot.index)
            guard floor > tail.state.floor else { return }
            tail.state.floor = floor
            tail.terms.drop(through: floor)
            changeState()
        case .damaged:
            tail.state.condition = .mustRejoin
            tail.state.isForgotten = false
            changeState()
        case .settled:
            tail.state.condition = .intact
            changeState()
        case .forget:
            tail.state = GroupState()
            tail.state.isForgotten = true
            tail.terms = TermIndex()
            isVote = true
            changeState()
        }
    }

    /// Closes what is open. The last record carries the commit that the whole batch came to, if entries or the state end it.
    mutating func finish() {
        closeEntries()
        closeState()
        guard let last = drafts.indices.last, drafts[last].type == .entries else { return }
        EntriesPayload.setCommit(tail.state.hardState.commit, in: &drafts[last].payload)
    }

    private mutating func take(_ state: StoredHardState) {
        let old = tail.state.hardState
        let isPromise = old.term != state.term || old.vote != state.vote || tail.state.isForgotten
        // What a snapshot is about to replace is not what was committed.
        if state.commit > tail.terms.end.index { closeEntries() }
        tail.state.hardState = state
        tail.state.isForgotten = false
        guard isPromise else { return }
        isVote = true
        changeState()
    }

    private mutating func take(_ entry: StoredEntry) throws(LogError) {
        guard entry.payload.count <= entryLimit else { throw .tooLarge(bytes: entry.payload.count, limit: entryLimit) }
        guard entry.index > tail.terms.base.index, entry.index <= tail.terms.end.index + 1 else {
            throw .misplaced(group: group, index: entry.index, end: tail.terms.end.index)
        }
        closeState()
        hasEntries = true
        let bytes = EntriesPayload.framing + entry.payload.count
        if let draft = open,
            draft.term != entry.term || draft.index + UInt64(draft.count) != entry.index
                || draft.payload.count + bytes > LogLimits.recordBytes || draft.count >= LogLimits.entriesPerRecord
        {
            closeEntries()
        }
        if open == nil {
            open = RecordDraft(
                type: .entries, group: group, count: 0, term: entry.term, index: entry.index,
                previousTerm: tail.terms.term(at: entry.index - 1) ?? 0, payload: EntriesPayload.begin())
        }
        open?.count += 1
        open?.payload.append(entry)
        tail.terms.append(first: entry.index, count: 1, term: entry.term)
    }

    private mutating func truncate(from index: UInt64) throws(LogError) {
        guard index > tail.terms.base.index, index <= tail.terms.end.index + 1 else {
            throw .misplaced(group: group, index: index, end: tail.terms.end.index)
        }
        closeState()
        closeEntries()
        tail.terms.cut(from: index)
        drafts.append(
            RecordDraft(
                type: .truncate, group: group, count: 0, term: tail.state.hardState.term, index: index,
                previousTerm: tail.terms.end.term, payload: []))
    }

    private mutating func take(_ mark: StoredMark) {
        guard mark.index > tail.state.snapshot.index else { return }
        closeEntries()
        tail.state.snapshot = mark
        if tail.terms.term(at: mark.index) != mark.term { tail.terms = TermIndex(after: mark) }
        changeState()
    }

    private mutating func changeState() {
        closeEntries()
        isStatePending = true
    }

    /// Entries carry what was known to be committed when they came. A later commit may be of what replaces them in the
    /// same batch, and of that batch a crash may leave no more than this record.
    private mutating func closeEntries() {
        guard var draft = open else { return }
        EntriesPayload.setCommit(tail.state.hardState.commit, in: &draft.payload)
        drafts.append(draft)
        open = nil
    }

    private mutating func closeState() {
        guard isStatePending else { return }
        isStatePending = false
        drafts.append(RecordDraft(state: tail, group: group))
    }
}

extension RecordDraft {
    /// All about a group, and where its log ends.
    init(state tail: GroupTail, group: UInt32) {
        self.init(
            type: .state, group: group, count: 0, term: tail.state.hardState.term, index: tail.terms.end.index + 1,
            previousTerm: tail.terms.end.term, payload: tail.state.bytes)
    }
}
