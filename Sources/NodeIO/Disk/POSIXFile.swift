import Glibc
import NodeLog

/// One open file of a ``POSIXDisk``. Calls that a signal interrupted are repeated; nothing else is.
final class POSIXFile: DiskFile {
    private var descriptor: Int32
    private let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close() }

    func size() throws(DiskError) -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw POSIXDisk.error("measuring", path) }
        return UInt64(max(status.st_size, 0))
    }

    func preallocate(_ bytes: UInt64) throws(DiskError) {
        guard bytes > 0 else { return }
        var code: Int32
        repeat { code = posix_fallocate(descriptor, 0, off_t(bytes)) } while code == EINTR
        guard code == 0 else {
            errno = code
            throw POSIXDisk.error("reserving space", path)
        }
    }

    func read(at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            used = 0
            while used < count {
                let address = buffer.baseAddress.map { UnsafeMutableRawPointer($0 + used) }
                let length = pread(descriptor, address, count - used, off_t(offset) + off_t(used))
                if length > 0 { used += length }
                if length == 0 { break }
                if length < 0, errno != EINTR {
                    failure = errno
                    break
                }
            }
        }
        guard failure == 0 else {
            errno = failure
            throw POSIXDisk.error("reading", path)
        }
        return bytes
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(DiskError) {
        var written = 0
        while written < bytes.count {
            let length = bytes.withUnsafeBytes { raw in
                pwrite(
                    descriptor, raw.baseAddress.map { $0 + written }, bytes.count - written,
                    off_t(offset) + off_t(written))
            }
            if length < 0, errno == EINTR { continue }
            guard length > 0 else { throw POSIXDisk.error("writing", path) }
            written += length
        }
    }

    func sync() throws(DiskError) {
        // Never repeated, not even after EINTR: the kernel may have marked pages clean that were not written.
        guard fdatasync(descriptor) == 0 else { throw .failedSync(path) }
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
