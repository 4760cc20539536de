/// Takes the file of a snapshot from a peer in pieces, and goes on after an interruption at the last whole block.
public final class SnapshotReceiver {
    /// Where the next piece has to begin.
    public private(set) var offset: UInt64
    public let totalBytes: UInt64
    private let store: SnapshotStore
    private let group: UInt32
    private let mark: StoredMark
    private let file: any DiskFile
    private var unsynced = 0

    /// Pieces are made durable about so often, so that the last sync is a short one.
    private static let syncBytes = 8 << 20

    init(_ store: SnapshotStore, group: UInt32, mark: StoredMark, totalBytes: UInt64) throws(SnapshotError) {
        guard totalBytes <= LogLimits.snapshotFileBytes else { throw .tooLarge(totalBytes) }
        self.store = store
        self.group = group
        self.mark = mark
        self.totalBytes = totalBytes
        let path = SnapshotStore.incomingPath(group, mark)
        let whole = Self.wholeEnd(store.disk, path, group: group, mark: mark)
        offset = whole <= totalBytes ? whole : 0
        let resumesAt = offset
        file = try SnapshotError.onDisk { () throws(DiskError) in
            let exists = try store.disk.list(LogPath.snapshots).contains { "\(LogPath.snapshots)/\($0)" == path }
            if exists, resumesAt == 0 { try store.disk.remove(path) }
            return try store.disk.open(path, creating: true)
        }
    }

    /// Writes a piece.
    /// - Throws: ``SnapshotError/misplaced(expected:)`` unless it begins at ``offset``.
    public func write(_ bytes: [UInt8], at place: UInt64) throws(SnapshotError) {
        guard place == offset else { throw .misplaced(expected: offset) }
        guard UInt64(bytes.count) <= totalBytes - min(place, totalBytes) else {
            throw .tooLarge(place + UInt64(bytes.count))
        }
        try SnapshotError.onDisk { () throws(DiskError) in
            try file.write(bytes, at: place)
            unsynced += bytes.count
            if unsynced >= Self.syncBytes {
                try file.sync()
                unsynced = 0
            }
        }
        offset += UInt64(bytes.count)
    }

    public var isComplete: Bool { offset == totalBytes }

    /// Checks the whole file and puts it in its place. A file that is not whole is removed: begin anew.
    public func finish() throws(SnapshotError) {
        guard isComplete else { throw .misplaced(expected: offset) }
        let path = SnapshotStore.incomingPath(group, mark)
        try SnapshotError.onDisk { () throws(DiskError) in try file.sync() }
        file.close()
        guard Self.isWhole(store.disk, path, group: group, mark: mark) else {
            try SnapshotError.onDisk { () throws(DiskError) in try store.disk.remove(path) }
            throw .damaged("\(path) is not what the peer has")
        }
        try store.place(path, group: group, mark: mark)
    }

    public func close() { file.close() }

    /// Gives up; what has come goes, as far as the disk lets it.
    public func discard() {
        file.close()
        try? store.disk.remove(SnapshotStore.incomingPath(group, mark))
    }

    private static func isWhole(_ disk: any Disk, _ path: String, group: UInt32, mark: StoredMark) -> Bool {
        do {
            let reader = try SnapshotReader(disk, path: path)
            defer { reader.close() }
            try reader.verify()
            return reader.group == group && reader.mark == mark
        } catch {
            return false
        }
    }

    /// How much of an earlier try is whole.
    private static func wholeEnd(_ disk: any Disk, _ path: String, group: UInt32, mark: StoredMark) -> UInt64 {
        guard let reader = try? SnapshotReader(disk, path: path) else { return 0 }
        defer { reader.close() }
        guard reader.group == group, reader.mark == mark else { return 0 }
        while (try? reader.next()) != nil {}
        return reader.wholeEnd
    }
}
