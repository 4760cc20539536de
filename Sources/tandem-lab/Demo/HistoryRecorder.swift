import Foundation
import History

/// Writes the history of a run to its file, one line a record.
actor HistoryRecorder {
    private let file: FileHandle
    private var buffer: [UInt8] = []
    private var count = 0
    /// The first failure to write; reported by ``finish(at:)``, so that callers need not look at each record.
    private var failure: (any Error)?

    /// Begins a new file at `path`, whose folder is made if need be.
    init(path: String, header: HistoryHeader) throws {
        let url = URL(filePath: path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: url)
        file = try FileHandle(forWritingTo: url)
        buffer = try RecordedHistory.encode(header) + [UInt8(ascii: "\n")]
    }

    func record(_ record: HistoryRecord) {
        do {
            buffer += try RecordedHistory.encode(record)
            buffer.append(UInt8(ascii: "\n"))
            count += 1
            if buffer.count >= DemoLimits.historyBuffer { try write() }
        } catch {
            failure = failure ?? error
        }
    }

    /// Writes the last line and closes the file.
    /// - Throws: the first failure of any write; the file is then not complete.
    func finish(at time: Int64) throws {
        var last = HistoryRecord(.finished, process: "demo", invoked: time, completed: time)
        last.count = count
        record(last)
        do { try write() } catch { failure = failure ?? error }
        try file.close()
        if let failure { throw failure }
    }

    private func write() throws {
        try file.write(contentsOf: buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
