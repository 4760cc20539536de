/// What a record holds. The numbers are part of the format.
package enum RecordType: UInt8, Sendable {
    /// Consecutive entries of one group and one term.
    case entries = 1
    /// All that is kept about a group beside its entries.
    case state = 2
    /// The entries from the index on are gone.
    case truncate = 3
}

/// The fixed part in front of each record (docs/log-format.md, "Record").
///
/// It names its own place, so that bytes of a recycled segment or of a misdirected write are no record, and the checksum
/// of the record before, so that records form a chain. Its checksum is apart from the payload's: a torn payload still
/// tells whose it was.
package struct RecordHeader: Sendable, Equatable {
    package static let size = 80
    package static let magic: UInt32 = 0x4C57_4454  // "TDWL"
    /// Closes each record; no byte of it is zero, so a record cut off anywhere before its end is seen to be.
    package static let trailer: UInt32 = 0x2E44_4E45  // "END."
    package static let version: UInt8 = 1
    package static let compressed: UInt16 = 1

    package var type: RecordType
    package var isCompressed: Bool
    package var storedLength: UInt32
    package var rawLength: UInt32
    package var group: UInt32
    /// Entries in the payload.
    package var count: UInt32
    package var term: UInt64
    /// Of the first entry; of a state or truncation, of the first entry that the group has not.
    package var index: UInt64
    /// The term of the entry before `index`: with it the reader proves that the group's log goes on without a gap.
    package var previousTerm: UInt64
    /// Where the header stands.
    package var position: LogPosition
    /// Everything before this place was on stable storage when the record was written.
    package var durable: LogPosition
    /// The checksum of the header before, in this segment or the last.
    package var previousChecksum: UInt32
    package var payloadChecksum: UInt32
    /// Sectors of the record that are all zero by its content; more than these are missing from the disk.
    package var zeroSectors: UInt32
    /// Of the header itself: the link of the chain.
    package var checksum: UInt32

    /// The whole length on disk: header, payload, trailer, and zeros up to a multiple of eight.
    package var recordLength: Int { Self.length(stored: Int(storedLength)) }

    package static func length(stored: Int) -> Int { (size + stored + 4 + 7) & ~7 }

    /// Where the trailer ends, seen from the beginning of the record.
    package var trailerEnd: Int { Self.size + Int(storedLength) + 4 }

    package var lastIndex: UInt64 { type == .entries ? index &+ UInt64(count) &- 1 : index &- 1 }

    /// The bytes, with the checksum in place.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        bytes.append(little: Self.magic)
        bytes.append(type.rawValue)
        bytes.append(Self.version)
        bytes.append(UInt8(isCompressed ? Self.compressed : 0))
        bytes.append(0)
        bytes.append(little: storedLength)
        bytes.append(little: rawLength)
        bytes.append(little: group)
        bytes.append(little: count)
        bytes.append(little: term)
        bytes.append(little: index)
        bytes.append(little: previousTerm)
        bytes.append(little: position.segment)
        bytes.append(little: position.offset)
        bytes.append(little: durable.raw)
        bytes.append(little: previousChecksum)
        bytes.append(little: payloadChecksum)
        bytes.append(little: zeroSectors)
        bytes.append(little: CRC32C.checksum(bytes))
        return bytes
    }

    init(
        type: RecordType, isCompressed: Bool, storedLength: Int, rawLength: Int, draft: RecordDraft,
        position: LogPosition, durable: LogPosition, previousChecksum: UInt32, payloadChecksum: UInt32
    ) {
        self.type = type
        self.isCompressed = isCompressed
        self.storedLength = UInt32(storedLength)
        self.rawLength = UInt32(rawLength)
        group = draft.group
        count = draft.count
        term = draft.term
        index = draft.index
        previousTerm = draft.previousTerm
        self.position = position
        self.durable = durable
        self.previousChecksum = previousChecksum
        self.payloadChecksum = payloadChecksum
        zeroSectors = 0
        checksum = 0
    }

    /// Reads the header at `offset` of a segment, if one is there: with the right checksum and its own place in it.
    /// - Parameter anyEpoch: the planted fault ``LogFault/acceptStaleEpoch``; false otherwise.
    package init?(in bytes: [UInt8], at offset: Int, segment: UInt32, anyEpoch: Bool = false) {
        guard offset >= 0, offset <= bytes.count - Self.size, bytes.little32(at: offset) == Self.magic,
            bytes.little32(at: offset + 76) == CRC32C.checksum(bytes, in: offset..<offset + 76),
            let type = RecordType(rawValue: bytes[offset + 4]), bytes[offset + 5] == Self.version,
            bytes[offset + 6] & ~1 == 0, bytes[offset + 7] == 0
        else { return nil }
        self.type = type
        isCompressed = bytes[offset + 6] & 1 == 1
        storedLength = bytes.little32(at: offset + 8)
        rawLength = bytes.little32(at: offset + 12)
        group = bytes.little32(at: offset + 16)
        count = bytes.little32(at: offset + 20)
        term = bytes.little64(at: offset + 24)
        index = bytes.little64(at: offset + 32)
        previousTerm = bytes.little64(at: offset + 40)
        position = LogPosition(segment: bytes.little32(at: offset + 48), offset: bytes.little32(at: offset + 52))
        durable = LogPosition(raw: bytes.little64(at: offset + 56))
        previousChecksum = bytes.little32(at: offset + 64)
        payloadChecksum = bytes.little32(at: offset + 68)
        zeroSectors = bytes.little32(at: offset + 72)
        checksum = bytes.little32(at: offset + 76)
        guard position.offset == UInt32(offset), position.segment == segment || anyEpoch,
            rawLength <= LogLimits.rawBytes, storedLength <= rawLength, index > 0, count <= LogLimits.entriesPerRecord,
            (type == .entries) == (count > 0), offset + recordLength <= bytes.count,
            index <= UInt64.max - UInt64(LogLimits.entriesPerRecord)
        else { return nil }
    }
}
