internal import Primitives

/// The readers of a hub. Most want one shard or a few, and whatever is committed looks for its readers: they are found by
/// shard, not one by one.
struct EventReaders {
    struct Reader {
        /// Nil: all of them.
        let shards: Set<ShardID>?
        var position: EventPosition
        let give: @Sendable (EventHub.Item) -> Bool

        func wants(_ shard: ShardID) -> Bool { shards?.contains(shard) ?? true }
    }

    private var readers: [UInt64: Reader] = [:]
    /// Numbers, ascending.
    private var ofShard: [ShardID: [UInt64]] = [:]
    private var ofAll: [UInt64] = []
    private var next: UInt64 = 1

    mutating func add(_ reader: Reader) -> UInt64 {
        let id = next
        next += 1
        readers[id] = reader
        guard let shards = reader.shards else {
            ofAll.append(id)
            return id
        }
        for shard in shards { ofShard[shard, default: []].append(id) }
        return id
    }

    mutating func remove(_ id: UInt64) -> Reader? {
        guard let reader = readers.removeValue(forKey: id) else { return nil }
        guard let shards = reader.shards else {
            ofAll.removeAll { $0 == id }
            return reader
        }
        for shard in shards {
            ofShard[shard]?.removeAll { $0 == id }
            if ofShard[shard]?.isEmpty ?? false { ofShard[shard] = nil }
        }
        return reader
    }

    /// Every reader by its number, ascending.
    var all: [(id: UInt64, reader: Reader)] { readers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    /// Visits those who want a shard, in an order that does not depend on chance.
    mutating func visit(_ shard: ShardID, _ body: (_ id: UInt64, inout Reader) -> Void) {
        for id in ofShard[shard] ?? [] { change(id, body) }
        for id in ofAll { change(id, body) }
    }

    private mutating func change(_ id: UInt64, _ body: (UInt64, inout Reader) -> Void) {
        guard let index = readers.index(forKey: id) else { preconditionFailure("reader \(id) is listed and not there") }
        body(id, &readers.values[index])
    }
}
