import NodeLog
import Testing

/// Whose directory it is, and what becomes of terms and votes.
@Suite struct DataDirectoryTests {
    @Test func `another node, cluster or generation is refused and nothing changes`() throws {
        let disk = MemoryDisk()
        _ = try Sample.written(to: disk)
        let files = disk.files.mapValues(\.bytes)
        for other in [
            NodeIdentity(cluster: "other", node: "n1", generation: 1),
            NodeIdentity(cluster: "sample", node: "n2", generation: 1),
            NodeIdentity(cluster: "sample", node: "n1", generation: 2),
        ] {
            disk.kill()
            #expect(throws: LogError.foreign(found: "\(Sample.identity)", expected: "\(other)")) {
                try WriteAheadLog.open(disk, identity: other, settings: Sample.small)
            }
        }
        #expect(disk.files.mapValues(\.bytes) == files)
    }

    @Test func `a wiped directory is refused`() throws {
        func isWiped(_ disk: MemoryDisk, mustExist: Bool = false) -> Bool {
            disk.kill()
            do throws(LogError) {
                _ = try WriteAheadLog.open(
                    disk, identity: Sample.identity, mustExist: mustExist, settings: Sample.small)
                return false
            } catch {
                if case .wiped = error { return true }
                return false
            }
        }
        let disk = MemoryDisk()
        _ = try Sample.written(to: disk)
        #expect(!isWiped(disk, mustExist: true))
        #expect(isWiped(MemoryDisk(), mustExist: true))
        for lost in [LogPath.identity, LogPath.votes] {
            let copy = disk.copy()
            copy.files[lost] = nil
            #expect(isWiped(copy), "\(lost) is missing")
        }
        let copy = disk.copy()
        copy.folders.remove(LogPath.snapshots)
        copy.files = copy.files.filter { !$0.key.hasPrefix(LogPath.snapshots) }
        #expect(isWiped(copy))
    }

    @Test func `segments that are gone leave groups that repair themselves`() throws {
        let disk = MemoryDisk()
        _ = try Sample.written(to: disk)
        disk.files = disk.files.filter { !$0.key.hasPrefix("log/") }
        let recovered = try Sample.read(disk)
        #expect(recovered.groups.map(\.condition) == [.repairing(from: 1), .repairing(from: 3), .repairing(from: 1)])
        #expect(recovered.groups.map(\.hardState.term) == [2, 1, 5])
    }

    @Test func `a creation that a crash cut off begins again`() throws {
        for seed in 0..<100 as Range<UInt64> {
            var random = TestRandom(seed: seed)
            let disk = MemoryDisk()
            _ = try Sample.open(disk)
            // The files as they may be before the identity was in its place.
            disk.files[LogPath.identity] = nil
            disk.files = disk.files.filter { !$0.key.hasPrefix("log/") }
            if random.chance(500) { disk.files[LogPath.votes] = nil }
            disk.losePower(&random)
            #expect(throws: Never.self, "seed \(seed)") { try Sample.open(disk) }
        }
    }

    @Test func `one process at a time`() throws {
        let disk = MemoryDisk()
        _ = try Sample.open(disk)
        #expect(throws: LogError.disk(.locked("lock"))) { try Sample.open(disk) }
    }

    @Test func `a newer format is refused`() throws {
        let disk = MemoryDisk()
        _ = try Sample.written(to: disk)
        var bytes = SegmentHeader(number: 1, owner: Sample.identity.checksum).bytes
        bytes[4] = 2
        bytes.replaceSubrange(16..<20, with: Self.little(CRC32C.checksum(bytes, in: 0..<16)))
        try #require(disk.files[LogPath.segment(1)]).bytes.replaceSubrange(0..<20, with: bytes)
        #expect(throws: LogError.unsupportedVersion(file: "a segment of the log", version: 2)) { try Sample.read(disk) }
    }

    private static func little(_ number: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: number)
        return bytes
    }

    // MARK: votes

    @Test func `one torn slot costs nothing, and is mended`() throws {
        for page in 4..<6 {
            let disk = MemoryDisk()
            let (_, model) = try Sample.written(to: disk)
            let votes = try #require(disk.files[LogPath.votes])
            for place in page * LogLimits.page..<page * LogLimits.page + VoteSlot.size { votes.bytes[place] = 0xEE }
            disk.kill()
            let (_, recovered) = try Sample.open(disk)
            #expect(Judge.fault(recovered, against: model) == nil)
            #expect(recovered.groups.allSatisfy { $0.condition == .intact })
            let contents = try VoteFile.read(MemoryFile(disk, LogPath.votes, votes), identity: Sample.identity)
            #expect(contents.copies[1]?.isWhole == true && contents.copies[1]?.newest.term == 2)
        }
    }

    @Test func `both copies of a vote lost: the replica joins anew`() throws {
        let disk = MemoryDisk()
        let (_, model) = try Sample.written(to: disk)
        let votes = try #require(disk.files[LogPath.votes])
        for page in 4..<6 { votes.bytes[page * LogLimits.page + 20] ^= 1 }
        let log = try #require(disk.files[LogPath.segment(1)])
        let scan = try SegmentScan(log.bytes, number: 1, owner: Sample.identity.checksum, fault: .none)
        var states = 0
        for case .record(let header, _) in scan.pieces where header.type == .state && header.group == 1 {
            log.bytes[Int(header.position.offset) + RecordHeader.size] ^= 1
            states += 1
        }
        #expect(states == 2)
        let recovered = try Sample.read(disk)
        #expect(recovered.groups.map(\.condition) == [.mustRejoin, .intact, .intact])
        #expect(Judge.fault(recovered, against: model) == nil)
        disk.kill()
        #expect(try Sample.open(disk).recovered.groups[0].condition == .mustRejoin)
        disk.kill()
        #expect(try Sample.open(disk).recovered.groups[0].condition == .mustRejoin, "and stays so")
    }

    @Test func `the older slot is not believed where the log may have had a newer promise`() throws {
        let disk = MemoryDisk()
        let (_, model) = try Sample.written(to: disk)
        try #require(disk.files[LogPath.votes]).bytes[5 * LogLimits.page + 20] ^= 1
        let log = try #require(disk.files[LogPath.segment(1)])
        let scan = try SegmentScan(log.bytes, number: 1, owner: Sample.identity.checksum, fault: .none)
        for case .record(let header, _) in scan.pieces where header.type == .state && header.term == 2 {
            log.bytes[Int(header.position.offset) + RecordHeader.size] ^= 1
        }
        let recovered = try Sample.read(disk)
        #expect(recovered.groups.map(\.condition) == [.mustRejoin, .intact, .intact])
        #expect(Judge.fault(recovered, against: model) == nil)
    }

    @Test func `a promise newer in one place than in the other wins`() throws {
        let disk = MemoryDisk()
        let (log, _) = try Sample.written(to: disk)
        try log.append([.hardState(group: 1, StoredHardState(term: 7, vote: 3))])
        // Killed before the sync: only the log has it.
        disk.kill()
        #expect(try Sample.open(disk).recovered.groups[0].hardState.term == 7)
    }

    @Test func `a forgotten group is gone, and its number can be used again`() throws {
        let disk = MemoryDisk()
        let (log, _) = try Sample.written(to: disk)
        try log.append([.forget(group: 1)])
        _ = try log.sync()
        #expect(try Sample.read(disk).groups.map(\.group) == [2, 3])
        try log.append([
            .hardState(group: 1, StoredHardState(term: 1, vote: 2)), .entries(group: 1, Sample.entries(1...1, term: 1)),
        ])
        _ = try log.sync()
        let group = try #require(try Sample.read(disk).groups.first)
        #expect(group.hardState.term == 1 && group.entries.count == 1 && group.condition == .intact)
    }
}
