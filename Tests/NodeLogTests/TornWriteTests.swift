import NodeLog
import Testing

/// Architecture, section 7: a batch that nobody was told of disappears without a trace; nothing else does.
@Suite struct TornWriteTests {
    static let last: [LogItem] = [
        .hardState(group: 1, StoredHardState(term: 3, vote: 9, commit: 5)),
        .entries(group: 1, Sample.entries(6...7, term: 3)),
        .entries(group: 2, Sample.entries(5...5, term: 1, String(repeating: "long enough to compress ", count: 40))),
        .entries(group: 3, Sample.entries(3...30, term: 5, "short")),
    ]

    /// The files before and after an unsynced last batch.
    private func batch() throws -> (disk: MemoryDisk, model: [UInt32: GroupModel], path: String, range: Range<Int>) {
        let disk = MemoryDisk()
        let (log, model) = try Sample.written(to: disk)
        let start = log.current.offset
        try log.append(Self.last)
        return (disk, model, LogPath.segment(log.current.use.number), start..<log.current.offset)
    }

    /// All that may be there after a crash: what was acknowledged, and some of what was not.
    static func check(_ recovered: RecoveredLog, _ model: [UInt32: GroupModel], unsynced: [LogItem]) -> String? {
        for (number, acknowledged) in model.sorted(by: { $0.key < $1.key }) {
            guard let found = recovered.groups.first(where: { $0.group == number }) else {
                return "group \(number) is gone"
            }
            if found.condition != .intact { return "group \(number) is \(found.condition)" }
            var states = [acknowledged]
            var state = acknowledged
            for item in unsynced where item.group == number {
                if case .entries(_, let entries) = item {
                    for entry in entries {
                        state.take(entry)
                        states.append(state)
                    }
                } else {
                    state.take(item)
                    states.append(state)
                }
            }
            let base = found.snapshot?.index ?? 0
            let fits = states.contains { state in
                state.term == found.hardState.term && state.vote == found.hardState.vote
                    && state.entries.filter { $0.index > base } == found.entries
            }
            if !fits {
                let seen = states.map { "\($0.term) \($0.vote ?? 0) \($0.entries.map(\.index).suffix(3))" }
                return "group \(number) is in no state that it was in: \(found.hardState), "
                    + "\(found.entries.map(\.index).suffix(3)); behind \(base) of \(acknowledged.snapshot) those were \(seen)"
            }
        }
        return nil
    }

    @Test func `the last batch cut at every byte leaves all groups intact`() throws {
        let (disk, model, path, range) = try batch()
        let content = try #require(disk.files[path])
        let whole = content.bytes
        #expect(range.count > 600)
        for cut in range {
            content.bytes = whole
            for place in cut..<range.upperBound { content.bytes[place] = 0 }
            let recovered = try Sample.read(disk)
            let fault = Self.check(recovered, model, unsynced: Self.last)
            #expect(fault == nil, "cut at byte \(cut - range.lowerBound): \(fault ?? "")")
        }
    }

