import NodeLog
import Testing

/// Segments: made ready, filled, freed and used again.
@Suite struct SegmentTests {
    private func fill(_ log: WriteAheadLog, group: UInt32, _ range: ClosedRange<UInt64>) throws {
        var random = TestRandom(seed: range.lowerBound)
        for index in range {
            let entry = StoredEntry(index: index, term: 1, kind: 0, payload: random.bytes(700))
            try log.append([.entries(group: group, [entry])])
            _ = try log.sync()
        }
    }

    @Test func `a log goes on over segments, and comes back whole`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append([.hardState(group: 1, StoredHardState(term: 1, vote: 1))])
        try fill(log, group: 1, 1...60)
        #expect(log.olderSegments >= 3)
        disk.kill()
        let (again, recovered) = try Sample.open(disk)
        #expect(recovered.groups.map(\.condition) == [.intact])
        #expect(recovered.groups.first?.entries.map(\.index) == Array(1...60))
        #expect(again.current.use.number == log.current.use.number)
        #expect(recovered.report.findings.isEmpty)
    }

    @Test func `what no group needs is used again under a new number, with states copied forward`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append([
            .hardState(group: 1, StoredHardState(term: 1, vote: 1)),
            .hardState(group: 2, StoredHardState(term: 4, vote: 6)),
            .entries(group: 2, []),
        ])
        try fill(log, group: 1, 1...60)
        #expect(try log.compact() == 0)
        #expect(log.groupsPinning(oldest: 1) == [1])
        let mark = StoredMark(index: 50, term: 1)
        try Sample.snapshot(disk, group: 1, mark)
        try log.append([.snapshot(group: 1, mark), .floor(group: 1, index: 90)])
        _ = try log.sync()
        #expect(log.floor(of: 1) == 50, "no floor is above the snapshot")
        #expect(try log.compact() >= 2)
        #expect(log.spares.count == 2)
        let before = log.current.use.number
        try fill(log, group: 1, 61...90)
        #expect(log.spares.count < 2 && log.current.use.number > before)
        disk.kill()
        let recovered = try Sample.open(disk).recovered
        #expect(recovered.groups.map(\.condition) == [.intact, .intact])
        #expect(recovered.groups[0].entries.map(\.index) == Array(51...90))
        #expect(recovered.groups[1].hardState == StoredHardState(term: 4, vote: 6))
    }

    @Test func `old bytes of a recycled segment are no records, zeroed or not`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append([.hardState(group: 1, StoredHardState(term: 1, vote: 1))])
        try fill(log, group: 1, 1...40)
        let mark = StoredMark(index: 40, term: 1)
        try Sample.snapshot(disk, group: 1, mark)
        try log.append([.snapshot(group: 1, mark), .floor(group: 1, index: 40)])
        _ = try log.sync()
        #expect(try log.compact() >= 2)
        disk.ignoresZeros = true
        let number = log.current.use.number
        var index: UInt64 = 41
        while log.current.use.number == number {
            try fill(log, group: 1, index...index)
            index += 1
        }
        let path = LogPath.segment(log.current.use.number)
        let bytes = try #require(disk.files[path]).bytes
        #expect(!bytes.isZero(in: log.current.offset..<bytes.count), "there are old bytes")
        let recovered = try Sample.read(disk)
        #expect(recovered.groups.first?.entries.map(\.index) == Array(41..<index))
        let stale = SegmentScan.self
        let strict = try stale.init(
            bytes, number: log.current.use.number, owner: Sample.identity.checksum, fault: .none)
        let lax = try stale.init(
            bytes, number: log.current.use.number, owner: Sample.identity.checksum, fault: .acceptStaleEpoch)
        #expect(strict.pieces.count < lax.pieces.count, "the fault would take them for records")
    }

    @Test func `a lost segment in the middle is noticed`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append([.hardState(group: 1, StoredHardState(term: 1, vote: 1))])
        try fill(log, group: 1, 1...60)
        disk.files[LogPath.segment(2)] = nil
        let group = try #require(try Sample.read(disk).groups.first)
        let last = try #require(group.entries.last?.index)
        #expect(group.condition == .repairing(from: last + 1) && last < 40)
    }

    @Test func `a log cut short below its durable mark is not taken for whole`() throws {
        let disk = MemoryDisk()
        let (log, model) = try Sample.written(to: disk)
        let content = try #require(disk.files[LogPath.segment(1)])
        let whole = content.bytes
        for cut in LogLimits.page..<log.current.offset - 8 {
            content.bytes = Array(whole[..<cut])
            let recovered = try Sample.read(disk)
            #expect(Judge.fault(recovered, against: model) == nil, "cut at \(cut)")
            #expect(recovered.report.hasDamage, "cut at \(cut)")
        }
    }

    @Test func `a damaged segment is renamed, not reused`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append([.hardState(group: 1, StoredHardState(term: 1, vote: 1))])
        try fill(log, group: 1, 1...30)
        try #require(disk.files[LogPath.segment(1)]).bytes[6_000] ^= 4
        disk.kill()
        let (again, recovered) = try Sample.open(disk)
        let from = try #require(recovered.groups[0].condition.index)
        #expect(recovered.groups[0].condition == .repairing(from: from))
        let mark = StoredMark(index: 30, term: 1)
        try Sample.snapshot(disk, group: 1, mark)
        try again.append([.snapshot(group: 1, mark), .floor(group: 1, index: 30), .settled(group: 1)])
        _ = try again.sync()
        #expect(try again.compact() > 0)
        #expect(disk.files[LogPath.segment(1) + ".damaged"] != nil)
        disk.kill()
        #expect(try Sample.open(disk).recovered.groups[0].condition == .intact)
    }
}
