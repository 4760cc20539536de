import NodeLog
import Testing

/// Full disks, failed syncs, wrong callers.
@Suite struct SpaceAndFailureTests {
    private func entry(_ index: UInt64) -> LogItem {
        var random = TestRandom(seed: index)
        return .entries(group: 1, [StoredEntry(index: index, term: 1, kind: 0, payload: random.bytes(600))])
    }

    @Test func `on a full disk entries stop first, and votes go on`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append([.hardState(group: 1, StoredHardState(term: 1, vote: 1))])
        disk.capacity = disk.used
        var index: UInt64 = 0
        while true {
            do throws(LogError) {
                try log.append([entry(index + 1)])
                index += 1
            } catch {
                #expect(error == .reserve && !error.isFatal)
                break
            }
            _ = try log.sync()
        }
        #expect(index > 5 && log.space == .reserve)
        for term in 2...8 as ClosedRange<UInt64> {
            try log.append([.hardState(group: 1, StoredHardState(term: term, vote: term))])
            _ = try log.sync()
        }
        disk.kill()
        let again = try Sample.open(disk)
        #expect(again.recovered.groups[0].hardState.term == 8)
        #expect(again.recovered.groups[0].entries.count == Int(index))
        disk.capacity = .max
        while try again.log.prepare() {}
        #expect(again.log.space == .ample)
        try again.log.append([entry(index + 1)])
    }

    @Test func `below the threshold of free space the log says so`() throws {
        let disk = MemoryDisk()
        var settings = Sample.small
        settings.reserveFreeBytes = 1 << 20
        let log = try Sample.open(disk, settings: settings).log
        disk.capacity = disk.used + (1 << 19)
        while try log.prepare() {}
        #expect(log.space == .reserve)
        disk.capacity = .max
        _ = try log.prepare()
        #expect(log.space == .ample)
    }

    @Test func `after a failed sync nothing more is taken`() throws {
        let disk = MemoryDisk()
        let (log, _) = try Sample.written(to: disk)
        try #require(disk.files[LogPath.segment(1)]).failsSync = true
        try log.append([.entries(group: 1, [Sample.entry(6, term: 2)])])
        let expected = LogError.disk(.failedSync(LogPath.segment(1)))
        #expect(expected.isFatal)
        #expect(throws: expected) { try log.sync() }
        try #require(disk.files[LogPath.segment(1)]).failsSync = false
        #expect(throws: LogError.broken) { try log.sync() }
        #expect(throws: LogError.broken) { try log.append([]) }
    }

    @Test func `a vote's slot is not touched before the log has the vote`() throws {
        let disk = MemoryDisk()
        let (log, _) = try Sample.written(to: disk)
        let votes = try #require(disk.files[LogPath.votes])
        let before = votes.bytes
        try #require(disk.files[LogPath.segment(1)]).failsSync = true
        try log.append([.hardState(group: 1, StoredHardState(term: 9, vote: 1))])
        #expect(throws: LogError.disk(.failedSync(LogPath.segment(1)))) { try log.sync() }
        #expect(votes.bytes == before, "one crash could tear both copies")
    }

    @Test func `a failed sync of the votes is as fatal`() throws {
        let disk = MemoryDisk()
        let (log, _) = try Sample.written(to: disk)
        try #require(disk.files[LogPath.votes]).failsSync = true
        try log.append([.hardState(group: 1, StoredHardState(term: 9, vote: 1))])
        #expect(throws: LogError.disk(.failedSync(LogPath.votes))) { try log.sync() }
    }

    @Test func `items that do not join their group are refused, and nothing changes`() throws {
        let disk = MemoryDisk()
        let (log, model) = try Sample.written(to: disk)
        let before = log.current.offset
        #expect(throws: LogError.misplaced(group: 1, index: 9, end: 6)) {
            try log.append([.entries(group: 1, [Sample.entry(6, term: 2), Sample.entry(9, term: 2)])])
        }
        #expect(throws: LogError.misplaced(group: 2, index: 2, end: 4)) {
            try log.append([.entries(group: 2, [Sample.entry(2, term: 2)])])
        }
        #expect(throws: LogError.misplaced(group: 1, index: 7, end: 5)) {
            try log.append([.truncate(group: 1, from: 7)])
        }
        let limit = Sample.small.entryLimit
        #expect(throws: LogError.tooLarge(bytes: limit + 1, limit: limit)) {
            let payload = [UInt8](repeating: 1, count: limit + 1)
            try log.append([.entries(group: 1, [StoredEntry(index: 6, term: 2, kind: 0, payload: payload)])])
        }
        #expect(log.current.offset == before)
        try log.append([.entries(group: 1, [Sample.entry(6, term: 2)])])
        _ = try log.sync()
        var after = model
        after[1]?.take(Sample.entry(6, term: 2))
        #expect(Judge.fault(try Sample.read(disk), against: after) == nil)
    }

    @Test func `a commit alone writes nothing and needs no sync`() throws {
        let disk = MemoryDisk()
        let (log, _) = try Sample.written(to: disk)
        let syncs = disk.syncs
        let offset = log.current.offset
        try log.append([.hardState(group: 1, StoredHardState(term: 2, vote: 7, commit: 5))])
        _ = try log.sync()
        #expect(disk.syncs == syncs && log.current.offset == offset)
        try log.append([.entries(group: 1, [Sample.entry(6, term: 2)])])
        _ = try log.sync()
        #expect(try Sample.read(disk).groups.first?.hardState.commit == 5)
    }

    @Test func `a sync names the groups and how far they are durable`() throws {
        let disk = MemoryDisk()
        let (log, _) = try Sample.written(to: disk)
        try log.append([.entries(group: 2, [Sample.entry(5, term: 1)]), .entries(group: 1, [Sample.entry(6, term: 2)])])
        let durable = try log.sync()
        #expect(durable.ends == [.init(group: 1, index: 6), .init(group: 2, index: 5)])
        #expect(durable.position == LogPosition(segment: 1, offset: UInt32(log.current.offset)))
        #expect(try log.sync().ends.isEmpty)
    }
}
