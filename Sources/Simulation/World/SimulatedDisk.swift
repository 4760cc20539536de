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
    /// No byte more can be allocated.
    var isFull = false
    /// The next sync fails, and leaves behind what it will.
    var failsNextSync = false

    func open(_ path: String, creating: Bool) throws(DiskError) -> any DiskFile {
        if let content = files[path] { return SimulatedFile(content, of: self) }
        guard creating else { throw .notFound(path) }
        let content = Content()
        files[path] = content
        return SimulatedFile(content, of: self)
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

    func freeBytes() throws(DiskError) -> UInt64 { isFull ? 0 : 1 << 40 }

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

    /// What is on the platters goes bad while nobody looks: a few bits flip, a sector lands in the place of another, or
    /// a file loses its end.
    /// - Returns: what was done, for the trace.
    func decay(_ random: inout SeededRandom) -> String {
        let names = files.keys.filter { (files[$0]?.bytes.count ?? 0) > 0 }.sorted()
        guard !names.isEmpty else { return "nothing to damage" }
        let name = names[Int(random.pick(0...Int64(names.count - 1)))]
        guard let content = files[name] else { return "nothing to damage" }
        // Most of a preallocated file is zeros: what is written there matters more.
        let used = max(1, (content.bytes.lastIndex { $0 != 0 } ?? 0) + 1)
        let place = Int(random.pick(0...Int64(used - 1)))
        defer { content.synced = content.bytes }
        switch random.pick(0...2) {
        case 0:
            for _ in 0..<random.pick(1...3) {
                content.bytes[min(used - 1, place + Int(random.pick(0...63)))] ^= 1 << UInt8(random.pick(0...7))
            }
            return "flipped bits at \(place) of \(name)"
        case 1:
            let from = Int(random.pick(0...Int64(used - 1))) / 512 * 512
            let sector = Array(content.bytes[from..<min(from + 512, content.bytes.count)])
            content.put(sector[...], at: place / 512 * 512, into: &content.bytes)
            return "wrote the sector of \(from) to \(place / 512 * 512) of \(name)"
        default:
            content.bytes.removeSubrange(place...)
            return "cut \(name) at \(place)"
        }
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
    private let disk: SimulatedDisk

    init(_ content: SimulatedDisk.Content, of disk: SimulatedDisk) {
        self.content = content
        self.disk = disk
    }

    func size() throws(DiskError) -> UInt64 { UInt64(content.bytes.count) }

    func preallocate(_ bytes: UInt64) throws(DiskError) {
        let more = Int(bytes) - content.bytes.count
        if more > 0, disk.isFull { throw .full("preallocate") }
        if more > 0 { content.bytes += [UInt8](repeating: 0, count: more) }
        let missing = content.bytes.count - content.synced.count
        if missing > 0 { content.synced += [UInt8](repeating: 0, count: missing) }
    }

    func read(at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
        Array(content.bytes.dropFirst(Int(offset)).prefix(count))
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(DiskError) {
        if disk.isFull, Int(offset) + bytes.count > content.bytes.count { throw .full("write") }
        content.put(bytes[...], at: Int(offset), into: &content.bytes)
        content.unsynced.append((Int(offset), bytes))
    }

    func sync() throws(DiskError) {
        if disk.failsNextSync {
            disk.failsNextSync = false
            throw .failedSync("sync")
        }
        for write in content.unsynced { content.put(write.bytes[...], at: write.offset, into: &content.synced) }
        content.unsynced = []
    }

    func close() {}
}
