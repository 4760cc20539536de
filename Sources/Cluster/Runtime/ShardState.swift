internal import Primitives

/// What the committed records of a shard amount to, beside its entities. Every replica holds the same.
struct ShardState {
    /// The last record taken in.
    var index: UInt64 = 0
    var time = Instant.zero
    /// The recovery epoch of the shard; 0 before its first record.
    var epoch: UInt64 = 0
    var streams = ShardStreams()
    var requests = RequestTable()

    /// Takes in what a record says beside its changes of entities.
    mutating func apply(_ record: ShardRecord, index: UInt64, map: ShardMap, planted: PlantedBug?) {
        self.index = index
        time = max(time, record.time)
        if case .genesis(let epoch) = record.cause { self.epoch = epoch }
        streams.apply(record, map: map, planted: planted)
        if let kept = record.kept { requests.keep(kept, at: record.time) }
    }
}

/// What a leader has appended and nobody has committed yet, on top of the ``ShardState``. Thrown away with the leadership.
struct ShardOverlay {
    struct Kept {
        let body: UInt64
        let reply: [UInt8]
        /// The record that carries it.
        let number: UInt64
    }

    var time: Instant
    var epoch: UInt64
    var marks: [ShardID: UInt64]
    var epochs: [ShardID: UInt64]
    /// Acknowledged messages that the next record lets go.
    var trims: [ShardID: UInt64] = [:]
    var requests: [String: Kept] = [:]

    init(over state: ShardState) {
        time = state.time
        epoch = state.epoch
        marks = state.streams.marks
        epochs = state.streams.epochs
    }

    /// A record is appended.
    mutating func note(_ record: ShardRecord) {
        time = max(time, record.time)
        trims.removeAll(keepingCapacity: true)
        if case .genesis(let epoch) = record.cause { self.epoch = epoch }
        if let kept = record.kept {
            requests[kept.key.scope] = Kept(body: kept.key.body, reply: kept.reply, number: record.number)
        }
    }
}
