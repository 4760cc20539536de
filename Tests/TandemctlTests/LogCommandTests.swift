import Foundation
import NodeIO
import NodeLog
import Testing
import tandemctl

/// `tandemctl log` on real directories: whole, torn, damaged, locked, and none at all.
@Suite struct LogCommandTests {
    /// A data directory that goes away again.
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("tandemctl-\(UUID().uuidString)").path
        deinit { try? FileManager.default.removeItem(atPath: path) }

        var segment: String { path + "/log/00000001.wal" }

        /// Changes the bytes of the only segment.
        func damage(_ change: (inout Data) throws -> Void) throws {
            var bytes = try Data(contentsOf: URL(filePath: segment))
            try change(&bytes)
            try bytes.write(to: URL(filePath: segment))
        }
    }

    private static let identity = NodeIdentity(cluster: "sample", node: "n1", generation: 1)

    private func open(_ folder: Folder) throws -> WriteAheadLog {
        let settings = LogSettings(segmentBytes: 256 << 10, voteReserveBytes: 16 << 10, reserveFreeBytes: 0)
        return try WriteAheadLog.open(try POSIXDisk(root: folder.path), identity: Self.identity, settings: settings).log
    }

    private func entry(_ index: UInt64) -> StoredEntry {
        StoredEntry(index: index, term: 1, kind: 1, payload: Array("entry \(index)".utf8))
    }

    /// Two groups, two batches; the node has stopped.
    private func written() throws -> Folder {
        let folder = Folder()
        let log = try open(folder)
        try log.append([
            .hardState(group: 1, StoredHardState(term: 1, vote: 2)),
            .hardState(group: 2, StoredHardState(term: 1, vote: 3)),
        ])
        _ = try log.sync()
        try log.append([.entries(group: 1, (1...3).map(entry)), .entries(group: 2, [entry(1)])])
        _ = try log.sync()
        log.close()
        return folder
    }

    /// Goes on with group 1. The lock is free afterwards.
    private func addBatch(to folder: Folder) throws {
        let log = try open(folder)
        try log.append([.entries(group: 1, [entry(4)])])
        _ = try log.sync()
        log.close()
    }

    private func refusal(_ body: () throws -> Void) -> CommandFailure? {
        do {
            try body()
            return nil
        } catch {
            return error as? CommandFailure
        }
    }

    private func table(_ folder: Folder, _ listing: LogListing) throws -> [String] {
        var lines: [String] = []
        try listing.writeTable(try LogDirectory(folder.path)) { lines.append($0) }
        return lines
    }

    @Test func `a log that was closed is whole, and reading it changes nothing`() throws {
        let folder = try written()
        let before = try Data(contentsOf: URL(filePath: folder.segment))
        let verdict = try LogVerdict(of: try LogDirectory(folder.path))
        #expect(verdict.isWhole && verdict.failure(folder.path) == nil)
        #expect(verdict.lines.count == 2, "\(verdict.lines)")
        #expect(verdict.json["isWhole"] == .bool(true) && verdict.json["groups"] == .number(2))
        #expect(try Data(contentsOf: URL(filePath: folder.segment)) == before)
        _ = try open(folder)
    }

    @Test func `a running node is left alone, and a node may start afterwards`() throws {
        let folder = try written()
        let running = try open(folder)
        let found = refusal { _ = try LogDirectory(folder.path) }
        #expect(found?.code == .usage && found?.text.contains("running node") == true)
        running.close()
    }

    @Test func `a node cannot start while its log is read`() throws {
        let folder = try written()
        let reading = try LogDirectory(folder.path)
        #expect(throws: LogError.disk(.locked("lock"))) { try open(folder) }
        #expect(reading.identity == Self.identity)
    }

    @Test func `what is no data directory is refused and stays as it was`() throws {
        let none = Folder()
        #expect(refusal { _ = try LogDirectory(none.path) }?.code == .usage)
        #expect(!FileManager.default.fileExists(atPath: none.path))
        try FileManager.default.createDirectory(atPath: none.path, withIntermediateDirectories: true)
        #expect(refusal { _ = try LogDirectory(none.path) }?.code == .usage)
        #expect(try FileManager.default.contentsOfDirectory(atPath: none.path).isEmpty)
    }

    @Test(arguments: ["identity", "votes", "snapshots"])
    func `a directory that has lost a part is damaged`(part: String) throws {
        let folder = try written()
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(part)")
        let found = refusal { _ = try LogVerdict(of: try LogDirectory(folder.path)) }
        #expect(found?.code == .failed && found?.text.contains(part) == true, "\(found?.text ?? "nothing")")
    }

    @Test func `damage of acknowledged records is found, with what the node will do`() throws {
        let folder = try written()
        // A byte of the first record's payload: it lies below the durable mark.
        try folder.damage { $0[4_096 + 85] ^= 1 }
        let verdict = try LogVerdict(of: try LogDirectory(folder.path))
        #expect(!verdict.isWhole)
        #expect(verdict.failure(folder.path)?.code == .failed)
        #expect(verdict.lines.contains { $0.hasPrefix("damaged: segment 1, byte 4096") }, "\(verdict.lines)")
    }

    @Test func `a destroyed end of the log says which entries are missing`() throws {
        let folder = try written()
        let position = try #require(try records(folder).last?["position"]?["byte"].flatMap(Self.whole))
        try folder.damage { $0[position + 90] ^= 1 }
        let verdict = try LogVerdict(of: try LogDirectory(folder.path))
        #expect(!verdict.isWhole)
        #expect(verdict.lines.contains { $0.hasPrefix("group 2 is ") && $0.contains("index 1 on") }, "\(verdict.lines)")
        #expect(verdict.lines.contains { $0.hasPrefix("  -> it ") })
    }

    @Test func `a write that a crash cut off is no damage`() throws {
        let folder = try written()
        try addBatch(to: folder)
        let position = try #require(try records(folder).last?["position"]?["byte"].flatMap(Self.whole))
        // The durable mark of the votes file says that the record was acknowledged: take that away as well.
        let votes = "\(folder.path)/votes"
        var marks = try Data(contentsOf: URL(filePath: votes))
        for place in 4_096..<12_288 { marks[place] = 0 }
        try marks.write(to: URL(filePath: votes))
        try folder.damage { bytes in for place in position + 60..<bytes.count { bytes[place] = 0 } }
        let verdict = try LogVerdict(of: try LogDirectory(folder.path))
        #expect(verdict.isWhole, "\(verdict.lines)")
        #expect(verdict.lines.contains { $0.hasPrefix("torn: ") }, "\(verdict.lines)")
    }

    @Test func `every record is listed, of one group or of all, with its entries`() throws {
        let folder = try written()
        let all = try table(folder, LogListing())
        #expect(all.last == "4 records" && all.count == 7, "\(all)")
        let some = try table(folder, LogListing(group: 1, showsPayload: true))
        #expect(some.contains { $0.hasPrefix("    entry 3, kind 1, 7 bytes") }, "\(some)")
        #expect(some.contains { $0.hasSuffix("  entry 3") } && !some.contains { $0.contains("entries   2 ") })
        try folder.damage { $0[4_096 + 85] ^= 1 }
        #expect(try table(folder, LogListing()).last == "4 records, 1 of them damaged")
    }

    @Test func `the listing as JSON is one value`() throws {
        let found = try records(try written())
        #expect(found.count == 4)
        #expect(found.map { $0["group"] } == [.number(1), .number(2), .number(1), .number(2)])
        #expect(found[2]["entries"] == .number(3) && found[2]["isDamaged"] == .bool(false))
    }

    private func records(_ folder: Folder) throws -> [JSONValue] {
        var text = ""
        try LogListing().writeJSON(try LogDirectory(folder.path)) { text += $0 + "\n" }
        guard case .array(let records)? = try JSONValue(json: Array(text.utf8))["records"] else { return [] }
        return records
    }

    private static func whole(_ value: JSONValue) -> Int? {
        if case .number(let number) = value { Int(exactly: number) } else { nil }
    }

    @Test func `an export is a new file for its owner alone`() throws {
        let folder = try written()
        let target = folder.path + "/export.lz4"
        let summary = try LogExportFile(target).write(try LogDirectory(folder.path))
        let bytes = try Data(contentsOf: URL(filePath: target))
        #expect(summary.records == 4 && summary.damaged == 0 && summary.bytes == bytes.count)
        #expect(Array(bytes.prefix(4)) == [0x04, 0x22, 0x4D, 0x18], "the magic number of an LZ4 frame")
        let mode = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let again = refusal { _ = try LogExportFile(target).write(try LogDirectory(folder.path)) }
        #expect(again?.code == .failed && again?.text.contains("there already") == true)
        #expect(try Data(contentsOf: URL(filePath: target)) == bytes)
    }

    @Test func `entries of any bytes are read or refused`() throws {
        #expect(LogEntries([], count: 0) == nil)
        let good: [UInt8] = [5, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 65, 66]
        let read = try #require(LogEntries(good, count: 1))
        #expect(read.commit == 5 && read.entries.map(\.kind) == [1] && Array(read.entries[0].bytes) == [65, 66])
        for length in 0..<good.count { #expect(LogEntries(Array(good.prefix(length)), count: 1) == nil) }
        for count in [-1, 0, 2, 4_097, .max] { #expect(LogEntries(good, count: count) == nil) }
        for place in 9..<13 {
            var bad = good
            bad[place] = 255
            #expect(LogEntries(bad, count: 1) == nil)
        }
    }
}
