import CShims

/// CRC32C (Castagnoli polynomial, RFC 3720 B.4), by processor instructions where there are any, else by table.
public enum CRC32C {
    /// True where the processor computes it: about 10 GB/s, against 0.4 GB/s by table.
    public static let isAccelerated = tandem_crc32c_available() == 1

    /// The checksum of `bytes` in `range`, or of all of them.
    /// - Parameter previous: the checksum of what stands before, to go on from; 0 to begin.
    public static func checksum(
        _ bytes: [UInt8], in range: Range<Int>? = nil, continuing previous: UInt32 = 0
    ) -> UInt32 {
        let range = range ?? bytes.indices
        guard isAccelerated else { return tableChecksum(bytes, in: range, continuing: previous) }
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a checksum past the end of the bytes")
        return bytes.withUnsafeBytes { raw in
            ~tandem_crc32c_update(~previous, raw.baseAddress.map { $0 + range.lowerBound }, range.count)
        }
    }

    /// The same by table, on any processor: the fall-back, and the oracle of the tests.
    public static func tableChecksum(
        _ bytes: [UInt8], in range: Range<Int>? = nil, continuing previous: UInt32 = 0
    ) -> UInt32 {
        var register = ~previous
        for byte in bytes[range ?? bytes.indices] {
            register = table[Int((register ^ UInt32(byte)) & 0xFF)] ^ (register >> 8)
        }
        return ~register
    }

    private static let table: [UInt32] = (0..<256).map { number in
        (0..<8).reduce(UInt32(number)) { value, _ in
            value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1
        }
    }
}