    @Test(
        arguments: [
            // A leader was deposed, and what it had proposed was replaced; a slow disk made one batch of it all.
            [
                .entries(group: 1, Sample.entries(3...4, term: 1)), .truncate(group: 1, from: 3),
                .entries(group: 1, Sample.entries(3...5, term: 2)),
                .hardState(group: 1, .init(term: 1, vote: 7, commit: 5)),
            ],
            // The same with a snapshot of the new leader, whichever is said first.
            [
                .entries(group: 1, Sample.entries(3...4, term: 1)), .snapshot(group: 1, StoredMark(index: 9, term: 2)),
                .hardState(group: 1, .init(term: 1, vote: 7, commit: 9)),
            ],
            [
                .entries(group: 1, Sample.entries(3...4, term: 1)),
                .hardState(group: 1, .init(term: 1, vote: 7, commit: 9)),
                .snapshot(group: 1, StoredMark(index: 9, term: 2)),
            ],
        ] as [[LogItem]])
    func `what is replaced in one batch is not taken for committed where the batch is cut`(_ batch: [LogItem]) throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append([
            .entries(group: 1, Sample.entries(1...2, term: 1)),
            .hardState(group: 1, .init(term: 1, vote: 7, commit: 2)),
        ])
        _ = try log.sync()
        let start = log.current.offset
        try log.append(batch)
        let end = log.current.offset
        let content = try #require(disk.files[LogPath.segment(log.current.use.number)])
        let whole = content.bytes
        for cut in start...end {
            content.bytes = whole
            for place in cut..<end { content.bytes[place] = 0 }
            let group = try #require(try Sample.read(disk).groups.first)
            let committed = group.entries.filter { $0.index <= group.hardState.commit }
            #expect(committed.allSatisfy { $0.index < 3 || $0.term == 2 }, "cut at byte \(cut - start): \(group)")
        }
    }

    @Test func `after a cut the log goes on, and a second recovery finds the same`() throws {
        let (disk, model, path, range) = try batch()
        for cut in stride(from: range.lowerBound, to: range.upperBound, by: 23) {
            let copy = disk.copy()
            let content = try #require(copy.files[path])
            for place in cut..<range.upperBound { content.bytes[place] = 0 }
            let (log, first) = try Sample.open(copy)
            #expect(log.current.use.number == 1, "a cut needs no new segment")
            let end = try #require(first.groups.first { $0.group == 1 }?.entries.last?.index)
            try log.append([.entries(group: 1, Sample.entries(end + 1...end + 3, term: 4, "after"))])
            _ = try log.sync()
            var after = model
            for found in first.groups {
                var group = after[found.group] ?? GroupModel()
                group.entries = group.entries.filter { $0.index <= (found.snapshot?.index ?? 0) } + found.entries
                group.history += found.entries
                group.term = found.hardState.term
                group.vote = found.hardState.vote
                after[found.group] = group
            }
            after[1]?.take(.entries(group: 1, Sample.entries(end + 1...end + 3, term: 4, "after")))
            let second = try Sample.read(copy)
            #expect(Judge.fault(second, against: after) == nil)
            #expect(second.groups.allSatisfy { $0.condition == .intact })
            #expect(second.report.findings.isEmpty)
        }
    }

    @Test func `records left over from a batch that was cut off do not come back`() throws {
        let disk = MemoryDisk()
        let (log, _) = try Sample.written(to: disk)
        let start = log.current.offset
        try log.append([
            .entries(group: 1, [Sample.entry(6, term: 2, "dropped")]),
            .entries(group: 2, [Sample.entry(5, term: 1, "dropped")]),
        ])
        let content = try #require(disk.files[LogPath.segment(1)])
        for place in start..<start + 80 { content.bytes[place] = 0 }
        // The zeroing of what was cut off gets lost, and the next record is as long as the one that it replaces.
        disk.ignoresZeros = true
        disk.kill()
        let (again, recovered) = try Sample.open(disk)
        #expect(recovered.groups.allSatisfy { $0.condition == .intact })
        try again.append([.entries(group: 1, [Sample.entry(6, term: 2, "instead")])])
        _ = try again.sync()
        let groups = try Sample.read(disk).groups
        #expect(groups[0].entries.last == Sample.entry(6, term: 2, "instead"))
        #expect(groups[1].entries.last == Sample.entry(4, term: 1), "a record that nothing links to is no record")
        #expect(groups.allSatisfy { $0.condition == .intact })
    }

    @Test func `of the last batch any sectors may be lost`() throws {
        for seed in 0..<300 as Range<UInt64> {
            var random = TestRandom(seed: seed)
            let disk = MemoryDisk()
            let (log, model) = try Sample.written(to: disk)
            let filler = (6...20).map { StoredEntry(index: $0, term: 2, kind: 1, payload: random.bytes(300)) }
            let items = [LogItem.entries(group: 1, filler)] + Self.last.dropFirst(2)
            try log.append(items)
            disk.losePower(&random)
            let fault = Self.check(try Sample.read(disk), model, unsynced: items)
            #expect(fault == nil, "seed \(seed): \(fault ?? "")")
        }
    }

    @Test func `sectors torn inside are never taken for whole`() throws {
        for seed in 0..<300 as Range<UInt64> {
            var random = TestRandom(seed: seed)
            let disk = MemoryDisk()
            let (log, model) = try Sample.written(to: disk)
            try log.append(Self.last)
            disk.losePower(&random, tearing: true)
            let recovered = try Sample.read(disk)
            for (number, expected) in model {
                let found = try #require(recovered.groups.first { $0.group == number })
                let base = found.snapshot?.index ?? 0
                let acknowledged = expected.entries.filter { $0.index > base }
                #expect(found.entries.starts(with: acknowledged), "seed \(seed), group \(number)")
            }
        }
    }
}
