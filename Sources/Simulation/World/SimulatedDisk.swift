internal import NodeLog
internal import Primitives

/// A disk in memory that knows what is synced. A power cut keeps, of what is not, each sector or not.
///
/// Confined to the simulator's thread, like everything in its world.
final class SimulatedDisk: Disk {
    fileprivate final class Content {
        var bytes: [UInt8] = []
        var synced: [UInt8] = []
        var unsynced: [(offset: Int, bytes: [UInt8])] = []

        func put(_ part: ArraySlice<UInt8>, at offset: Int, into target: inout [UInt8]) {
            let end = offset + part.count
            if target.count < end { target.append(contentsOf: [UInt8](repeating: 0, count: end - target.count)) }
            target.replaceSubrange(offset..<end, with: part)
        }
    }

    private var files: [String: Content] = [:]
    private var durableFiles: [String: Content] = [:]
    private var folders: Set<String> = []
    private var isLocked = false

    func open(_ path: String, creating: Bool) throws(DiskError) -> any DiskFile {
        if let content = files[path] { return SimulatedFile(content) }
        guard creating else { throw .notFound(path) }
        let content = Content()
        files[path] = content
        return SimulatedFile(content)
    }

    func createDirectory(_ path: String) throws(DiskError) { folders.insert(path) }

    private func isIn(_ folder: String, _ name: String) -> Bool {
        let prefix = folder.isEmpty ? "" : folder + "/"
        return name.hasPrefix(prefix) && !name.dropFirst(prefix.count).contains("/")
    }

    func list(_ path: String) throws(DiskError) -> [String] {
        var names = Set(
            files.keys.filter { isIn(path, $0) }.map { String($0.dropFirst(path.isEmpty ? 0 : path.count + 1)) })
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
        durableFiles = durableFiles.filter { !isIn(path, $0.key) }
        for (name, content) in files where isIn(path, name) { durableFiles[name] = content }
    }

    func freeBytes() throws(DiskError) -> UInt64 { .max }

    func lock(_ path: String) throws(DiskError) {
        guard !isLocked else { throw .locked(path) }
        isLocked = true
    }

    // MARK: faults

    /// The process is gone; what it wrote is in the operating system's hands.
    func release() { isLocked = false }

    /// Power is lost.
    func losePower(_ random: inout SeededRandom) {
        isLocked = false
        if random.chance(500) { files = durableFiles }
        for name in files.keys.sorted() {
            guard let content = files[name] else { continue }
            var bytes = content.synced
            let share = Int(random.pick(0...1_000))
            for write in content.unsynced {
                var start = 0
                while start < write.bytes.count {
                    let end = min(write.bytes.count, ((write.offset + start) / 512 + 1) * 512 - write.offset)
                    if random.chance(share) {
                        content.put(write.bytes[start..<end], at: write.offset + start, into: &bytes)
                    }
                    start = end
                }
            }
            content.bytes = bytes
            content.synced = bytes
            content.unsynced = []
        }
        durableFiles = files
    }

    /// The disk is empty.
    func wipe() {
        files = [:]
        durableFiles = [:]
        folders = []
        isLocked = false
    }
}

private final class SimulatedFile: DiskFile {
    private let content: SimulatedDisk.Content

    init(_ content: SimulatedDisk.Content) { self.content = content }

    func size() throws(DiskError) -> UInt64 { UInt64(content.bytes.count) }

    func preallocate(_ bytes: UInt64) throws(DiskError) {
        let more = Int(bytes) - content.bytes.count
        if more > 0 { content.bytes += [UInt8](repeating: 0, count: more) }
        let missing = content.bytes.count - content.synced.count
        if missing > 0 { content.synced += [UInt8](repeating: 0, count: missing) }
    }

    func read(at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
        Array(content.bytes.dropFirst(Int(offset)).prefix(count))
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(DiskError) {
        content.put(bytes[...], at: Int(offset), into: &content.bytes)
        content.unsynced.append((Int(offset), bytes))
    }

    func sync() throws(DiskError) {
        for write in content.unsynced { content.put(write.bytes[...], at: write.offset, into: &content.synced) }
        content.unsynced = []
    }

    func close() {}
}
