import NodeLog

/// A disk in memory that knows what is synced, and loses the rest as a power cut or a kill would.
final class MemoryDisk: Disk {
    final class Content {
        var bytes: [UInt8] = []
        var synced: [UInt8] = []
        var unsynced: [(offset: Int, bytes: [UInt8])] = []
        var failsSync = false

        func apply(_ bytes: [UInt8], at offset: Int, to target: inout [UInt8]) {
            if target.count < offset + bytes.count {
                target.append(contentsOf: [UInt8](repeating: 0, count: offset + bytes.count - target.count))
            }
            target.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
    }

    var files: [String: Content] = [:]
    var syncedFiles: [String: Content] = [:]
    var folders: Set<String> = []
    var capacity = UInt64.max
    var isLocked = false
    /// Zeroing of recycled segments is claimed, and not done.
    var ignoresZeros = false
    var syncs = 0

    var used: UInt64 { files.values.reduce(0) { $0 + UInt64($1.bytes.count) } }

    func open(_ path: String, creating: Bool) throws(DiskError) -> any DiskFile {
        if let content = files[path] { return MemoryFile(self, path, content) }
        guard creating else { throw .notFound(path) }
        let content = Content()
        files[path] = content
        return MemoryFile(self, path, content)
    }

    func createDirectory(_ path: String) throws(DiskError) { folders.insert(path) }

    func list(_ path: String) throws(DiskError) -> [String] {
        let prefix = path.isEmpty ? "" : path + "/"
        var names = Set(
            files.keys.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
                .map { String($0.dropFirst(prefix.count)) })
        if path.isEmpty { names.formUnion(folders) }
        return names.sorted()
    }

    func rename(_ path: String, to newPath: String) throws(DiskError) {
        guard let content = files.removeValue(forKey: path) else { throw .notFound(path) }
        files[newPath] = content
    }

    func remove(_ path: String) throws(DiskError) {
        guard files.removeValue(forKey: path) != nil else { throw .notFound(path) }
    }

    func syncDirectory(_ path: String) throws(DiskError) {
        let prefix = path.isEmpty ? "" : path + "/"
        func isHere(_ name: String) -> Bool { name.hasPrefix(prefix) && !name.dropFirst(prefix.count).contains("/") }
        syncedFiles = syncedFiles.filter { !isHere($0.key) }
        for (name, content) in files where isHere(name) { syncedFiles[name] = content }
    }

    func freeBytes() throws(DiskError) -> UInt64 { capacity - min(capacity, used) }

    func lock(_ path: String) throws(DiskError) {
        guard !isLocked else { throw .locked(path) }
        isLocked = true
    }

    // MARK: crashes

    /// The process is killed: what was written stays.
    func kill() { isLocked = false }

    /// Power is lost: of what was not synced each sector is on the disk or not.
    /// - Parameter tearing: sectors may be cut inside, too, which real disks do not do.
    func losePower(_ random: inout TestRandom, tearing: Bool = false) {
        isLocked = false
        if random.chance(500) { files = syncedFiles }
        for name in files.keys.sorted() {
            guard let content = files[name] else { continue }
            var bytes = content.synced
            let share = random.below(1_001)
            for write in content.unsynced {
                for (offset, part) in Self.sectors(write.offset, write.bytes) where random.chance(share) {
                    let whole = !tearing || random.chance(700)
                    let length = whole ? part.count : Int(random.below(UInt64(part.count + 1)))
                    if length > 0 { content.apply(Array(part.prefix(length)), at: offset, to: &bytes) }
                }
            }
            content.bytes = bytes
            content.synced = bytes
            content.unsynced = []
        }
        syncedFiles = files
    }

    private static func sectors(_ offset: Int, _ bytes: [UInt8]) -> [(Int, [UInt8])] {
        var parts: [(Int, [UInt8])] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, ((offset + start) / 512 + 1) * 512 - offset)
            parts.append((offset + start, Array(bytes[start..<end])))
            start = end
        }
        return parts
    }

    /// A disk with the same content, all of it synced.
    func copy() -> MemoryDisk {
        let other = MemoryDisk()
        other.folders = folders
        other.capacity = capacity
        for (name, content) in files {
            let twin = Content()
            twin.bytes = content.bytes
            twin.synced = content.bytes
            other.files[name] = twin
        }
        other.syncedFiles = other.files
        return other
    }
}

final class MemoryFile: DiskFile {
    private let disk: MemoryDisk
    private let path: String
    private let content: MemoryDisk.Content

    init(_ disk: MemoryDisk, _ path: String, _ content: MemoryDisk.Content) {
        self.disk = disk
        self.path = path
        self.content = content
    }

    func size() throws(DiskError) -> UInt64 { UInt64(content.bytes.count) }

    func preallocate(_ bytes: UInt64) throws(DiskError) {
        guard Int(bytes) > content.bytes.count else { return }
        let more = Int(bytes) - content.bytes.count
        guard disk.used + UInt64(more) <= disk.capacity else { throw .full(path) }
        content.bytes += [UInt8](repeating: 0, count: more)
        content.synced += [UInt8](repeating: 0, count: content.bytes.count - content.synced.count)
    }

    func read(at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
        Array(content.bytes.dropFirst(Int(offset)).prefix(count))
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(DiskError) {
        if disk.ignoresZeros, bytes.isZero(in: bytes.indices) { return }
        let end = Int(offset) + bytes.count
        if end > content.bytes.count, disk.used + UInt64(end - content.bytes.count) > disk.capacity {
            throw .full(path)
        }
        content.apply(bytes, at: Int(offset), to: &content.bytes)
        content.unsynced.append((Int(offset), bytes))
    }

    func sync() throws(DiskError) {
        disk.syncs += 1
        if content.failsSync { throw .failedSync(path) }
        for write in content.unsynced { content.apply(write.bytes, at: write.offset, to: &content.synced) }
        content.unsynced = []
    }

    func close() {}
}
