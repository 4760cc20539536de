import Foundation

/// Files that only their owner may read.
enum PrivateFile {
    /// Puts a file in place as a whole, with mode 0600 from its first byte on; on failure an existing one stays as it is.
    static func replace(_ path: String, with bytes: [UInt8]) throws {
        let partial = path + ".partial"
        unlink(partial)
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", partial) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(bytes))
            try handle.close()
        } catch {
            unlink(partial)
            throw error
        }
        guard rename(partial, path) == 0 else {
            defer { unlink(partial) }
            throw failure("replace", path)
        }
    }

    private static func failure(_ verb: String, _ path: String) -> CommandFailure {
        CommandFailure(.failed, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
