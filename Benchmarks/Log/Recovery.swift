import ArgumentParser
import Dispatch
import Foundation
import NodeIO
import NodeLog

/// Fills a log through the thread that writes it, for ``Recover``.
struct Fill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Fills a log.")
    @Option(help: "Data directory.") var data: String
    @Option(help: "File of payloads.") var payloads: String
    @Option(help: "Bytes of a payload.") var payloadBytes = 300
    @Option(help: "MiB of payloads to write.") var mebibytes = 512
    @Flag(help: "Write the log uncompressed.") var plain = false

    static let groups = 64
    private static let entriesPerWrite = 64
    /// Writes handed over and not durable.
    private static let window = 64

    func run() async throws {
        let payloads = try Payloads(payloads, payloadBytes)
        let storage = try openStorage(data, LogSettings(compresses: !plain))
        let room = DispatchSemaphore(value: Self.window)
        let writes = (mebibytes << 20) / payloadBytes / Self.entriesPerWrite
        for write in 0..<writes {
            let first = UInt64(write / Self.groups * Self.entriesPerWrite + 1)
            let group = UInt32(write % Self.groups)
            let entries = (0..<Self.entriesPerWrite).map { number in
                StoredEntry(
                    index: first + UInt64(number), term: 1, kind: 0,
                    payload: payloads[write * Self.entriesPerWrite + number])
            }
            let state = StoredHardState(term: 1, vote: 1, commit: first - 1)
            room.wait()
            let admission = storage.thread.submit([.entries(group: group, entries), .hardState(group: group, state)]) {
                _ in room.signal()
            }
            guard admission == .accepted else { throw BenchError("the log took no more: \(admission)") }
        }
        for _ in 0..<Self.window { room.wait() }
        for _ in 0..<Self.window { room.signal() }
        storage.close()
        print(#"{"entries":\#(writes * Self.entriesPerWrite)}"#)
    }
}

/// Opens a log and says how long it took.
struct Recover: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Times the recovery of a log.")
    @Option(help: "Data directory.") var data: String

    func run() async throws {
        let begin = DispatchTime.now().uptimeNanoseconds
        let storage = try openStorage(data, LogSettings())
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
        let groups = storage.recovered.groups
        let entries = groups.reduce(0) { $0 + $1.entries.count }
        let bytes = groups.reduce(0) { $0 + $1.entries.reduce(0) { $0 + $1.payload.count } }
        let intact = groups.count { $0.condition == .intact }
        print(#"{"seconds":\#(seconds),"entries":\#(entries),"payloadBytes":\#(bytes),"intact":\#(intact)}"#)
        storage.close()
    }
}

private func openStorage(_ directory: String, _ settings: LogSettings) throws -> NodeStorage {
    try NodeStorage(
        directory: directory, cluster: LogNode.cluster, node: "n1", settings: settings, now: SystemClock().now
    ) { error in
        FileHandle.standardError.write(Data("the log cannot go on: \(error)\n".utf8))
        _exit(70)
    }
}
