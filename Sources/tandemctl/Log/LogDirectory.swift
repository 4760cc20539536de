import Foundation
package import NodeIO
package import NodeLog

/// The data directory of a stopped node, locked against nodes that start.
///
/// The lock is held as long as this value's disk lives.
package struct LogDirectory {
    /// `docs/log-format.md` lists the files of a data directory.
    private static let lockFile = "lock"
    private static let parts = ["log", "snapshots", "votes"]

    package let path: String
    package let disk: POSIXDisk
    package let inspector: LogInspector

    package var identity: NodeIdentity { inspector.identity }

    /// - Throws: ``CommandFailure``: `usage` where there is nothing to look at or a node has it open, `failed` where the
    ///   directory is damaged beyond reading.
    package init(_ path: String) throws(CommandFailure) {
        let opened: (POSIXDisk, LogInspector)
        do { opened = try Self.open(path) } catch { throw Self.failure(error, path) }
        self.path = path
        disk = opened.0
        inspector = opened.1
    }

    private static func open(_ path: String) throws -> (POSIXDisk, LogInspector) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw CommandFailure(
                .usage,
                "There is no directory \(path); nothing was read. Name the one that data.directory of the node's "
                    + "configuration names.")
        }
        let disk = try POSIXDisk(root: path)
        let names = try disk.list("")
        let found = parts.filter(names.contains)
        // Before the lock, so that no file is made in a folder that is something else.
        let inspector = try inspector(of: disk, path, found)
        try disk.lock(lockFile)
        guard found.count == parts.count else {
            let lost = parts.filter { !found.contains($0) }.joined(separator: ", ")
            throw CommandFailure(
                .failed,
                "\(path) of \(inspector.identity) has lost its \(lost); nothing was changed. The node refuses to "
                    + "start on it: restore the directory, or let the node join anew with an empty one.")
        }
        return (disk, inspector)
    }

    private static func inspector(of disk: POSIXDisk, _ path: String, _ found: [String]) throws -> LogInspector {
        do {
            return try LogInspector(disk)
        } catch {
            guard case .wiped = error else { throw error }
            throw found.isEmpty ? notOne(path) : headless(path, found)
        }
    }

    /// Names what the log or the disk refused.
    package static func failure(_ error: any Error, _ path: String) -> CommandFailure {
        switch error {
        case let failure as CommandFailure: failure
        case DiskError.locked, LogError.disk(.locked):
            CommandFailure(
                .usage,
                "\(path) is in use by a running node, whose log changes while it is read; nothing was read or changed. "
                    + "Stop that node first: the others go on, and it catches up when it is started again.")
        case let error as LogError:
            CommandFailure(error.isDamage ? .failed : .usage, "\(path): \(error)")
        case let error as DiskError:
            CommandFailure(
                .usage,
                "\(path) cannot be read: \(error). Nothing was changed. The files are opened for writing too: run this as "
                    + "the node's user, on a medium that can be written.")
        default: CommandFailure(.failed, "\(path): \(error). The directory was not changed.")
        }
    }

    private static func notOne(_ path: String) -> CommandFailure {
        CommandFailure(
            .usage,
            "\(path) is not the data directory of a node: it has no file “identity”; nothing was changed. Name the one "
                + "that data.directory of the node's configuration names.")
    }

    private static func headless(_ path: String, _ found: [String]) -> CommandFailure {
        CommandFailure(
            .failed,
            "\(path) has lost its file “identity”, and still has \(found.joined(separator: ", ")); nothing was changed. "
                + "The node refuses to start on it: restore the file, or let the node join anew with an empty directory."
        )
    }
}

extension LogError {
    /// Whether the directory itself is broken, rather than out of reach.
    fileprivate var isDamage: Bool {
        switch self {
        case .damaged, .wiped, .foreign: true
        case .disk, .broken, .reserve, .tooLarge, .misplaced, .unsupportedVersion, .invalidSettings: false
        }
    }
}
