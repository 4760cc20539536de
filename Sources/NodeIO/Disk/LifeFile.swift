package import NodeLog
package import Primitives

/// The number of a node's last start, kept so that each start has a higher one whatever the clock says: peers take word
/// of a lower one for old (SWIM's incarnation).
package enum LifeFile {
    private static let path = "life"
    private static let part = "life.part"

    /// The number of this start: the time in microseconds, and more than the last one.
    /// - Throws: ``DiskError``; on a full disk the number is not kept, and the time alone speaks for the next.
    package static func next(_ disk: any Disk, now: Instant) throws(DiskError) -> UInt64 {
        let life = max(UInt64(clamping: now.microseconds), try last(disk) + 1)
        do {
            let file = try disk.open(part, creating: true)
            defer { file.close() }
            var writer = ByteWriter()
            writer.write(life)
            writer.write(~life)
            try file.write(writer.bytes, at: 0)
            try file.sync()
            try disk.rename(part, to: path)
            try disk.syncDirectory("")
        } catch {
            guard case .full = error else { throw error }
        }
        return life
    }

    /// 0 when there is none, or none that can be read.
    private static func last(_ disk: any Disk) throws(DiskError) -> UInt64 {
        let bytes: [UInt8]
        do {
            let file = try disk.open(path, creating: false)
            defer { file.close() }
            bytes = try file.read(at: 0, count: 16)
        } catch {
            guard case .notFound = error else { throw error }
            return 0
        }
        var reader = ByteReader(bytes)
        guard let life = try? reader.read(UInt64.self), let inverse = try? reader.read(UInt64.self), life == ~inverse,
            life < 1 << 61
        else { return 0 }
        return life
    }
}
