/// Writes one snapshot, as much at a time as the caller likes.
///
/// Nothing is there under its name before ``finish()`` has returned; one that is dropped leaves a `.part` file that the
/// next one of the group replaces.
public final class SnapshotWriter {
    private let store: SnapshotStore
    private let file: any DiskFile
    private let header: SnapshotHeader
    private let compresses: Bool
    private var place: UInt64
    private var pending: [UInt8] = []
    private var footer = SnapshotFooter()

    init(
        _ store: SnapshotStore, group: UInt32, mark: StoredMark, configuration: [UInt8], callerHeader: [UInt8],
        compresses: Bool
    ) throws(SnapshotError) {
        for part in [configuration, callerHeader] where part.count > LogLimits.snapshotHeaderBytes {
            throw .tooLarge(UInt64(part.count))
        }
        self.store = store
        self.compresses = compresses
        let header = SnapshotHeader(
            group: group, mark: mark, configurationLength: UInt32(configuration.count),
            callerLength: UInt32(callerHeader.count), attachmentChecksum: CRC32C.checksum(configuration + callerHeader))
        self.header = header
        place = header.firstBlock
        file = try SnapshotError.onDisk { () throws(DiskError) in
            let path = SnapshotStore.partPath(group)
            if try store.disk.list(LogPath.snapshots).contains(SnapshotStore.partName(group)) {
                try store.disk.remove(path)
            }
            let file = try store.disk.open(path, creating: true)
            try file.write(header.bytes + configuration + callerHeader, at: 0)
            return file
        }
    }

    /// Adds content; whole blocks go to the disk at once.
    public func append(_ bytes: [UInt8]) throws(SnapshotError) {
        pending.append(contentsOf: bytes)
        var taken = 0
        while pending.count - taken >= LogLimits.snapshotBlockBytes {
            try write(Array(pending[taken..<taken + LogLimits.snapshotBlockBytes]))
            taken += LogLimits.snapshotBlockBytes
        }
        if taken > 0 { pending.removeFirst(taken) }
    }

    /// Makes the snapshot durable, puts it in its place, reads it back, and removes those that are not kept.
    /// Only after this may the log be cut.
    public func finish() throws(SnapshotError) {
        if !pending.isEmpty { try write(pending) }
        pending = []
        try SnapshotError.onDisk { () throws(DiskError) in
            try file.write(footer.bytes, at: place)
            try file.sync()
            file.close()
        }
        try store.place(SnapshotStore.partPath(header.group), group: header.group, mark: header.mark)
    }

    /// Gives up; the part file goes.
    public func cancel() throws(SnapshotError) {
        file.close()
        try SnapshotError.onDisk { () throws(DiskError) in
            try store.disk.remove(SnapshotStore.partPath(header.group))
        }
    }

    private func write(_ raw: [UInt8]) throws(SnapshotError) {
        let (bytes, checksum) = SnapshotBlock.encode(raw, number: UInt32(footer.blocks), compresses: compresses)
        try SnapshotError.onDisk { () throws(DiskError) in try file.write(bytes, at: place) }
        place += UInt64(bytes.count)
        footer.add(raw, checksum: checksum)
    }
}
