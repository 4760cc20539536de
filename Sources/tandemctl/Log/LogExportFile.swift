import Foundation
import Glibc
import NodeLog

/// A new file with the records of a log.
package struct LogExportFile {
    package struct Summary: Equatable {
        package let records: Int
        /// Stretches and records that cannot be read.
        package let damaged: Int
        /// Of the file.
        package let bytes: Int

        package var json: JSONValue {
            .object([
                "records": .number(Double(records)), "damaged": .number(Double(damaged)),
                "bytes": .number(Double(bytes)),
            ])
        }
    }

    /// Counts what went into the file.
    private final class Counter {
        var bytes = 0
    }

    private let path: String

    package init(_ path: String) { self.path = path }

    /// Writes the file, for its owner alone. After a failure there is no file.
    /// - Throws: ``CommandFailure``.
    package func write(_ directory: LogDirectory) throws(CommandFailure) -> Summary {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = errno == EEXIST ? "it is there already" : String(cString: strerror(errno))
            throw CommandFailure(
                .failed, "\(path) cannot be made: \(reason). Nothing was written; name another file with --out.")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let counter = Counter()
        do {
            let (records, damaged) = try directory.inspector.export { bytes in
                do { try file.write(contentsOf: bytes) } catch {
                    throw CommandFailure(.failed, "\(path) cannot be written: \(error.localizedDescription)")
                }
                counter.bytes += bytes.count
            }
            try file.close()
            return Summary(records: records, damaged: damaged, bytes: counter.bytes)
        } catch {
            unlink(path)
            let failure = LogDirectory.failure(error, directory.path)
            throw CommandFailure(failure.code, failure.text + " The file was removed again.")
        }
    }
}
