/// Why a snapshot cannot be had. The log is not touched by any of these.
public enum SnapshotError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The disk failed; a failed sync ends the process.
    case disk(DiskError)
    /// The file is not what was written. Keep it, and fetch the snapshot from a peer.
    case damaged(String)
    /// More than the named limit.
    case tooLarge(UInt64)
    /// A piece does not follow the last one; ask the receiver where to go on.
    case misplaced(expected: UInt64)
    case notFound(group: UInt32, index: UInt64)

    public var description: String {
        switch self {
        case .disk(let error): "the snapshot's disk failed: \(error)"
        case .damaged(let what): "a snapshot is damaged: \(what); it is kept, fetch it from a peer"
        case .tooLarge(let bytes): "a snapshot of \(bytes) bytes exceeds its limit; nothing was changed"
        case .misplaced(let expected): "the piece does not begin at byte \(expected); nothing was changed"
        case .notFound(let group, let index): "group \(group) has no snapshot at index \(index)"
        }
    }

    static func onDisk<Result>(_ body: () throws(DiskError) -> Result) throws(SnapshotError) -> Result {
        do { return try body() } catch { throw .disk(error) }
    }
}
