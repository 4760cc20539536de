/// The snapshot files of a node: two of each group, the newest first.
public struct SnapshotStore {
    let disk: any Disk

    public init(_ disk: any Disk) { self.disk = disk }

    // MARK: writing and reading

    public func write(
        group: UInt32, mark: StoredMark, configuration: [UInt8], callerHeader: [UInt8], compresses: Bool = true
    ) throws(SnapshotError) -> SnapshotWriter {
        try SnapshotWriter(
            self, group: group, mark: mark, configuration: configuration, callerHeader: callerHeader,
            compresses: compresses)
    }

    public func read(group: UInt32, mark: StoredMark) throws(SnapshotError) -> SnapshotReader {
        do { return try SnapshotReader(disk, path: Self.path(group, mark)) } catch .disk(.notFound) {
            throw .notFound(group: group, index: mark.index)
        }
    }

    /// The marks of the snapshots of a group by their names, newest first; whether they are whole is not looked at.
    public func list(group: UInt32) throws(SnapshotError) -> [StoredMark] {
        try names().filter { $0.group == group }.map(\.mark)
    }

    // MARK: transfer

    /// Reads a piece of the file as it is, to send it to a peer. Fewer bytes than asked for come only at its end.
    public func piece(
        group: UInt32, mark: StoredMark, at offset: UInt64, count: Int
    ) throws(SnapshotError) -> [UInt8] {
        do throws(DiskError) {
            let file = try disk.open(Self.path(group, mark), creating: false)
            defer { file.close() }
            return try file.read(at: offset, count: min(max(count, 0), LogLimits.snapshotBlockBytes))
        } catch .notFound {
            throw .notFound(group: group, index: mark.index)
        } catch {
            throw .disk(error)
        }
    }

    /// The length of the file in bytes.
    public func size(group: UInt32, mark: StoredMark) throws(SnapshotError) -> UInt64 {
        do throws(DiskError) {
            let file = try disk.open(Self.path(group, mark), creating: false)
            defer { file.close() }
            return try file.size()
        } catch .notFound {
            throw .notFound(group: group, index: mark.index)
        } catch {
            throw .disk(error)
        }
    }

    /// Takes a snapshot from a peer, from where an earlier try got to.
    public func receive(
        group: UInt32, mark: StoredMark, totalBytes: UInt64
    ) throws(SnapshotError) -> SnapshotReceiver {
        try SnapshotReceiver(self, group: group, mark: mark, totalBytes: totalBytes)
    }

    // MARK: recovery

    /// The marks of all snapshots that are whole, newest first. It reads every file.
    /// - Parameter quarantining: rename what is damaged, so that it is kept but not found again.
    public func marks(quarantining: Bool) throws(LogError) -> [UInt32: [StoredMark]] {
        var marks: [UInt32: [StoredMark]] = [:]
        do {
            for name in try names() {
                if try isWhole(name) {
                    marks[name.group, default: []].append(name.mark)
                } else if quarantining {
                    try SnapshotError.onDisk { () throws(DiskError) in
                        let path = Self.path(name.group, name.mark)
                        try disk.rename(path, to: path + LogPath.damaged)
                        try disk.syncDirectory(LogPath.snapshots)
                    }
                }
            }
        } catch .disk(let error) {
            throw .disk(error)
        } catch {
            throw .damaged("\(error)")
        }
        return marks
    }

    private func isWhole(_ name: Name) throws(SnapshotError) -> Bool {
        do {
            let reader = try SnapshotReader(disk, path: Self.path(name.group, name.mark))
            defer { reader.close() }
            try reader.verify()
            return reader.group == name.group && reader.mark == name.mark
        } catch .damaged {
            return false
        } catch {
            throw error
        }
    }

    // MARK: files

    struct Name {
        let group: UInt32
        let mark: StoredMark
    }

    /// Moves a complete file to its name, reads it back, and keeps the newest two.
    func place(_ part: String, group: UInt32, mark: StoredMark) throws(SnapshotError) {
        let path = Self.path(group, mark)
        try SnapshotError.onDisk { () throws(DiskError) in
            try disk.rename(part, to: path)
            try disk.syncDirectory(LogPath.snapshots)
        }
        guard try isWhole(Name(group: group, mark: mark)) else {
            try SnapshotError.onDisk { () throws(DiskError) in
                try disk.rename(path, to: path + LogPath.damaged)
                try disk.syncDirectory(LogPath.snapshots)
            }
            throw .damaged("\(path) was not read back as it was written")
        }
        let old = try list(group: group).dropFirst(LogLimits.snapshotsKept)
        try SnapshotError.onDisk { () throws(DiskError) in
            for mark in old { try disk.remove(Self.path(group, mark)) }
        }
    }

    /// Removes what belongs to a group that does not live here any more.
    public func forget(group: UInt32) throws(SnapshotError) {
        let marks = try list(group: group)
        try SnapshotError.onDisk { () throws(DiskError) in
            for mark in marks { try disk.remove(Self.path(group, mark)) }
            try disk.syncDirectory(LogPath.snapshots)
        }
    }

    private func names() throws(SnapshotError) -> [Name] {
        let files = try SnapshotError.onDisk { () throws(DiskError) in try disk.list(LogPath.snapshots) }
        return files.compactMap(Self.parse).sorted { ($0.group, $1.mark.index) < ($1.group, $0.mark.index) }
    }

    package static func path(_ group: UInt32, _ mark: StoredMark) -> String {
        let parts = [
            LogPath.hex(UInt64(group), digits: 8), LogPath.hex(mark.index, digits: 16),
            LogPath.hex(mark.term, digits: 16),
        ]
        return "\(LogPath.snapshots)/\(parts.joined(separator: "-")).snap"
    }

    static func partName(_ group: UInt32) -> String { "\(LogPath.hex(UInt64(group), digits: 8)).part" }
    static func partPath(_ group: UInt32) -> String { "\(LogPath.snapshots)/\(partName(group))" }

    static func incomingPath(_ group: UInt32, _ mark: StoredMark) -> String { path(group, mark) + ".incoming" }

    private static func parse(_ name: String) -> Name? {
        guard name.hasSuffix(".snap") else { return nil }
        let parts = name.dropLast(5).split(separator: "-")
        guard parts.count == 3, let group = UInt32(parts[0], radix: 16), let index = UInt64(parts[1], radix: 16),
            let term = UInt64(parts[2], radix: 16)
        else { return nil }
        return Name(group: group, mark: StoredMark(index: index, term: term))
    }
}
