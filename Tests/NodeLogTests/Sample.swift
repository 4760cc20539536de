import NodeLog

/// A small node for tests, and what it was told is durable.
struct Sample {
    static let identity = NodeIdentity(cluster: "sample", node: "n1", generation: 1)
    static var small: LogSettings {
        LogSettings(segmentBytes: 16 << 10, voteReserveBytes: 2 << 10, reserveFreeBytes: 0)
    }

    static func open(
        _ disk: MemoryDisk, settings: LogSettings = small
    ) throws(LogError) -> (log: WriteAheadLog, recovered: RecoveredLog) {
        try WriteAheadLog.open(disk, identity: identity, settings: settings)
    }

    /// Recovery without mending, so that nothing on the disk changes.
    static func read(_ disk: MemoryDisk, fault: LogFault = .none) throws(LogError) -> RecoveredLog {
        let snapshots = try SnapshotStore(disk).marks(quarantining: false)
        return try LogRecovery.read(disk, identity: identity, fault: fault, snapshots: snapshots).recovered
    }

    static func entry(_ index: UInt64, term: UInt64, _ text: String = "") -> StoredEntry {
        StoredEntry(index: index, term: term, kind: 1, payload: Array("entry \(index) of term \(term) \(text)".utf8))
    }

    static func entries(_ range: ClosedRange<UInt64>, term: UInt64, _ text: String = "") -> [StoredEntry] {
        range.map { entry($0, term: term, text) }
    }

    static func snapshot(_ disk: MemoryDisk, group: UInt32, _ mark: StoredMark) throws {
        let writer = try SnapshotStore(disk).write(
            group: group, mark: mark, configuration: [1, 2, 3], callerHeader: [])
        try writer.append(Array("state of \(group) at \(mark.index)".utf8))
        try writer.finish()
    }

    /// Three groups and five batches: votes, several terms, a rewrite, a truncation, a snapshot, one compressed record.
    static func written(to disk: MemoryDisk) throws -> (log: WriteAheadLog, model: [UInt32: GroupModel]) {
        let log = try open(disk).log
        try snapshot(disk, group: 2, StoredMark(index: 2, term: 1))
        let long = String(repeating: "again and ", count: 60)
        let batches: [[LogItem]] = [
            [
                .hardState(group: 1, StoredHardState(term: 1, vote: 7)),
                .hardState(group: 2, StoredHardState(term: 1, vote: 8)),
            ],
            [
                .entries(group: 1, entries(1...4, term: 1)), .entries(group: 2, entries(1...3, term: 1)),
                .hardState(group: 3, StoredHardState(term: 5, vote: nil)),
            ],
            [
                .hardState(group: 1, StoredHardState(term: 2, vote: 7, commit: 2)),
                .entries(group: 1, entries(3...5, term: 2)),
                .snapshot(group: 2, StoredMark(index: 2, term: 1)), .floor(group: 2, index: 2),
            ],
            [.truncate(group: 1, from: 5), .entries(group: 3, entries(1...2, term: 5, long))],
            [.entries(group: 1, entries(5...5, term: 2)), .entries(group: 2, entries(4...4, term: 1))],
        ]
        var model: [UInt32: GroupModel] = [:]
        for batch in batches {
            try log.append(batch)
            _ = try log.sync()
            for item in batch { model[item.group, default: GroupModel()].take(item) }
        }
        return (log, model)
    }
}

/// What a group should be, by the plainest reading of its items.
struct GroupModel: Equatable {
    var term: UInt64 = 0
    var vote: UInt64?
    var snapshot = StoredMark.zero
    var entries: [StoredEntry] = []
    /// All that were ever written.
    var history: [StoredEntry] = []

    var end: UInt64 { entries.last?.index ?? snapshot.index }
    /// The entries that recovery hands out.
    var visible: [StoredEntry] { entries.filter { $0.index > snapshot.index } }

    mutating func take(_ item: LogItem) {
        switch item {
        case .hardState(_, let state):
            term = state.term
            vote = state.vote
        case .entries(_, let some): for entry in some { take(entry) }
        case .truncate(_, let index): entries.removeAll { $0.index >= index }
        case .snapshot(_, let mark):
            let held =
                entries.first { $0.index == mark.index }?.term ?? (snapshot.index == mark.index ? snapshot.term : nil)
            if held != mark.term { entries = [] }
            snapshot = mark
        case .floor, .damaged, .settled: break
        case .forget: self = GroupModel()
        }
    }

    mutating func take(_ entry: StoredEntry) {
        entries.removeAll { $0.index >= entry.index }
        entries.append(entry)
        history.append(entry)
    }
}

/// What recovery may say of groups of which everything was acknowledged.
enum Judge {
    /// - Returns: why the result is wrong, or `nil`.
    static func fault(_ recovered: RecoveredLog, against model: [UInt32: GroupModel]) -> String? {
        for (number, expected) in model.sorted(by: { $0.key < $1.key }) {
            guard let found = recovered.groups.first(where: { $0.group == number }) else {
                if recovered.mayHideGroups { continue }
                return "group \(number) is gone without a word"
            }
            if found.condition == .mustRejoin { continue }
            if found.hardState.term != expected.term || found.hardState.vote != expected.vote {
                return
                    "group \(number) promised \(expected.term), \(String(describing: expected.vote)), has \(found.hardState)"
            }
            let base = found.snapshot?.index ?? 0
            let wanted = expected.entries.filter { $0.index > base }
            let next = base + UInt64(found.entries.count) + 1
            if let wrong = fault(found, wanted: wanted, next: next, expected) {
                return "group \(number) is \(found.condition) and ends at \(next - 1) of \(expected.end): \(wrong)"
            }
        }
        let strangers = recovered.groups.filter { model[$0.group] == nil }.map(\.group)
        return strangers.isEmpty ? nil : "groups \(strangers) were never written"
    }
    private static func fault(
        _ found: RecoveredGroup, wanted: [StoredEntry], next: UInt64, _ expected: GroupModel
    ) -> String? {
        guard found.entries.allSatisfy(expected.history.contains) else { return "entries nobody wrote" }
        let isPrefix = found.entries.elementsEqual(wanted.prefix(found.entries.count))
        switch found.condition {
        case .mustRejoin: return nil
        case .intact: return found.entries == wanted && next - 1 >= expected.end ? nil : "something is missing"
        case .tailUncertain(let from?): return isPrefix && from == next ? nil : "not a prefix, or not up to \(from)"
        case .tailUncertain(nil): return nil
        case .repairing(let from):
            let sure = found.entries.filter { $0.index < from }
            guard from <= next else { return "vouches for what is not there" }
            return sure == wanted.filter { $0.index < from } ? nil : "what lies below \(from) is wrong"
        }
    }
}
