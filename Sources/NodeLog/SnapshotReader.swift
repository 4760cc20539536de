/// Reads one snapshot block by block, and believes nothing that its checksums do not confirm.
public final class SnapshotReader {
    public let group: UInt32
    public let mark: StoredMark
    public let configuration: [UInt8]
    public let callerHeader: [UInt8]
    private let file: any DiskFile
    private let path: String
    private let size: UInt64
    private var place: UInt64
    private var footer = SnapshotFooter()
    private var isAtEnd = false

    init(_ disk: any Disk, path: String) throws(SnapshotError) {
        self.path = path
        let opened: any DiskFile = try SnapshotError.onDisk { () throws(DiskError) in
            try disk.open(path, creating: false)
        }
        file = opened
        size = try SnapshotError.onDisk { () throws(DiskError) in try opened.size() }
        let first = try Self.read(opened, at: 0, count: SnapshotHeader.size, path)
        guard let header = SnapshotHeader(first) else { throw .damaged("\(path): header") }
        let length = Int(header.configurationLength) + Int(header.callerLength)
        guard size >= header.firstBlock else { throw .damaged("\(path): cut off in the header") }
        let attached = try Self.read(opened, at: UInt64(SnapshotHeader.size), count: length, path)
        guard CRC32C.checksum(attached) == header.attachmentChecksum else { throw .damaged("\(path): configuration") }
        group = header.group
        mark = header.mark
        configuration = Array(attached.prefix(Int(header.configurationLength)))
        callerHeader = Array(attached.dropFirst(Int(header.configurationLength)))
        place = header.firstBlock
    }

    /// The next up to 256 KiB of content; `nil` at the end, once the footer has confirmed all of it.
    public func next() throws(SnapshotError) -> [UInt8]? {
        guard !isAtEnd else { return nil }
        let left = size - place
        guard left >= UInt64(SnapshotFooter.size) else { throw .damaged("\(path): cut off at byte \(place)") }
        let head = try Self.read(file, at: place, count: SnapshotBlock.headerSize, path)
        if head.little32(at: 0) == SnapshotFooter.marker {
            let bytes = try Self.read(file, at: place, count: SnapshotFooter.size, path)
            guard left == UInt64(SnapshotFooter.size), bytes == footer.bytes else { throw .damaged("\(path): footer") }
            isAtEnd = true
            return nil
        }
        let stored = head.little32(at: 4)
        guard head.little32(at: 0) <= LogLimits.snapshotBlockBytes, stored <= LogLimits.snapshotBlockBytes, stored > 0,
            left >= UInt64(SnapshotBlock.headerSize) + UInt64(stored)
        else { throw .damaged("\(path): block \(footer.blocks)") }
        let content = try Self.read(
            file, at: place + UInt64(SnapshotBlock.headerSize), count: Int(stored), path)
        guard let raw = SnapshotBlock.decode(header: head, stored: content, number: UInt32(footer.blocks)) else {
            throw .damaged("\(path): block \(footer.blocks)")
        }
        place += UInt64(SnapshotBlock.headerSize) + UInt64(stored)
        footer.add(raw, checksum: head.little32(at: 12))
        return raw
    }

    /// Reads to the end.
    public func verify() throws(SnapshotError) { while try next() != nil {} }

    public func close() { file.close() }

    /// Where the last whole block ends: a transfer that was cut off goes on there.
    var wholeEnd: UInt64 { place }

    private static func read(
        _ file: any DiskFile, at offset: UInt64, count: Int, _ path: String
    ) throws(SnapshotError) -> [UInt8] {
        let bytes: [UInt8]
        // A place that cannot be read is damage like any other.
        do { bytes = try file.read(at: offset, count: count) } catch { throw .damaged("\(path): \(error)") }
        guard bytes.count == count else { throw .damaged("\(path): cut off at byte \(offset)") }
        return bytes
    }
}
