import CLZ4

/// LZ4 blocks through the system's library.
package enum LZ4Block {
    /// The block of `bytes`, or `nil` where it does not pay: below ``LogLimits/compressFrom`` bytes, or not at least a
    /// tenth smaller.
    package static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= LogLimits.compressFrom, bytes.count <= Int(LZ4_MAX_INPUT_SIZE) else { return nil }
        let limit = bytes.count - (bytes.count + 9) / 10
        var length: Int32 = 0
        let packed = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
            length = bytes.withUnsafeBytes { source in
                guard let from = source.bindMemory(to: CChar.self).baseAddress,
                    let target = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: CChar.self).baseAddress
                else { return 0 }
                return LZ4_compress_default(from, target, Int32(bytes.count), Int32(limit))
            }
            used = Int(max(length, 0))
        }
        return length > 0 ? packed : nil
    }

    /// The `rawLength` bytes of a block, or `nil` where it is none, or of another length. Any bytes are safe.
    package static func decompress(_ bytes: [UInt8], in range: Range<Int>, rawLength: Int) -> [UInt8]? {
        guard rawLength > 0, rawLength <= Int(LZ4_MAX_INPUT_SIZE), range.lowerBound >= 0,
            range.upperBound <= bytes.count, !range.isEmpty
        else { return nil }
        var length: Int32 = -1
        let raw = [UInt8](unsafeUninitializedCapacity: rawLength) { buffer, used in
            length = bytes.withUnsafeBytes { source in
                guard let from = source.bindMemory(to: CChar.self).baseAddress,
                    let target = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: CChar.self).baseAddress
                else { return -1 }
                return LZ4_decompress_safe(from + range.lowerBound, target, Int32(range.count), Int32(rawLength))
            }
            used = Int(max(length, 0))
        }
        return length == Int32(rawLength) ? raw : nil
    }
}
