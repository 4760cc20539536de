/// A record before it has a place: its payload raw, and what its header says of the group.
struct RecordDraft: Sendable, Equatable {
    var type: RecordType
    var group: UInt32
    var count: UInt32
    var term: UInt64
    package var index: UInt64
    var previousTerm: UInt64
    var payload: [UInt8]

    /// A payload as it will stand in the file.
    struct Sealed {
        var stored: [UInt8]
        var rawLength: Int
        var isCompressed: Bool
        var recordLength: Int { RecordHeader.length(stored: stored.count) }
    }

    /// Compresses where it pays.
    func sealed(compresses: Bool) -> Sealed {
        if compresses, let packed = LZ4Block.compress(payload) {
            return Sealed(stored: packed, rawLength: payload.count, isCompressed: true)
        }
        return Sealed(stored: payload, rawLength: payload.count, isCompressed: false)
    }

    /// Adds the record to `buffer`, which begins at byte `start` of the segment.
    /// - Returns: the checksum of the header, the next record's link.
    func encode(
        _ sealed: Sealed, into buffer: inout [UInt8], start: Int, position: LogPosition, durable: LogPosition,
        previous: UInt32
    ) -> UInt32 {
        var header = RecordHeader(
            type: type, isCompressed: sealed.isCompressed, storedLength: sealed.stored.count,
            rawLength: sealed.rawLength, draft: self, position: position, durable: durable,
            previousChecksum: previous, payloadChecksum: CRC32C.checksum(sealed.stored))
        let begin = buffer.count
        buffer.append(contentsOf: header.bytes)
        buffer.append(contentsOf: sealed.stored)
        buffer.append(little: RecordHeader.trailer)
        while (buffer.count - begin) % 8 != 0 { buffer.append(0) }
        let zeros = Sectors.zeroCount(in: buffer, from: begin, to: buffer.count, base: start)
        if zeros > 0 {
            header.zeroSectors = UInt32(zeros)
            buffer.replaceSubrange(begin..<begin + RecordHeader.size, with: header.bytes)
        }
        return buffer.little32(at: begin + 76)
    }
}

/// The sectors that a record touches.
enum Sectors {
    /// How many parts of sectors between two places of `bytes` hold nothing but zeros.
    /// - Parameter base: the byte of the file at which `bytes` begins.
    static func zeroCount(in bytes: [UInt8], from begin: Int, to end: Int, base: Int) -> Int {
        var count = 0
        var place = begin
        while place < end {
            let next = min(end, ((base + place) / LogLimits.sector + 1) * LogLimits.sector - base)
            if bytes[place] == 0, bytes.isZero(in: place..<next) { count += 1 }
            place = next
        }
        return count
    }
}
