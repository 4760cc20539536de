import NodeLog
import Testing

/// Every byte of a small log changed, in every file: recovered, cut, uncertain, repairing or refused, never silently wrong.
@Suite struct FlippedBitTests {
    static let patterns: [UInt8] = [0xFF, 1, 2, 4, 8, 16, 32, 64, 128]

    private func flip(
        _ disk: MemoryDisk, _ path: String, _ range: some Sequence<Int>, _ model: [UInt32: GroupModel]
    ) throws -> [UInt8: Int] {
        let content = try #require(disk.files[path])
        var conditions: [UInt8: Int] = [:]
        for place in range {
            for pattern in Self.patterns {
                content.bytes[place] ^= pattern
                defer { content.bytes[place] ^= pattern }
                let recovered = try Sample.read(disk)
                let fault = Judge.fault(recovered, against: model)
                #expect(fault == nil, "\(path), byte \(place), xor \(pattern): \(fault ?? "")")
                conditions[recovered.groups.map(\.condition.rank).max() ?? 0, default: 0] += 1
            }
        }
        return conditions
    }

    @Test func `any byte of the records, the durable mark known`() throws {
        let disk = MemoryDisk()
        let (log, model) = try Sample.written(to: disk)
        let seen = try flip(disk, LogPath.segment(1), LogLimits.page..<log.current.offset, model)
        #expect(seen[2, default: 0] > 1_000, "damage of what is known to be durable is repaired: \(seen)")
        #expect(seen[1] == nil, "nothing is uncertain: \(seen)")
        #expect(seen[0, default: 0] < 9_000, "what is replaced, padding and trailers do not matter: \(seen)")
    }

    @Test func `any byte of the records, the durable mark lost`() throws {
        let disk = MemoryDisk()
        let (log, model) = try Sample.written(to: disk)
        let votes = try #require(disk.files[LogPath.votes])
        for place in LogLimits.page..<3 * LogLimits.page { votes.bytes[place] = 0 }
        let seen = try flip(disk, LogPath.segment(1), LogLimits.page..<log.current.offset, model)
        #expect(seen[1, default: 0] > 500, "the last batch is uncertain: \(seen)")
    }

    @Test func `any byte of the votes file that is written`() throws {
        let disk = MemoryDisk()
        let (_, model) = try Sample.written(to: disk)
        let content = try #require(disk.files[LogPath.votes])
        let written = content.bytes.indices.filter { content.bytes[$0] != 0 && $0 >= 16 }
        #expect(written.count > 60)
        let seen = try flip(disk, LogPath.votes, written, model)
        #expect(seen[2] == nil && seen[3] == nil, "the log has the other copy: \(seen)")
    }

