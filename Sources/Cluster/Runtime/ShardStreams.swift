internal import Primitives

/// The logged streams of one shard: an outbox for each target, a mark for each source, the epochs of both ends.
///
/// Everything here follows from the shard's records, except how far a stream was sent and acknowledged.
struct ShardStreams {
    /// Messages on their way to one shard, oldest first.
    struct Outbox {
        var messages: ArraySlice<StreamMessage> = []
        /// Sequence number of the first message kept, from 1.
        var first: UInt64 = 1
        /// Soft: the last number sent, and the last acknowledged.
        var sent: UInt64 = 0
        var acknowledged: UInt64 = 0
        var lastProgress = Instant.zero

        var last: UInt64 { first + UInt64(messages.count) - 1 }
    }

    /// Messages in one frame, and sent without acknowledgement.
    static let frameLimit = 256
    static let windowLimit = 4_096
    /// When unacknowledged messages are sent again though no link was lost.
    static let resendAfter = Span.seconds(2)
    /// Marks that make an outbox be sent again after each change of its target's leader.
    static let doubtLimit = 3

    private(set) var outboxes: [ShardID: Outbox] = [:]
    /// Soft: how many marks of a target still make what they do not cover be sent again. See ``doubt(_:)``.
    private var doubts: [ShardID: Int] = [:]
    /// The recovery epoch of each other shard, as far as known; absent: never heard of.
    private(set) var epochs: [ShardID: UInt64] = [:]
    /// What is part of the committed state, by source.
    private(set) var marks: [ShardID: UInt64] = [:]

    /// Takes in what a committed record says about streams.
    mutating func apply(_ record: ShardRecord, map: ShardMap, planted: PlantedBug?) {
        switch record.cause {
        case .stream(let source, let sequence): if planted != .markNotInEntry { marks[source] = sequence }
        case .peer(let shard, let epoch):
            if epochs[shard] != nil {
                outboxes[shard] = nil
                marks[shard] = nil
            }
            epochs[shard] = epoch
        case .genesis, .request, .timer: break
        }
        for trim in record.trims { drop(trim.target, upTo: trim.upTo) }
        for message in record.outgoing {
            outboxes[map.shard(of: message.target), default: Outbox()].messages.append(message)
        }
    }

    private mutating func drop(_ target: ShardID, upTo: UInt64) {
        guard var box = outboxes[target], upTo >= box.first else { return }
        let count = min(Int(upTo - box.first + 1), box.messages.count)
        box.messages.removeFirst(count)
        box.first += UInt64(count)
        outboxes[target] = box
    }

    /// Sent messages count as lost from here on, so that they are sent again.
    /// - Parameter forgetting: a new leader knows no acknowledgement but those that the log has.
    mutating func rewind(_ target: ShardID, forgetting: Bool = false) {
        guard let box = outboxes[target] else { return }
        if forgetting { outboxes[target]?.acknowledged = box.first - 1 }
        outboxes[target]?.sent = max(forgetting ? 0 : box.acknowledged, box.first - 1)
    }

    /// What is sent from here on may reach a node that will lead the target and does not yet, and drops it. When it
    /// leads it sends its mark unasked: then is the time to send again what that does not cover, not two seconds later.
    /// Marks of the leader before may come first, so a few of them count.
    mutating func doubt(_ target: ShardID) { doubts[target] = Self.doubtLimit }

    /// Whether a mark, already taken in, leaves something that may have been dropped.
    mutating func confirmsDoubt(_ target: ShardID) -> Bool {
        guard let left = doubts[target] else { return false }
        doubts[target] = left > 1 ? left - 1 : nil
        return outboxes[target].map { $0.sent > $0.acknowledged } ?? false
    }

    /// A cumulative acknowledgement.
    /// - Returns: the trim to put into the next record, unless nothing is new.
    mutating func acknowledge(_ target: ShardID, upTo mark: UInt64, at now: Instant) -> ShardRecord.Trim? {
        guard var box = outboxes[target], mark > box.acknowledged, mark <= box.last else { return nil }
        box.acknowledged = mark
        box.sent = max(box.sent, mark)
        box.lastProgress = now
        outboxes[target] = box
        return ShardRecord.Trim(target: target, upTo: mark)
    }

    /// The next frame for a target, or nil when everything is sent or the window is full.
    mutating func nextFrame(
        to target: ShardID, from source: ShardID, epoch: UInt64, at now: Instant
    ) -> StreamPayload? {
        guard var box = outboxes[target] else { return nil }
        let from = max(box.sent + 1, box.first)
        let window = max(box.acknowledged, box.first - 1) + UInt64(Self.windowLimit)
        let until = min(box.last, window, from + UInt64(Self.frameLimit) - 1)
        guard from <= until else { return nil }
        let start = box.messages.startIndex + Int(from - box.first)
        let messages = Array(box.messages[start...(start + Int(until - from))])
        if box.sent == box.acknowledged { box.lastProgress = now }
        box.sent = until
        outboxes[target] = box
        return StreamPayload(
            source: source, sourceEpoch: epoch, targetEpoch: epochs[target] ?? 0, first: from, messages: messages)
    }

    /// Targets whose sent messages were not acknowledged in time.
    func stalled(at now: Instant) -> [ShardID] {
        outboxes.filter { !$0.value.messages.isEmpty && now - $0.value.lastProgress > Self.resendAfter }
            .filter { $0.value.last > $0.value.acknowledged }
            .map(\.key).sorted()
    }

    /// Every shard that this one has to do with.
    var known: [ShardID] { Set(outboxes.keys).union(epochs.keys).sorted() }

    /// Planted bug `forgetOutbox`: what a restart would lose if outgoing messages were not part of the log.
    mutating func forgetOutboxes() {
        for target in outboxes.keys {
            let dropped = outboxes[target]?.messages.count ?? 0
            outboxes[target]?.messages = []
            outboxes[target]?.first += UInt64(dropped)
        }
    }
}

/// How far messages were sent and acknowledged is soft, and not written.
extension ShardStreams: WireValue {
    func encode(into writer: inout ByteWriter) {
        let boxes = outboxes.filter { $0.value.first > 1 || !$0.value.messages.isEmpty }.sorted { $0.key < $1.key }
        writer.writeCount(boxes.count)
        for (target, box) in boxes {
            writer.write(target.number)
            writer.writeVariable(box.first)
            writer.write(Array(box.messages))
        }
        Self.write(epochs, into: &writer)
        Self.write(marks, into: &writer)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        for _ in 0..<(try reader.readCount(each: 6, limit: 1_024)) {
            let target = ShardID(try reader.read(UInt32.self))
            var box = Outbox()
            box.first = try reader.readVariable()
            guard box.first > 0 else { throw .unknownTag("first message of an outbox", 0) }
            box.messages = ArraySlice(try reader.readList(StreamMessage.self))
            outboxes[target] = box
        }
        epochs = try Self.readTable(from: &reader)
        marks = try Self.readTable(from: &reader)
    }

    private static func write(_ table: [ShardID: UInt64], into writer: inout ByteWriter) {
        writer.writeCount(table.count)
        for (shard, number) in table.sorted(by: { $0.key < $1.key }) {
            writer.write(shard.number)
            writer.writeVariable(number)
        }
    }

    private static func readTable(from reader: inout ByteReader) throws(WireError) -> [ShardID: UInt64] {
        var table: [ShardID: UInt64] = [:]
        for _ in 0..<(try reader.readCount(each: 5, limit: 1_024)) {
            table[ShardID(try reader.read(UInt32.self))] = try reader.readVariable()
        }
        return table
    }
}
