/// Why the log refused, or cannot go on.
///
/// ``isFatal`` ones leave the state of the disk unknown: end the process. The others changed nothing.
public enum LogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The disk failed. Fatal; recovery at the next start finds out what is there.
    case disk(DiskError)
    /// An earlier fatal error; nothing was tried.
    case broken
    /// The log has only its reserve left, which is kept for terms and votes. Nothing was written; free space.
    case reserve
    /// One entry, or one batch, exceeds its limit. Nothing was written.
    case tooLarge(bytes: Int, limit: Int)
    /// Entries or a truncation do not join the log of their group. Nothing was written; a defect of the caller.
    case misplaced(group: UInt32, index: UInt64, end: UInt64)
    /// The data directory belongs to another node, cluster or generation. Nothing was changed.
    case foreign(found: String, expected: String)
    /// The directory holds a log without an identity, or an identity without its log. Nothing was changed.
    case wiped(String)
    /// A file that cannot be done without is damaged. Nothing was changed.
    case damaged(String)
    /// Written by a newer version. Nothing was changed; run that version.
    case unsupportedVersion(file: String, version: UInt32)
    /// Settings that contradict each other.
    case invalidSettings(String)

    /// True where the process has to end, since nobody knows what the disk holds.
    public var isFatal: Bool {
        switch self {
        case .disk, .broken: true
        case .reserve, .tooLarge, .misplaced, .foreign, .wiped, .damaged, .unsupportedVersion, .invalidSettings: false
        }
    }

    public var description: String {
        switch self {
        case .disk(let error): "the log's disk failed: \(error)"
        case .broken: "the log failed before and takes nothing more; restart the node"
        case .reserve: "only the reserve for votes is left in the log; nothing was written; free disk space"
        case .tooLarge(let bytes, let limit): "\(bytes) bytes exceed the limit of \(limit); nothing was written"
        case .misplaced(let group, let index, let end):
            "group \(group) ends at index \(end), index \(index) does not join it; nothing was written"
        case .foreign(let found, let expected):
            "the data directory belongs to \(found), this node is \(expected); nothing was changed: name the right one"
        case .wiped(let what):
            "\(what); nothing was changed: restore the directory, or let the node join anew with an empty one"
        case .damaged(let what): "\(what) is damaged; nothing was changed: restore it, or let the node join anew"
        case .unsupportedVersion(let file, let version):
            "\(file) has format version \(version), which this build does not read; nothing was changed"
        case .invalidSettings(let what): "the settings of the log contradict each other: \(what)"
        }
    }
}

extension LogError {
    /// Runs disk calls and names their failures as the log's.
    static func onDisk<Result>(_ body: () throws(DiskError) -> Result) throws(LogError) -> Result {
        do { return try body() } catch { throw .disk(error) }
    }
}
