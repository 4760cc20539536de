import NodeLog
import Testing

/// Snapshot files: whole or not there, and resumable.
@Suite struct SnapshotTests {
    private let mark = StoredMark(index: 40, term: 3)

    private func content(_ count: Int) -> [UInt8] {
        var random = TestRandom(seed: 5)
        return (0..<count).map { $0 % 900 < 500 ? UInt8($0 % 7) : UInt8(truncatingIfNeeded: random.next()) }
    }

    private func write(_ disk: MemoryDisk, _ bytes: [UInt8], _ mark: StoredMark, group: UInt32 = 1) throws {
        disk.folders.insert(LogPath.snapshots)
        let writer = try SnapshotStore(disk).write(group: group, mark: mark, configuration: [7, 8], callerHeader: [9])
        for start in stride(from: 0, to: bytes.count, by: 100_000) {
            try writer.append(Array(bytes[start..<min(bytes.count, start + 100_000)]))
        }
        try writer.finish()
    }

    private func read(_ disk: MemoryDisk, _ mark: StoredMark) throws -> [UInt8] {
        let reader = try SnapshotStore(disk).read(group: 1, mark: mark)
        #expect(reader.configuration == [7, 8] && reader.callerHeader == [9])
        var bytes: [UInt8] = []
        while let block = try reader.next() { bytes += block }
        return bytes
    }

    @Test(arguments: [0, 1, 262_143, 262_144, 262_145, 700_000])
    func `what was written comes back`(count: Int) throws {
        let disk = MemoryDisk()
        let bytes = content(count)
        try write(disk, bytes, mark)
        #expect(try read(disk, mark) == bytes)
        #expect(try SnapshotStore(disk).marks(quarantining: false) == [1: [mark]])
        if count > 1 { #expect(try SnapshotStore(disk).size(group: 1, mark: mark) < UInt64(count)) }
    }

    @Test func `entries behind the snapshot of a peer count, whatever stood in their place`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        // A deposed leader's entries, never committed, reach over the mark of the snapshot that replaces them.
        try log.append([
            .entries(group: 1, Sample.entries(1...6, term: 1)), .entries(group: 1, Sample.entries(7...14, term: 2)),
            .hardState(group: 1, StoredHardState(term: 2, vote: 1, commit: 6)),
        ])
        _ = try log.sync()
        let mark = StoredMark(index: 10, term: 5)
        try Sample.snapshot(disk, group: 1, mark)
        try log.append([
            .snapshot(group: 1, mark), .truncate(group: 1, from: 11),
            .hardState(group: 1, StoredHardState(term: 5, vote: nil, commit: 10)),
        ])
        _ = try log.sync()
        try log.append([.entries(group: 1, Sample.entries(11...12, term: 5))])
        _ = try log.sync()
        let group = try #require(try Sample.read(disk).groups.first)
        #expect(group.condition == .intact && group.snapshot == mark)
        #expect(group.entries.map(\.index) == [11, 12])
        #expect(group.entries.map(\.term) == [5, 5])
        // Without the file nothing of the deposed leader's is vouched for.
        disk.files[SnapshotStore.path(1, mark)] = nil
        let bare = try #require(try Sample.read(disk).groups.first)
        #expect(bare.entries.allSatisfy { $0.term == 1 } && bare.entries.count == 6)
        #expect(bare.condition == .repairing(from: 7))
    }

