import Consensus
import Primitives

/// A replica's stable storage: what was synced, and the writes on their way, of which a crash keeps a prefix.
struct Disk {
    var hardState = HardState.initial
    var snapshot: SnapshotMark
    /// The application's state in the snapshot.
    var digest: UInt64 = 0
    var entries: [LogEntry] = []
    var queue: [StorageWrite] = []
    /// A snapshot from a peer, stored beside the log and adopted by the write that names it.
    var received: [UInt64: UInt64] = [:]

    /// What damage took away, as recovery sees it.
    struct Damage {
        let lost: LogPosition
        let isKnown: Bool
        let isHole: Bool
    }

    var damage: Damage?

    var last: LogPosition { entries.last?.position ?? snapshot.position }

    /// Recovery's verdict; it holds until the log reaches what was lost.
    var condition: ReplicaCondition {
        guard let damage, last < damage.lost else { return .intact }
        let place = damage.isKnown ? damage.lost : nil
        return damage.isHole ? .repairing(through: place) : .tailUncertain(lost: place)
    }

    /// Whether some configuration in this log makes one replica the only voter.
    var hasSoleVoter: Bool {
        let written = entries.filter { $0.kind == .configuration }
            .compactMap { try? GroupConfiguration(decoding: $0.payload) }
        return ([snapshot.configuration] + written).contains { $0.voters.count == 1 }
    }

    init(_ snapshot: SnapshotMark) { self.snapshot = snapshot }

    var lastIndex: UInt64 { entries.last?.index ?? snapshot.index }

    func term(at index: UInt64) -> UInt64? {
        if index == snapshot.index { return snapshot.term }
        return entries.first { $0.index == index }?.term
    }

    /// Makes the oldest write durable.
    mutating func sync() -> WriteToken? {
        guard !queue.isEmpty else { return nil }
        let write = queue.removeFirst()
        if let mark = write.snapshot, mark.index > snapshot.index {
            snapshot = mark
            digest = received[mark.index] ?? 0
            entries.removeAll { $0.index <= mark.index }
        }
        if let from = write.truncateFrom { entries.removeAll { $0.index >= from } }
        entries += write.entries.filter { $0.index > snapshot.index }
        if let state = write.hardState { hardState = state }
        return write.token
    }

    /// Cuts the log behind a snapshot of the replica's own state.
    mutating func compact(to mark: SnapshotMark, digest: UInt64) {
        guard mark.index > snapshot.index else { return }
        snapshot = mark
        self.digest = digest
        entries.removeAll { $0.index <= mark.index }
    }

    var restored: Restored {
        Restored(hardState: hardState, snapshot: snapshot, entries: entries, condition: condition)
    }
}

/// The application of the tests: a running hash of what was applied.
struct Application {
    private(set) var digest: UInt64
    private(set) var index: UInt64

    init(digest: UInt64 = 0, index: UInt64 = 0) {
        self.digest = digest
        self.index = index
    }

    mutating func apply(_ entry: LogEntry) {
        var next = digest &* 0x100_0000_01B3 ^ entry.index
        for byte in entry.payload { next = (next ^ UInt64(byte)) &* 0x100_0000_01B3 }
        digest = next ^ UInt64(entry.kind.rawValue)
        index = entry.index
    }
}
