/// The first page of a segment file.
package struct SegmentHeader: Sendable, Equatable {
    package static let magic: UInt32 = 0x4753_4454  // "TDSG"
    package static let version: UInt32 = 1
    package static let size = 20

    package let number: UInt32
    /// The checksum of the identity file: whose log it is.
    package let owner: UInt32

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: Self.magic)
        bytes.append(little: Self.version)
        bytes.append(little: number)
        bytes.append(little: owner)
        bytes.append(little: CRC32C.checksum(bytes))
        return bytes
    }

    package init(number: UInt32, owner: UInt32) {
        self.number = number
        self.owner = owner
    }

    /// `nil` where it is damaged; the records behind it tell their segment themselves.
    package init?(_ bytes: [UInt8]) throws(LogError) {
        guard bytes.count >= Self.size, bytes.little32(at: 0) == Self.magic,
            bytes.little32(at: 16) == CRC32C.checksum(bytes, in: 0..<16)
        else { return nil }
        guard bytes.little32(at: 4) == Self.version else {
            throw .unsupportedVersion(file: "a segment of the log", version: bytes.little32(at: 4))
        }
        number = bytes.little32(at: 8)
        owner = bytes.little32(at: 12)
    }
}
