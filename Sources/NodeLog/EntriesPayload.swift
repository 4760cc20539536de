/// The payload of an entries record: the group's commit, then for each entry kind, length and bytes.
package enum EntriesPayload {
    package static let prefix = 8
    package static let framing = 5

    package static func begin() -> [UInt8] { [UInt8](repeating: 0, count: prefix) }

    package static func setCommit(_ commit: UInt64, in payload: inout [UInt8]) {
        for place in 0..<prefix { payload[place] = UInt8(truncatingIfNeeded: commit >> UInt64(8 * place)) }
    }

    /// The commit and the entries, or `nil` where the bytes are not exactly the `header.count` entries it promises.
    package static func decode(_ raw: [UInt8], header: RecordHeader) -> (commit: UInt64, entries: [StoredEntry])? {
        guard raw.count >= prefix, Int(header.count) <= (raw.count - prefix) / framing else { return nil }
        var entries: [StoredEntry] = []
        entries.reserveCapacity(Int(header.count))
        var place = prefix
        for number in 0..<UInt64(header.count) {
            guard raw.count - place >= framing else { return nil }
            let length = Int(raw.little32(at: place + 1))
            let start = place + framing
            guard length <= raw.count - start else { return nil }
            entries.append(
                StoredEntry(
                    index: header.index + number, term: header.term, kind: raw[place],
                    payload: Array(raw[start..<start + length])))
            place = start + length
        }
        return place == raw.count ? (raw.little64(at: 0), entries) : nil
    }
}

extension [UInt8] {
    /// Adds an entry to the payload of an entries record.
    mutating func append(_ entry: StoredEntry) {
        append(entry.kind)
        append(little: UInt32(entry.payload.count))
        append(contentsOf: entry.payload)
    }
}

/// The payload of a state record: all that is kept about a group beside its entries.
struct GroupState: Sendable, Equatable {
    static let size = 58

    var hardState = StoredHardState()
    var snapshot = StoredMark.zero
    var floor: UInt64 = 0
    var condition = GroupCondition.intact
    var isForgotten = false

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        bytes.append(little: hardState.term)
        bytes.append(little: hardState.vote ?? 0)
        bytes.append(little: hardState.commit)
        bytes.append(little: snapshot.index)
        bytes.append(little: snapshot.term)
        bytes.append(little: floor)
        bytes.append(little: condition.index ?? 0)
        bytes.append((hardState.vote == nil ? 0 : 1) | (isForgotten ? 2 : 0) | (condition.index == nil ? 0 : 4))
        bytes.append(condition.rank)
        return bytes
    }

    init() {}

    init?(_ raw: [UInt8]) {
        guard raw.count == Self.size, raw[56] & ~7 == 0 else { return nil }
        let index: UInt64? = raw[56] & 4 == 0 ? nil : raw.little64(at: 48)
        guard let condition = GroupCondition(rank: raw[57], index: index) else { return nil }
        self.condition = condition
        hardState = StoredHardState(
            term: raw.little64(at: 0), vote: raw[56] & 1 == 0 ? nil : raw.little64(at: 8), commit: raw.little64(at: 16))
        snapshot = StoredMark(index: raw.little64(at: 24), term: raw.little64(at: 32))
        floor = raw.little64(at: 40)
        isForgotten = raw[56] & 2 != 0
    }
}
