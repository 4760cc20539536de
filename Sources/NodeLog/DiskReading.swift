/// Reads whole files, around places that the disk cannot read.
enum DiskReading {
    private static let piece = 1 << 20
    /// Stands for bytes that cannot be read: not zero, which would look like bytes never written.
    private static let unreadable: UInt8 = 0xFF

    /// The bytes of a file. Pages that cannot be read are filled with a pattern that no checksum accepts.
    static func all(of file: any DiskFile, size: Int) throws(DiskError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        while bytes.count < size {
            let start = bytes.count
            let count = min(piece, size - start)
            let part = read(file, at: start, count: count)
            if let part {
                bytes.append(contentsOf: part)
                if part.count < count { break }
            } else {
                for page in stride(from: start, to: start + count, by: LogLimits.page) {
                    let length = min(LogLimits.page, start + count - page)
                    let filler = [UInt8](repeating: unreadable, count: length)
                    let found = read(file, at: page, count: length) ?? filler
                    bytes.append(contentsOf: found + filler.dropFirst(found.count))
                }
            }
        }
        return bytes
    }

    private static func read(_ file: any DiskFile, at offset: Int, count: Int) -> [UInt8]? {
        do { return try file.read(at: UInt64(offset), count: count) } catch { return nil }
    }
}
