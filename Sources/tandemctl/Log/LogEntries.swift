/// The entries in the payload of an entries record (`docs/log-format.md`, “Record”).
package struct LogEntries {
    package struct Entry {
        package let kind: UInt8
        package let bytes: ArraySlice<UInt8>
    }

    /// Entries of one record.
    private static let limit = 4_096
    private static let prefix = 8
    private static let framing = 5

    /// A hint how far the group had committed.
    package let commit: UInt64
    package let entries: [Entry]

    /// `nil` where the bytes are not exactly `count` entries.
    package init?(_ payload: [UInt8], count: Int) {
        guard (0...Self.limit).contains(count), payload.count >= Self.prefix,
            count <= (payload.count - Self.prefix) / Self.framing
        else { return nil }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        var place = Self.prefix
        for _ in 0..<count {
            guard payload.count - place >= Self.framing else { return nil }
            let length = Int(Self.number(payload[place + 1..<place + Self.framing]))
            let start = place + Self.framing
            guard length <= payload.count - start else { return nil }
            entries.append(Entry(kind: payload[place], bytes: payload[start..<start + length]))
            place = start + length
        }
        guard place == payload.count else { return nil }
        commit = Self.number(payload[0..<Self.prefix])
        self.entries = entries
    }

    /// Little-endian; at most eight bytes.
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
