/// The configurations in a log, as a stack: the last one is in force as soon as its entry is appended, and is taken
/// back when the entry is (Raft paper, 6).
struct ConfigurationHistory: Sendable {
    struct Item: Sendable, Hashable {
        let index: UInt64
        let configuration: GroupConfiguration
    }

    /// In the order of the log and never empty; the first is that of the snapshot.
    private(set) var items: [Item]

    init(_ mark: SnapshotMark) {
        items = [Item(index: mark.configurationIndex, configuration: mark.configuration)]
    }

    var current: Item { items[items.count - 1] }

    mutating func append(_ configuration: GroupConfiguration, at index: UInt64) {
        items.append(Item(index: index, configuration: configuration))
    }

    /// Takes back the configurations of entries from `index` on.
    mutating func truncate(from index: UInt64) {
        while items.count > 1, current.index >= index { items.removeLast() }
    }

    /// The configuration in force at an index, or the oldest known.
    func item(at index: UInt64) -> Item { items.last { $0.index <= index } ?? items[0] }

    /// Whether a replica has a vote in the configuration at an index or in any later one.
    func hasVoter(_ replica: ReplicaID, since index: UInt64) -> Bool {
        for item in items.reversed() {
            if item.configuration.isVoter(replica) { return true }
            if item.index <= index { return false }
        }
        return false
    }

    /// Forgets what was before the configuration at `index`.
    mutating func compact(to index: UInt64) {
        let kept = items.filter { $0.index > index }
        items = [item(at: index)] + kept
    }

    /// Starts anew from a snapshot: its configuration replaces every one at or before its index. Those behind it stay
    /// if the log behind it does.
    mutating func restart(at mark: SnapshotMark, keepingLater: Bool) {
        let later = keepingLater ? items.filter { $0.index > mark.index } : []
        self = ConfigurationHistory(mark)
        items += later
    }
}
