import Foundation
import NodeIO
import NodeLog
import Primitives
import Synchronization
import Testing

/// The same engine on real files, and the thread that owns it.
@Suite struct POSIXDiskTests {
    /// A folder that goes away again.
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("nodelog-\(UUID().uuidString)").path
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private static var settings: LogSettings {
        LogSettings(segmentBytes: 256 << 10, voteReserveBytes: 16 << 10, reserveFreeBytes: 0)
    }

    private func open(_ folder: Folder) throws -> (log: WriteAheadLog, recovered: RecoveredLog) {
        try WriteAheadLog.open(try POSIXDisk(root: folder.path), identity: Sample.identity, settings: Self.settings)
    }

    private final class Results: Sendable {
        let outcomes = Mutex<[LogThread.Outcome]>([])
        let deaths = Mutex<[LogError]>([])
        var all: [LogThread.Outcome] { outcomes.withLock { $0 } }
        var died: [LogError] { deaths.withLock { $0 } }
        func add(_ outcome: LogThread.Outcome) { outcomes.withLock { $0.append(outcome) } }
    }

    @Test func `a log on files comes back after closing`() throws {
        let folder = Folder()
        let (log, first) = try open(folder)
        #expect(first.groups.isEmpty)
        try log.append([
            .hardState(group: 1, StoredHardState(term: 1, vote: 2)),
            .entries(group: 1, Sample.entries(1...2_000, term: 1)),
        ])
        _ = try log.sync()
        #expect(throws: LogError.disk(.locked("lock"))) { try open(folder) }
        log.close()
        let disk = try POSIXDisk(root: folder.path)
        let found = try LogInspector(disk).verify()
        #expect(found.groups.first?.entries == Sample.entries(1...2_000, term: 1))
        #expect(found.report.findings.isEmpty)
    }

    @Test func `missing files, listing and renaming are told apart`() throws {
        let folder = Folder()
        let disk = try POSIXDisk(root: folder.path)
        #expect(throws: DiskError.notFound("a")) { try disk.open("a", creating: false) }
        let file = try disk.open("a", creating: true)
        try file.write([1, 2, 3], at: 2)
        #expect(try file.read(at: 0, count: 9) == [0, 0, 1, 2, 3])
        #expect(try file.size() == 5)
        try disk.rename("a", to: "b")
        #expect(try disk.list("") == ["b"] && disk.list("none") == [])
        #expect(try disk.freeBytes() > 0)
        try disk.remove("b")
        #expect(throws: DiskError.notFound("b")) { try disk.remove("b") }
    }

    @Test func `many loops share one thread, and everything acknowledged is there`() throws {
        let folder = Folder()
        let results = Results()
        do {
            let thread = LogThread(log: try open(folder).log) { error in results.deaths.withLock { $0.append(error) } }
            thread.start()
            for index in 1...300 as ClosedRange<UInt64> {
                for group in 1...8 as ClosedRange<UInt32> {
                    let admission = thread.submit([.entries(group: group, [Sample.entry(index, term: 1)])]) {
                        results.add($0)
                    }
                    #expect(admission == .accepted)
                }
            }
            thread.stop()
            let counters = thread.counters
            #expect(counters.items == 2_400 && counters.syncs == counters.batches && counters.batches < 1_200)
            #expect(counters.syncTime.counts.reduce(0, +) == counters.syncs)
            #expect(thread.submit([], completion: { _ in }) == .stopped)
        }
        #expect(results.all == [LogThread.Outcome](repeating: .durable, count: 2_400))
        #expect(results.died.isEmpty)
        let recovered = try LogInspector(try POSIXDisk(root: folder.path)).verify()
        #expect(recovered.groups.count == 8)
        #expect(recovered.groups.allSatisfy { $0.entries.count == 300 })
    }

    @Test func `the queue is bounded, and one bad submission harms no other`() throws {
        let folder = Folder()
        let results = Results()
        var settings = LogThread.Settings()
        settings.queueBytes = 2_000
        let thread = LogThread(log: try open(folder).log, settings: settings) { _ in }
        let big = StoredEntry(index: 1, term: 1, kind: 0, payload: [UInt8](repeating: 1, count: 1_500))
        #expect(thread.submit([.entries(group: 1, [big])]) { results.add($0) } == .accepted)
        #expect(thread.submit([.entries(group: 2, [big])]) { results.add($0) } == .queueFull)
        #expect(thread.submit([.entries(group: 2, [Sample.entry(9, term: 1)])]) { results.add($0) } == .accepted)
        #expect(thread.visit { log throws(LogError) in _ = try log.compact() } == .accepted)
        thread.start()
        thread.stop()
        let outcomes = results.all
        #expect(outcomes.count == 2 && outcomes.contains(.durable))
        #expect(outcomes.contains(.refused(.misplaced(group: 2, index: 9, end: 0))))
        #expect(thread.counters.refused == 1)
    }

    @Test func `what comes behind a refusal waits for the next round, but for terms and votes`() throws {
        let folder = Folder()
        let results = (0..<4).map { _ in Results() }
        let thread = LogThread(log: try open(folder).log) { _ in }
        let state = StoredHardState(term: 3, vote: 2, commit: 0)
        let works: [(item: LogItem, round: UInt64?)] = [
            (.entries(group: 2, [Sample.entry(9, term: 1)]), 1), (.entries(group: 3, [Sample.entry(1, term: 1)]), 1),
            (.hardState(group: 3, state), nil), (.entries(group: 3, [Sample.entry(1, term: 1)]), 2),
        ]
        for (work, result) in zip(works, results) {
            #expect(thread.submit([work.item], round: work.round) { result.add($0) } == .accepted)
        }
        thread.start()
        thread.stop()
        #expect(results[0].all == [.refused(.misplaced(group: 2, index: 9, end: 0))])
        #expect(results[1].all == [.refused(.reserve)])
        #expect(results[2].all == [.durable])
        #expect(results[3].all == [.durable])
    }

    @Test func `a failed sync ends the thread and completes nothing`() throws {
        let disk = MemoryDisk()
        let results = Results()
        let log = try Sample.written(to: disk).log
        for content in disk.files.values { content.failsSync = true }
        let thread = LogThread(log: log) { error in results.deaths.withLock { $0.append(error) } }
        #expect(thread.submit([.entries(group: 1, [Sample.entry(6, term: 2)])]) { results.add($0) } == .accepted)
        thread.start()
        thread.stop()
        #expect(results.all.isEmpty)
        #expect(results.died.count == 1)
    }

    @Test func `buckets hold what their names say`() {
        var buckets = LatencyBuckets()
        #expect(buckets.quantile(0.5) == nil)
        for microseconds in [0, 1, 3, 4, 1_000] { buckets.add(.microseconds(microseconds)) }
        #expect(buckets.counts[0] == 1 && buckets.counts[1] == 1 && buckets.counts[2] == 1 && buckets.counts[3] == 1)
        #expect(buckets.counts[10] == 1 && buckets.quantile(0.5) == 4 && buckets.quantile(1) == 1_024)
    }
}
