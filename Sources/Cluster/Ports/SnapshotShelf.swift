public import NodeLog

/// Where a node keeps the snapshots of its groups: files beside the log, reached on a thread of their own.
public protocol SnapshotShelf: AnyObject, Sendable {
    /// Runs `work` with the files, one piece of work after the other and in order, where a disk may be waited for.
    func run(_ work: @escaping @Sendable (inout SnapshotFiles) -> Void)

    /// Reads a snapshot while the node starts; nothing else is under way then.
    func load(group: UInt32, mark: StoredMark) throws(SnapshotError) -> GroupSnapshot
}
