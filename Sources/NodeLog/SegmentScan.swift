/// What one segment file holds, record by record, without a judgement about what is missing.
package struct SegmentScan {
    package enum Piece {
        /// A whole header. `payload` is `nil` where the payload is damaged.
        case record(RecordHeader, payload: [UInt8]?)
        /// No header can be read from `start` up to `end`, where the next whole one stands or the writing ends.
        case unreadable(start: Int, end: Int)

        package var start: Int {
            switch self {
            case .record(let header, _): Int(header.position.offset)
            case .unreadable(let start, _): start
            }
        }

        var end: Int {
            switch self {
            case .record(let header, _): Int(header.position.offset) + header.recordLength
            case .unreadable(_, let end): end
            }
        }
    }

    package let number: UInt32
    package let bytes: [UInt8]
    package let isHeaderWhole: Bool
    /// The segment belongs to the log of another node.
    package let isForeign: Bool
    package private(set) var pieces: [Piece] = []
    /// Behind it there is nothing but zeros.
    package let contentEnd: Int

    package init(_ bytes: [UInt8], number: UInt32, owner: UInt32, fault: LogFault) throws(LogError) {
        self.number = number
        self.bytes = bytes
        let header = try SegmentHeader(Array(bytes.prefix(SegmentHeader.size)))
        isHeaderWhole = header?.number == number
        isForeign = header.map { $0.owner != owner } ?? false
        contentEnd = bytes.endOfContent(from: min(LogLimits.page, bytes.count))
        guard !isForeign else { return }
        let anyEpoch = fault == .acceptStaleEpoch
        var place = LogLimits.page
        while place < contentEnd {
            if let header = RecordHeader(in: bytes, at: place, segment: number, anyEpoch: anyEpoch) {
                pieces.append(.record(header, payload: Self.payload(of: header, in: bytes, at: place)))
                place += header.recordLength
            } else {
                let next = Self.nextRecord(in: bytes, from: place + 8, to: contentEnd, segment: number)
                pieces.append(.unreadable(start: place, end: next ?? contentEnd))
                place = next ?? contentEnd
            }
        }
    }

    /// The raw payload of a record, or `nil` where its stored bytes are not those that were written.
    package static func payload(of header: RecordHeader, in bytes: [UInt8], at start: Int) -> [UInt8]? {
        let range = start + RecordHeader.size..<start + RecordHeader.size + Int(header.storedLength)
        guard range.upperBound <= bytes.count, CRC32C.checksum(bytes, in: range) == header.payloadChecksum else {
            return nil
        }
        guard header.isCompressed else {
            return header.storedLength == header.rawLength ? Array(bytes[range]) : nil
        }
        return LZ4Block.decompress(bytes, in: range, rawLength: Int(header.rawLength))
    }

    /// The next place with a whole header; records begin at multiples of eight.
    private static func nextRecord(in bytes: [UInt8], from start: Int, to end: Int, segment: UInt32) -> Int? {
        var place = start
        while place < end {
            if bytes.little32(at: place) == RecordHeader.magic,
                RecordHeader(in: bytes, at: place, segment: segment) != nil
            {
                return place
            }
            place += 8
        }
        return nil
    }

    /// True where the damage of a piece looks as if the disk never wrote part of it: a crash, not a fault.
    ///
    /// The ground under new records is zero. A write that was cut off leaves zeros from some byte on up to the end of
    /// the segment; one of which sectors were lost leaves whole sectors of zeros. The trailer of a record is never zero.
    /// A changed bit makes neither.
    func isTorn(_ piece: Piece) -> Bool {
        switch piece {
        case .record(let header, _):
            let start = Int(header.position.offset)
            if contentEnd < start + header.trailerEnd { return true }
            let end = start + header.recordLength
            return Sectors.zeroCount(in: bytes, from: start, to: end, base: 0) > Int(header.zeroSectors)
        case .unreadable(let start, _):
            if contentEnd < start + RecordHeader.size { return true }
            return Sectors.zeroCount(in: bytes, from: start, to: start + RecordHeader.size, base: 0) > 0
        }
    }
}
