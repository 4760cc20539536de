import NodeLog
import Testing

/// The format, byte by byte (docs/log-format.md). A change here needs a new format version.
@Suite struct GoldenByteTests {
    private func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { LogPath.hex(UInt64($0), digits: 2) }.joined()
    }

    private func written(_ items: [LogItem]) throws -> (bytes: [UInt8], disk: MemoryDisk) {
        let disk = MemoryDisk()
        let log = try Sample.open(disk).log
        try log.append(items)
        _ = try log.sync()
        let file = try #require(disk.files[LogPath.segment(1)])
        return (Array(file.bytes[LogLimits.page..<log.current.offset]), disk)
    }

    @Test func `an entries record`() throws {
        let entries = [
            StoredEntry(index: 1, term: 2, kind: 3, payload: [0xAA, 0xBB]),
            StoredEntry(index: 2, term: 2, kind: 0, payload: []),
        ]
        let bytes = try written([.entries(group: 5, entries)]).bytes
        #expect(hex(bytes) == GoldenBytes.entries)
    }

    @Test func `a state record and a truncation`() throws {
        let items: [LogItem] = [
            .hardState(group: 5, StoredHardState(term: 9, vote: 4, commit: 1)), .truncate(group: 5, from: 1),
        ]
        #expect(hex(try written(items).bytes) == GoldenBytes.stateAndTruncation)
    }

    @Test func `a compressed record`() throws {
        let payload = [UInt8](repeating: 0x61, count: 600)
        let bytes = try written([.entries(group: 5, [StoredEntry(index: 1, term: 1, kind: 1, payload: payload)])]).bytes
        #expect(bytes[6] == 1 && bytes.little32(at: 12) == 613 && bytes.little32(at: 8) < 40)
        let header = try #require(
            RecordHeader(in: [UInt8](repeating: 0, count: LogLimits.page) + bytes, at: LogLimits.page, segment: 1))
        let stored = Array(bytes[RecordHeader.size..<RecordHeader.size + Int(header.storedLength)])
        let raw = try #require(LZ4Block.decompress(stored, in: stored.indices, rawLength: 613))
        #expect(EntriesPayload.decode(raw, header: header)?.entries.first?.payload == payload)
    }

    @Test func `segment header, identity, vote slot and mark`() throws {
        let (_, disk) = try written([.hardState(group: 5, StoredHardState(term: 9, vote: 4))])
        let votes = try #require(disk.files[LogPath.votes]).bytes
        #expect(hex(try #require(disk.files[LogPath.segment(1)]).bytes.prefix(20)) == GoldenBytes.segmentHeader)
        #expect(hex(try #require(disk.files[LogPath.identity]).bytes) == GoldenBytes.identity)
        #expect(hex(votes.prefix(16)) == GoldenBytes.votesHeader)
        #expect(hex(votes[LogLimits.page..<LogLimits.page + 28]) == GoldenBytes.mark)
        #expect(hex(votes[4 * LogLimits.page..<4 * LogLimits.page + 48]) == GoldenBytes.voteSlot)
        #expect(votes.count == 36 * LogLimits.page)
    }

    @Test func `a snapshot`() throws {
        let disk = MemoryDisk()
        let mark = StoredMark(index: 6, term: 2)
        let writer = try SnapshotStore(disk).write(group: 5, mark: mark, configuration: [1, 2], callerHeader: [3])
        try writer.append([0x10, 0x20, 0x30])
        try writer.finish()
        #expect(
            hex(try #require(disk.files["snapshots/00000005-0000000000000006-0000000000000002.snap"]).bytes)
                == GoldenBytes.snapshot)
    }
}
