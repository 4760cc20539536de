/// The second copy of every term and vote, and the durable mark of the log (docs/log-format.md, "votes").
///
/// Each slot has a page to itself. A group's slots are written in turn, after the log's copy is on stable storage: a
/// crash can tear one slot only while the log holds the same promise, and can tear the log only while both slots stand.
package struct VoteFile {
    package static let magic: UInt32 = 0x5456_4454  // "TDVT"
    package static let version: UInt32 = 1
    /// Blocks reserved from the beginning; the file grows with the groups.
    package static let firstBlocks = 16
    package static let markMagic: UInt32 = 0x4B4D_4454  // "TDMK"

    private let file: any DiskFile
    private var markSequence: UInt64 = 0

    /// What was found in the file.
    package struct Contents {
        package var copies: [UInt32: VoteCopy] = [:]
        var blocks: [UInt32: Int] = [:]
        var blockCount = 0
        /// Blocks with writing in which no slot is whole; whose they were is unknown.
        var lostBlocks: [Int] = []
        package var mark = LogPosition(raw: 0)
        var markSequence: UInt64 = 0
    }

    init(_ file: any DiskFile, contents: Contents) {
        self.file = file
        markSequence = contents.markSequence
    }

    package static func blockOffset(_ block: Int) -> Int { (4 + 2 * block) * LogLimits.page }

    package static func format(_ file: any DiskFile, identity: NodeIdentity) throws(DiskError) {
        var bytes: [UInt8] = []
        bytes.append(little: magic)
        bytes.append(little: version)
        bytes.append(little: identity.checksum)
        bytes.append(little: CRC32C.checksum(bytes))
        try file.preallocate(UInt64(blockOffset(firstBlocks)))
        try file.write(bytes, at: 0)
        try file.sync()
    }

    package static func read(_ file: any DiskFile, identity: NodeIdentity) throws(LogError) -> Contents {
        let bytes = try LogError.onDisk { () throws(DiskError) in
            let size = min(try file.size(), UInt64(blockOffset(LogLimits.groups)))
            return try DiskReading.all(of: file, size: Int(size))
        }
        var contents = Contents()
        // A damaged first page alone loses nothing: the identity file says whose directory this is.
        if bytes.little32(at: 12) == CRC32C.checksum(bytes, in: 0..<min(12, bytes.count)),
            bytes.little32(at: 0) == magic
        {
            guard bytes.little32(at: 4) == version else {
                throw .unsupportedVersion(file: LogPath.votes, version: bytes.little32(at: 4))
            }
            guard bytes.little32(at: 8) == identity.checksum else {
                throw .foreign(found: "another node (its \(LogPath.votes) file)", expected: "\(identity)")
            }
        }
        for page in 1...2 {
            let start = page * LogLimits.page
            guard start + 28 <= bytes.count, bytes.little32(at: start) == markMagic,
                bytes.little32(at: start + 24) == CRC32C.checksum(bytes, in: start..<start + 24),
                bytes.little64(at: start + 8) > contents.markSequence
            else { continue }
            contents.markSequence = bytes.little64(at: start + 8)
            contents.mark = LogPosition(raw: bytes.little64(at: start + 16))
        }
        readBlocks(bytes, into: &contents)
        return contents
    }

    private static func readBlocks(_ bytes: [UInt8], into contents: inout Contents) {
        var block = 0
        while blockOffset(block + 1) <= bytes.count {
            let start = blockOffset(block)
            let middle = start + LogLimits.page
            defer { block += 1 }
            let first = VoteSlot(bytes, at: start, block: UInt32(block), isFirst: true)
            let second = VoteSlot(bytes, at: middle, block: UInt32(block), isFirst: false)
            guard let newest = [first, second].compactMap({ $0 }).max(by: { $0.sequence < $1.sequence }) else {
                let isUsed =
                    !bytes.isZero(in: start..<start + VoteSlot.size)
                    || !bytes.isZero(in: middle..<middle + VoteSlot.size)
                if isUsed {
                    contents.lostBlocks.append(block)
                    contents.blockCount = block + 1
                }
                continue
            }
            contents.blockCount = block + 1
            let older = newest.sequence % 2 == 1 ? second : first
            let isEmpty = bytes.isZero(in: middle..<middle + VoteSlot.size)
            let isWhole =
                newest.sequence == 1
                ? isEmpty
                : older?.sequence == newest.sequence - 1 && older?.group == newest.group
            if let known = contents.copies[newest.group], known.newest.term > newest.term { continue }
            contents.copies[newest.group] = VoteCopy(newest: newest, isWhole: isWhole)
            contents.blocks[newest.group] = block
        }
    }

    package func write(_ slot: VoteSlot) throws(DiskError) {
        let place = Self.blockOffset(Int(slot.block)) + (slot.sequence % 2 == 1 ? 0 : LogLimits.page)
        try file.write(slot.bytes, at: UInt64(place))
    }

    /// Notes how far the log is durable. It is not synced here: a mark that lags only makes recovery less sure.
    package mutating func write(mark: LogPosition) throws(DiskError) {
        markSequence += 1
        var bytes: [UInt8] = []
        bytes.append(little: Self.markMagic)
        bytes.append(little: UInt32(0))
        bytes.append(little: markSequence)
        bytes.append(little: mark.raw)
        bytes.append(little: CRC32C.checksum(bytes))
        try file.write(bytes, at: UInt64((markSequence % 2 == 1 ? 1 : 2) * LogLimits.page))
    }

    package func sync() throws(DiskError) { try file.sync() }
    package func close() { file.close() }
}
