import Glibc
public import NodeLog

/// The data directory of a node on the machine's own file system.
///
/// Used by one thread at a time; a second one for snapshots opens a disk of its own on the same folder.
public final class POSIXDisk: Disk {
    private let root: String
    private var lockDescriptor: Int32 = -1

    /// - Parameter root: the data directory; it is made if it is not there, its parent is not.
    public init(root: String) throws(DiskError) {
        self.root = root
        guard mkdir(root, 0o700) == 0 || errno == EEXIST else { throw Self.error("making", root) }
    }

    deinit {
        if lockDescriptor >= 0 { Glibc.close(lockDescriptor) }
    }

    public func open(_ path: String, creating: Bool) throws(DiskError) -> any DiskFile {
        let flags = O_RDWR | O_CLOEXEC | (creating ? O_CREAT : 0)
        let descriptor = Glibc.open(full(path), flags, 0o600)
        guard descriptor >= 0 else { throw Self.error("opening", path) }
        return POSIXFile(descriptor: descriptor, path: path)
    }

    public func createDirectory(_ path: String) throws(DiskError) {
        guard mkdir(full(path), 0o700) == 0 || errno == EEXIST else { throw Self.error("making", path) }
    }

    public func list(_ path: String) throws(DiskError) -> [String] {
        guard let directory = opendir(full(path)) else {
            if errno == ENOENT { return [] }
            throw Self.error("listing", path)
        }
        defer { closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw Self.error("listing", path) }
        return names.sorted()
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        guard Glibc.rename(full(path), full(newPath)) == 0 else { throw Self.error("renaming", path) }
    }

    public func remove(_ path: String) throws(DiskError) {
        guard unlink(full(path)) == 0 else { throw Self.error("removing", path) }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let descriptor = Glibc.open(full(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.error("opening", path) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .failedSync(path) }
    }

    public func freeBytes() throws(DiskError) -> UInt64 {
        var status = statvfs()
        guard statvfs(root, &status) == 0 else { throw Self.error("measuring", root) }
        return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
    }

    public func lock(_ path: String) throws(DiskError) {
        guard lockDescriptor < 0 else { return }
        let descriptor = Glibc.open(full(path), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error("opening", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let error = Self.error("locking", path)
            Glibc.close(descriptor)
            throw isHeld ? .locked(path) : error
        }
        lockDescriptor = descriptor
    }

    private func full(_ path: String) -> String { path.isEmpty ? root : "\(root)/\(path)" }

    /// The error that the last call left.
    static func error(_ operation: String, _ path: String) -> DiskError {
        let code = errno
        if code == ENOSPC || code == EDQUOT { return .full(path) }
        if code == ENOENT { return .notFound(path) }
        return .failed(operation: operation, path: path, reason: String(cString: strerror(code)))
    }
}