    @Test func `entries that were cut off keep no segment from use`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append([
            .entries(group: 1, Sample.entries(1...2, term: 1)), .entries(group: 1, Sample.entries(3...9, term: 1)),
        ])
        try log.append([.truncate(group: 1, from: 3)])
        _ = try log.sync()
        // Another group fills segments, and needs none of it.
        for index in 1...60 as ClosedRange<UInt64> {
            let entry = StoredEntry(
                index: index, term: 1, kind: 0, payload: [UInt8](repeating: UInt8(index), count: 400))
            try log.append([.entries(group: 2, [entry])])
            _ = try log.sync()
            _ = try log.prepare()
        }
        for group in [1, 2] as [UInt32] {
            let mark = StoredMark(index: group == 1 ? 2 : 60, term: 1)
            try Sample.snapshot(disk, group: group, mark)
            try log.append([.snapshot(group: group, mark), .floor(group: group, index: mark.index)])
        }
        _ = try log.sync()
        _ = try log.compact()
        #expect(log.groupsPinning(oldest: 10).isEmpty)
        #expect(log.olderSegments == 0)
    }

    @Test func `two are kept, newest first`() throws {
        let disk = MemoryDisk()
        for index in [10, 20, 30] as [UInt64] { try write(disk, content(50), StoredMark(index: index, term: 1)) }
        let list = try SnapshotStore(disk).list(group: 1)
        #expect(list == [StoredMark(index: 30, term: 1), StoredMark(index: 20, term: 1)])
        #expect(throws: SnapshotError.notFound(group: 1, index: 10)) {
            try SnapshotStore(disk).read(group: 1, mark: StoredMark(index: 10, term: 1))
        }
    }

    @Test func `any changed byte is found`() throws {
        let disk = MemoryDisk()
        try write(disk, content(2_000), mark)
        let file = try #require(disk.files[SnapshotStore.path(1, mark)])
        for place in file.bytes.indices {
            file.bytes[place] ^= 0x10
            #expect(try SnapshotStore(disk).marks(quarantining: false) == [:], "byte \(place)")
            file.bytes[place] ^= 0x10
        }
        let whole = file.bytes
        for cut in 0..<whole.count {
            file.bytes = Array(whole[..<cut])
            #expect(try SnapshotStore(disk).marks(quarantining: false) == [:], "cut at \(cut)")
        }
        file.bytes = whole + [0]
        #expect(try SnapshotStore(disk).marks(quarantining: false) == [:])
    }

    @Test func `a crash at any step leaves the old snapshot or the new one`() throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = TestRandom(seed: seed)
            let disk = MemoryDisk()
            _ = try Sample.open(disk)
            let old = StoredMark(index: 10, term: 1)
            try write(disk, content(3_000), old)
            let writer = try SnapshotStore(disk).write(group: 1, mark: mark, configuration: [7, 8], callerHeader: [9])
            let steps = random.below(4)
            for _ in 0..<steps { try writer.append(content(300_000)) }
            let isFinished = random.chance(300)
            if isFinished { try writer.finish() }
            disk.losePower(&random)
            let marks = try SnapshotStore(disk).marks(quarantining: true)[1] ?? []
            #expect(marks.contains(old), "seed \(seed)")
            #expect(!isFinished || marks.contains(mark), "seed \(seed)")
            try write(disk, content(10), mark)
        }
    }

    @Test func `a damaged snapshot is kept apart, and the older one and the log do`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append([
            .hardState(group: 1, StoredHardState(term: 1)), .entries(group: 1, Sample.entries(1...9, term: 1)),
        ])
        _ = try log.sync()
        for index in [4, 7] as [UInt64] {
            let mark = StoredMark(index: index, term: 1)
            try Sample.snapshot(disk, group: 1, mark)
            try log.append([.snapshot(group: 1, mark), .floor(group: 1, index: 4)])
            _ = try log.sync()
        }
        let newest = SnapshotStore.path(1, StoredMark(index: 7, term: 1))
        try #require(disk.files[newest]).bytes[50] ^= 1
        disk.kill()
        let group = try #require(try Sample.open(disk).recovered.groups.first)
        #expect(group.condition == .intact && group.snapshot?.index == 4)
        #expect(group.entries.map(\.index) == [5, 6, 7, 8, 9])
        #expect(disk.files[newest + ".damaged"] != nil)
        try #require(disk.files[SnapshotStore.path(1, StoredMark(index: 4, term: 1))]).bytes[50] ^= 1
        disk.kill()
        #expect(try Sample.open(disk).recovered.groups[0].condition == .repairing(from: 1))
    }

    @Test func `a transfer goes on where it was cut off`() throws {
        let source = MemoryDisk()
        let bytes = content(900_000)
        try write(source, bytes, mark)
        let store = SnapshotStore(source)
        let total = try store.size(group: 1, mark: mark)
        let target = MemoryDisk()
        _ = try Sample.open(target)
        var receiver = try SnapshotStore(target).receive(group: 1, mark: mark, totalBytes: total)
        var resumed: [UInt64] = []
        while !receiver.isComplete {
            let piece = try store.piece(group: 1, mark: mark, at: receiver.offset, count: 70_000)
            #expect(throws: SnapshotError.misplaced(expected: receiver.offset)) {
                try receiver.write(piece, at: receiver.offset + 1)
            }
            try receiver.write(piece, at: receiver.offset)
            if receiver.offset > 250_000, resumed.count < 2 {
                receiver.close()
                receiver = try SnapshotStore(target).receive(group: 1, mark: mark, totalBytes: total)
                resumed.append(receiver.offset)
            }
        }
        #expect(resumed.count == 2 && resumed.allSatisfy { $0 > 100_000 })
        try receiver.finish()
        #expect(try read(target, mark) == bytes)
    }

    @Test func `a transfer with a changed byte is refused and begins anew`() throws {
        let source = MemoryDisk()
        try write(source, content(5_000), mark)
        let total = try SnapshotStore(source).size(group: 1, mark: mark)
        var piece = try SnapshotStore(source).piece(group: 1, mark: mark, at: 0, count: Int(total))
        piece[2_000] ^= 1
        let target = MemoryDisk()
        _ = try Sample.open(target)
        let receiver = try SnapshotStore(target).receive(group: 1, mark: mark, totalBytes: total)
        try receiver.write(piece, at: 0)
        #expect(throws: SnapshotError.self) { try receiver.finish() }
        #expect(try SnapshotStore(target).marks(quarantining: false) == [:])
        #expect(try SnapshotStore(target).receive(group: 1, mark: mark, totalBytes: total).offset == 0)
        #expect(throws: SnapshotError.tooLarge(1 << 40)) {
            try SnapshotStore(target).receive(group: 1, mark: mark, totalBytes: 1 << 40)
        }
    }
}
