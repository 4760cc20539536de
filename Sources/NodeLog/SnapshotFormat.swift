/// The parts of a snapshot file (docs/log-format.md, "Snapshots").
struct SnapshotHeader: Sendable, Equatable {
    static let magic: UInt32 = 0x4E53_4454  // "TDSN"
    static let version: UInt32 = 1
    static let size = 44

    var group: UInt32
    var mark: StoredMark
    var configurationLength: UInt32
    var callerLength: UInt32
    /// Over the configuration and the caller's header.
    var attachmentChecksum: UInt32

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: Self.magic)
        bytes.append(little: Self.version)
        bytes.append(little: group)
        bytes.append(little: configurationLength)
        bytes.append(little: callerLength)
        bytes.append(little: attachmentChecksum)
        bytes.append(little: mark.index)
        bytes.append(little: mark.term)
        bytes.append(little: CRC32C.checksum(bytes))
        return bytes
    }

    var firstBlock: UInt64 { UInt64(Self.size) + UInt64(configurationLength) + UInt64(callerLength) }
}

extension SnapshotHeader {
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.size, bytes.little32(at: 0) == Self.magic, bytes.little32(at: 4) == Self.version,
            bytes.little32(at: 40) == CRC32C.checksum(bytes, in: 0..<40),
            bytes.little32(at: 12) <= LogLimits.snapshotHeaderBytes,
            bytes.little32(at: 16) <= LogLimits.snapshotHeaderBytes
        else { return nil }
        self.init(
            group: bytes.little32(at: 8),
            mark: StoredMark(index: bytes.little64(at: 24), term: bytes.little64(at: 32)),
            configurationLength: bytes.little32(at: 12), callerLength: bytes.little32(at: 16),
            attachmentChecksum: bytes.little32(at: 20))
    }
}

/// A block of a snapshot: up to 256 KiB of content with a checksum of its own.
enum SnapshotBlock {
    static let headerSize = 16

    static func encode(_ raw: [UInt8], number: UInt32, compresses: Bool) -> (bytes: [UInt8], checksum: UInt32) {
        let stored = (compresses ? LZ4Block.compress(raw) : nil) ?? raw
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerSize + stored.count)
        bytes.append(little: UInt32(raw.count))
        bytes.append(little: UInt32(stored.count))
        bytes.append(little: number)
        let checksum = CRC32C.checksum(stored, continuing: CRC32C.checksum(bytes))
        bytes.append(little: checksum)
        bytes.append(contentsOf: stored)
        return (bytes, checksum)
    }

    /// The content of a block, or `nil` where it is damaged or not the one with this number.
    static func decode(header: [UInt8], stored: [UInt8], number: UInt32) -> [UInt8]? {
        let rawLength = Int(header.little32(at: 0))
        guard header.count == headerSize, Int(header.little32(at: 4)) == stored.count,
            header.little32(at: 8) == number,
            header.little32(at: 12)
                == CRC32C.checksum(stored, continuing: CRC32C.checksum(header, in: 0..<12))
        else { return nil }
        if stored.count == rawLength { return stored }
        return LZ4Block.decompress(stored, in: stored.indices, rawLength: rawLength)
    }
}

/// The end of a snapshot: how much there was, and a hash over all of it.
struct SnapshotFooter: Sendable, Equatable {
    static let size = 32
    static let marker: UInt32 = 0xFFFF_FFFF

    var blocks: UInt64 = 0
    var rawBytes: UInt64 = 0
    /// CRC32C of the content (high half) and of the blocks' checksums (low half).
    var hash: UInt64 = 0

    mutating func add(_ raw: [UInt8], checksum: UInt32) {
        blocks += 1
        rawBytes += UInt64(raw.count)
        var link: [UInt8] = []
        link.append(little: checksum)
        let content = CRC32C.checksum(raw, continuing: UInt32(truncatingIfNeeded: hash >> 32))
        let chain = CRC32C.checksum(link, continuing: UInt32(truncatingIfNeeded: hash))
        hash = UInt64(content) << 32 | UInt64(chain)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: Self.marker)
        bytes.append(little: blocks)
        bytes.append(little: rawBytes)
        bytes.append(little: hash)
        bytes.append(little: CRC32C.checksum(bytes))
        return bytes
    }
}
