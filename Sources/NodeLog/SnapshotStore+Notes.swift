/// Small things that a node has to remember beside its log, each in a file of its own that is replaced as a whole.
extension SnapshotStore {
    private static let magic: UInt32 = 0x544E_4454  // "TDNT"

    /// Keeps `content` under a name, in the place of what was there, on stable storage.
    public func keep(_ content: [UInt8], as name: String) throws(DiskError) {
        var bytes: [UInt8] = []
        bytes.append(little: Self.magic)
        bytes.append(little: UInt32(content.count))
        bytes += content
        bytes.append(little: CRC32C.checksum(bytes))
        let part = name + ".part"
        let file = try disk.open(part, creating: true)
        do {
            defer { file.close() }
            try file.write(bytes, at: 0)
            try file.sync()
        }
        try disk.rename(part, to: name)
        try disk.syncDirectory("")
    }

    /// What is kept under a name; nil when nothing is.
    /// - Throws: ``SnapshotError/damaged(_:)`` when it is not as it was written.
    public func kept(_ name: String) throws(SnapshotError) -> [UInt8]? {
        let bytes: [UInt8]
        do throws(DiskError) {
            let file = try disk.open(name, creating: false)
            defer { file.close() }
            bytes = try DiskReading.all(of: file, size: Int(file.size()))
        } catch .notFound {
            return nil
        } catch {
            throw .disk(error)
        }
        guard bytes.count >= 12, bytes.little32(at: 0) == Self.magic else { throw .damaged(name) }
        let end = 8 + Int(bytes.little32(at: 4))
        // What an earlier, longer one left behind it is no part of it.
        guard end + 4 <= bytes.count, bytes.little32(at: end) == CRC32C.checksum(bytes, in: 0..<end) else {
            throw .damaged(name)
        }
        return Array(bytes[8..<end])
    }
}
