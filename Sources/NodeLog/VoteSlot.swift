/// One of the two places of a group in the votes file.
package struct VoteSlot: Sendable, Equatable {
    package static let size = 48
    package static let magic: UInt32 = 0x4F56_4454  // "TDVO"

    package var block: UInt32
    package var group: UInt32
    /// Rises by one with each write of the group; odd ones stand in the first slot, even ones in the second.
    package var sequence: UInt64
    package var term: UInt64
    package var vote: UInt64?
    package var isForgotten: Bool

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: Self.magic)
        bytes.append(little: block)
        bytes.append(little: group)
        bytes.append(little: UInt32(vote == nil ? 0 : 1) | UInt32(isForgotten ? 2 : 0))
        bytes.append(little: sequence)
        bytes.append(little: term)
        bytes.append(little: vote ?? 0)
        bytes.append(little: UInt32(0))
        bytes.append(little: CRC32C.checksum(bytes))
        return bytes
    }

    package init(block: UInt32, group: UInt32, sequence: UInt64, term: UInt64, vote: UInt64?, isForgotten: Bool) {
        self.block = block
        self.group = group
        self.sequence = sequence
        self.term = term
        self.vote = vote
        self.isForgotten = isForgotten
    }

    /// Reads the slot that begins at `offset`; `nil` unless it is whole and belongs to this place.
    package init?(_ bytes: [UInt8], at offset: Int, block: UInt32, isFirst: Bool) {
        guard offset >= 0, offset <= bytes.count - Self.size, bytes.little32(at: offset) == Self.magic,
            bytes.little32(at: offset + 44) == CRC32C.checksum(bytes, in: offset..<offset + 44),
            bytes.little32(at: offset + 4) == block
        else { return nil }
        let flags = bytes.little32(at: offset + 12)
        self.init(
            block: block, group: bytes.little32(at: offset + 8), sequence: bytes.little64(at: offset + 16),
            term: bytes.little64(at: offset + 24), vote: flags & 1 == 0 ? nil : bytes.little64(at: offset + 32),
            isForgotten: flags & 2 != 0)
        guard flags & ~3 == 0, sequence > 0, (sequence % 2 == 1) == isFirst else { return nil }
    }
}

/// What the votes file says of one group.
package struct VoteCopy: Sendable, Equatable {
    package var newest: VoteSlot
    /// Both slots are as they were written, so the newest is the last promise that was acknowledged.
    package var isWhole: Bool
}