    @Test func `entries that a lost record may have replaced are not handed out`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        let batches: [[LogItem]] = [
            [
                .entries(group: 1, Sample.entries(1...4, term: 1)),
                .hardState(group: 1, .init(term: 1, vote: 7, commit: 2)),
            ],
            [.entries(group: 1, Sample.entries(3...6, term: 2))],
            [
                .entries(group: 1, Sample.entries(7...7, term: 2)),
                .hardState(group: 1, .init(term: 2, vote: 7, commit: 7)),
            ],
        ]
        for batch in batches {
            try log.append(batch)
            _ = try log.sync()
        }
        let content = try #require(disk.files[LogPath.segment(1)])
        let scan = try LogRecovery.scan(disk, 1, owner: Sample.identity.checksum, .none)
        let lost = try #require(
            scan.pieces.first {
                if case .record(let header, _) = $0 { header.type == .entries && header.index == 3 } else { false }
            })
        for place in lost.start..<lost.start + 64 { content.bytes[place] = 0xA5 }
        let group = try #require(try Sample.read(disk).groups.first)
        #expect(group.entries.map(\.index) == [1, 2])
        #expect(group.condition == .repairing(from: 3))
        #expect(group.hardState.commit == 2)
    }

    @Test func `ground that looks written is noticed`() throws {
        let disk = MemoryDisk()
        let (log, model) = try Sample.written(to: disk)
        _ = try flip(disk, LogPath.segment(1), stride(from: log.current.offset, to: 16 << 10, by: 511), model)
        _ = try flip(disk, LogPath.segment(1), 0..<SegmentHeader.size, model)
    }

    @Test func `any byte of the identity refuses`() throws {
        let disk = MemoryDisk()
        _ = try Sample.written(to: disk)
        let content = try #require(disk.files[LogPath.identity])
        for place in content.bytes.indices {
            content.bytes[place] ^= 0x40
            disk.kill()
            #expect(throws: LogError.damaged("identity")) { try Sample.open(disk) }
            content.bytes[place] ^= 0x40
        }
    }

    @Test func `a condition stays until it is settled`() throws {
        let disk = MemoryDisk()
        let (log, model) = try Sample.written(to: disk)
        for place in stride(from: LogLimits.page, to: log.current.offset, by: 7) {
            let copy = disk.copy()
            try #require(copy.files[LogPath.segment(1)]).bytes[place] ^= 0xFF
            let before = try Sample.read(copy)
            let (mended, first) = try Sample.open(copy)
            #expect(first == before)
            copy.kill()
            let (_, second) = try Sample.open(copy)
            #expect(Judge.fault(second, against: model) == nil)
            for (old, new) in zip(first.groups, second.groups) {
                #expect(old.group == new.group && new.condition.rank >= old.condition.rank, "byte \(place)")
            }
            _ = mended
        }
    }

    @Test func `peers send what is missing, and the group is whole again`() throws {
        let disk = MemoryDisk()
        let (_, model) = try Sample.written(to: disk)
        let content = try #require(disk.files[LogPath.segment(1)])
        let scan = try SegmentScan(content.bytes, number: 1, owner: Sample.identity.checksum, fault: .none)
        let victim = try #require(
            scan.pieces.first {
                if case .record(let header, _) = $0 { header.type == .entries && header.group == 2 } else { false }
            })
        content.bytes[victim.start + RecordHeader.size + 3] ^= 1
        disk.kill()
        let (log, recovered) = try Sample.open(disk)
        let group = try #require(recovered.groups.first { $0.group == 2 })
        #expect(group.condition == .repairing(from: 3))
        #expect(recovered.groups.filter { $0.condition != .intact }.map(\.group) == [2], "only the owner suffers")
        try log.append([.entries(group: 2, Sample.entries(3...4, term: 1)), .settled(group: 2)])
        _ = try log.sync()
        disk.kill()
        let again = try Sample.open(disk).recovered
        #expect(Judge.fault(again, against: model) == nil)
        #expect(again.groups.allSatisfy { $0.condition == .intact })
    }

    @Test func `a group of which nothing was found stays damaged over restarts until it is whole`() throws {
        let disk = MemoryDisk()
        let first = try Sample.open(disk).log
        try first.append([.damaged(group: 4), .hardState(group: 4, StoredHardState(term: 3, vote: 7))])
        _ = try first.sync()
        disk.kill()
        let second = try Sample.open(disk)
        let found = try #require(second.recovered.groups.first { $0.group == 4 })
        #expect(found.condition == .mustRejoin && found.hardState.term == 3)
        try second.log.append([.entries(group: 4, Sample.entries(1...2, term: 3))])
        _ = try second.log.sync()
        disk.kill()
        let third = try Sample.open(disk)
        #expect(third.recovered.groups.map(\.condition) == [.mustRejoin])
        #expect(third.recovered.groups.first?.entries.count == 2)
        try third.log.append([.settled(group: 4)])
        _ = try third.log.sync()
        disk.kill()
        #expect(try Sample.open(disk).recovered.groups.map(\.condition) == [.intact])
    }

    /// A later record says how far the group had committed, which may be what is lost, and not what stands in its place.
    @Test func `an entry whose replacement is lost never counts as committed`() throws {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append([
            .hardState(group: 1, StoredHardState(term: 1, vote: 1)),
            .entries(group: 1, Sample.entries(1...3, term: 1)),
            .hardState(group: 1, StoredHardState(term: 1, vote: 1, commit: 2)),
        ])
        _ = try log.sync()
        let start = log.current.offset
        try log.append([
            .truncate(group: 1, from: 3), .entries(group: 1, Sample.entries(3...4, term: 2)),
            .hardState(group: 1, StoredHardState(term: 1, vote: 1, commit: 2)),
        ])
        _ = try log.sync()
        let end = log.current.offset
        try log.append([.hardState(group: 1, StoredHardState(term: 3, vote: 2, commit: 4))])
        _ = try log.sync()
        let content = try #require(disk.files[LogPath.segment(1)])
        let whole = content.bytes
        for length in 1...(end - start) {
            for pattern in [0xFF, 1] as [UInt8] {
                content.bytes = whole
                for place in start..<start + length { content.bytes[place] ^= pattern }
                let group = try #require(try Sample.read(disk).groups.first)
                let committed = group.entries.filter { $0.index <= group.hardState.commit }
                #expect(
                    committed.map(\.term) == [1, 1, 2, 2].prefix(committed.count).map { UInt64($0) }, "\(length) bytes")
            }
        }
        content.bytes = whole
        for place in start..<end { content.bytes[place] = 0xFF }
        let group = try #require(try Sample.read(disk).groups.first)
        #expect(group.condition == .repairing(from: 3) && group.entries.map(\.index) == [1, 2])
    }
}
