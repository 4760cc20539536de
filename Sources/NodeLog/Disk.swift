/// The disk under one data directory, as the log needs it: the port that a node implements with POSIX calls and the
/// simulator with faults.
///
/// Paths are relative to the data directory, with `/` between folders. One thread uses a disk at a time.
public protocol Disk: AnyObject {
    /// Opens a file for reading and writing.
    /// - Throws: ``DiskError/notFound(_:)`` unless it exists or `creating` is true.
    func open(_ path: String, creating: Bool) throws(DiskError) -> any DiskFile

    /// Makes a folder; one that exists is fine.
    func createDirectory(_ path: String) throws(DiskError)

    /// The names in a folder, sorted. An absent folder has none.
    func list(_ path: String) throws(DiskError) -> [String]

    /// Renames within the data directory, replacing what has the new name. Durable only after ``syncDirectory(_:)``.
    func rename(_ path: String, to newPath: String) throws(DiskError)

    func remove(_ path: String) throws(DiskError)

    /// Makes creations, renames and removals in a folder durable; "" is the data directory itself.
    func syncDirectory(_ path: String) throws(DiskError)

    /// Bytes that can still be allocated.
    func freeBytes() throws(DiskError) -> UInt64

    /// Locks a file for this process until it ends or the disk goes away.
    /// - Throws: ``DiskError/locked(_:)`` when another process has it.
    func lock(_ path: String) throws(DiskError)
}

/// An open file of a ``Disk``.
public protocol DiskFile: AnyObject {
    func size() throws(DiskError) -> UInt64

    /// Makes the file at least so long, with zeros, and reserves its blocks.
    func preallocate(_ bytes: UInt64) throws(DiskError)

    /// Reads up to `count` bytes; fewer only at the end of the file.
    func read(at offset: UInt64, count: Int) throws(DiskError) -> [UInt8]

    /// Writes all of `bytes`; the file grows as needed. Not durable before ``sync()``.
    func write(_ bytes: [UInt8], at offset: UInt64) throws(DiskError)

    /// Makes the content durable (`fdatasync`). After a failure nothing may be assumed about any write since the last
    /// success: the caller ends the process and never retries.
    func sync() throws(DiskError)

    func close()
}

/// Why a disk did not do as asked.
public enum DiskError: Error, Sendable, Equatable, CustomStringConvertible {
    case notFound(String)
    /// No space is left. What was asked for may have happened in part.
    case full(String)
    /// A sync failed: the content of the file is unknown from its last successful sync on.
    case failedSync(String)
    case locked(String)
    /// Any other refusal of the operating system; `reason` is its text.
    case failed(operation: String, path: String, reason: String)

    public var description: String {
        switch self {
        case .notFound(let path): "\(path) does not exist"
        case .full(let path): "no space is left on the disk for \(path); free some, the log keeps its reserve"
        case .failedSync(let path):
            "\(path) could not be made durable; its content since the last sync is unknown: replace the disk or restart"
        case .locked(let path): "\(path) is locked by another process: one node per data directory"
        case .failed(let operation, let path, let reason): "\(operation) of \(path) failed: \(reason)"
        }
    }
}
