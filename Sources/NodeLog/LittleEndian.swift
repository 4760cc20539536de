/// Fixed-width little-endian numbers, as every file of the log holds them.
extension [UInt8] {
    package mutating func append(little number: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) { append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
    }

    mutating func append(little number: UInt64) {
        append(little: UInt32(truncatingIfNeeded: number))
        append(little: UInt32(truncatingIfNeeded: number >> 32))
    }

    /// The number at `offset`; 0 where the bytes end before it, so that no decoder can trap. Callers check lengths.
    package func little32(at offset: Int) -> UInt32 {
        guard offset >= 0, offset <= count - 4 else { return 0 }
        return withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
    }

    func little64(at offset: Int) -> UInt64 {
        guard offset >= 0, offset <= count - 8 else { return 0 }
        return withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    }

    /// True where all bytes of `range` are zero.
    package func isZero(in range: Range<Int>) -> Bool {
        withUnsafeBytes { raw in raw[range].allSatisfy { $0 == 0 } }
    }

    /// The place behind the last byte that is not zero, not below `start`.
    func endOfContent(from start: Int) -> Int {
        withUnsafeBytes { raw in
            var end = raw.count
            while end - start >= 8, raw.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self) == 0 { end -= 8 }
            while end > start, raw[end - 1] == 0 { end -= 1 }
            return Swift.max(end, start)
        }
    }
}
