public import Cluster
import Dispatch
public import NodeLog
import Synchronization

/// The thread that reads and writes the snapshots of a node, beside that of its log: a large file holds up no commit.
public final class SnapshotThread: SnapshotShelf {
    private let files: Mutex<SnapshotFiles>
    private let queue = DispatchQueue(label: "tandem.snapshots", qos: .utility)

    /// - Parameter disk: of its own, on the data directory that the log has locked.
    public init(_ disk: sending any Disk) { files = Mutex(SnapshotFiles(SnapshotStore(disk))) }

    public func run(_ work: @escaping @Sendable (inout SnapshotFiles) -> Void) {
        queue.async { self.files.withLock { work(&$0) } }
    }

    public func load(group: UInt32, mark: StoredMark) throws(SnapshotError) -> GroupSnapshot {
        try files.withLock { (files) throws(SnapshotError) in try files.load(group: group, mark: mark) }
    }
}
