public import Cluster
import Foundation
public import NodeLog
public import Primitives

/// The data directory of a node: opened, recovered, and written by a thread of its own.
public struct NodeStorage: Sendable {
    /// What the log held.
    public let recovered: RecoveredLog
    /// The number of this start; higher than that of every earlier one.
    public let life: UInt64
    /// The shard map that this node followed last; nil before there was one.
    public let map: ShardMap?
    /// The number that this directory was given when it was made: another one in its place has another.
    public let disk: UInt64
    private let directory: String
    public let writer: LogThreadWriter
    public let thread: LogThread
    public let shelf: SnapshotThread

    /// Opens the directory, which is made when it does not exist, and starts the thread.
    /// - Parameter die: ends the process after a failed sync or write: nothing may be assumed about the disk then, and
    ///   the peers go on.
    /// - Throws: ``DiskError`` or ``LogError`` when the directory is another node's, damaged beyond use, or in use; it is
    ///   then as it was.
    public init(
        directory: String, cluster: String, node: String, settings: LogSettings = LogSettings(), now: Instant,
        die: @escaping @Sendable (LogError) -> Void
    ) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        self.directory = directory
        disk = try NodeIdentity.kept(on: try POSIXDisk(root: directory))?.generation ?? UInt64.random(in: 1..<1 << 53)
        let (log, recovered) = try WriteAheadLog.open(
            try POSIXDisk(root: directory), identity: NodeIdentity(cluster: cluster, node: node, generation: disk),
            settings: settings)
        self.recovered = recovered
        life = try LifeFile.next(try POSIXDisk(root: directory), now: now)
        map = try SnapshotFiles.keptMap(on: try POSIXDisk(root: directory))
        shelf = SnapshotThread(try POSIXDisk(root: directory))
        thread = LogThread(log: log, die: die)
        thread.start()
        writer = LogThreadWriter(thread)
    }

    /// Writes down the map of a cluster that this node has joined, before it follows it.
    /// - Throws: ``DiskError``; the map is not kept then.
    public func keep(_ map: ShardMap) throws {
        try SnapshotFiles(SnapshotStore(try POSIXDisk(root: directory))).keep(map)
    }

    private static let foundingNote = "founding"

    /// Whether all founders have said that they know this directory for this node's.
    /// - Throws: ``SnapshotError`` when that cannot be read.
    public var isKnownToFounders: Bool {
        get throws { try SnapshotStore(try POSIXDisk(root: directory)).kept(Self.foundingNote) != nil }
    }

    /// Writes down that they have.
    /// - Throws: ``DiskError``; they are asked again at the next start then.
    public func noteKnownToFounders() throws {
        try SnapshotStore(try POSIXDisk(root: directory)).keep([1], as: Self.foundingNote)
    }

    /// Writes what waits and ends the thread.
    public func close() { thread.stop() }
}
