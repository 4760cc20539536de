/// Names inside a data directory.
package enum LogPath {
    package static let identity = "identity"
    package static let identityPart = "identity.part"
    package static let lock = "lock"
    package static let votes = "votes"
    package static let log = "log"
    package static let snapshots = "snapshots"
    package static let damaged = ".damaged"
    private static let segmentSuffix = ".wal"
    private static let sparePrefix = "spare-"

    package static func segment(_ number: UInt32) -> String {
        "\(log)/\(hex(UInt64(number), digits: 8))\(segmentSuffix)"
    }

    package static func spare(_ number: UInt32) -> String { "\(log)/\(sparePrefix)\(hex(UInt64(number), digits: 8))" }

    /// The number of a segment file by its name without folder, or `nil` for any other file.
    package static func segmentNumber(_ name: String) -> UInt32? {
        guard name.count == 8 + segmentSuffix.count, name.hasSuffix(segmentSuffix) else { return nil }
        return UInt32(name.prefix(8), radix: 16).flatMap { $0 > 0 ? $0 : nil }
    }

    package static func isSpare(_ name: String) -> Bool { name.hasPrefix(sparePrefix) }

    package static func hex(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
