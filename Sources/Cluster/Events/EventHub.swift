public import Primitives
internal import Synchronization

/// The committed notices of the whole cluster as this node knows them, with a bounded history for readers that return.
///
/// Every shard that this node keeps publishes here, whether it leads it or not; of the others the node is fed over the
/// bulk link. So any node serves any topic from any position that is still kept.
public final class EventHub: Sendable {
    /// Batches kept per shard; an older position gets a reset.
    public static let historyLimit = 4_096
    /// Bytes of notices kept per shard, whatever their number; one batch may exceed it.
    public static let historyBytes = 1 << 20
    /// Batches of a shard that a node is told first which knows nothing of it, as after its start: all that are kept would
    /// keep both sides busy for seconds. An older position gets a reset there.
    public static let firstFeed = 512
    /// Batches waiting for one reader; a slower one is cut off and must resume.
    public static let readerLimit = 4_096
    /// Batches behind a gap before what is missing is asked for again.
    private static let askAgain = 256

    /// What a reader gets.
    public enum Item: Sendable {
        case batch(EventBatch, EventPosition)
        /// The asked position is no longer kept (or its log is gone): read the current state, then go on from here.
        case reset(EventPosition)
    }

    /// A batch in the history: the notices that anybody may read, as bytes, which take a fraction of the room.
    private struct Kept {
        let index: UInt64
        let notices: [UInt8]

        init(_ batch: EventBatch) {
            index = batch.index
            let open = batch.notices.filter { $0.audience == .topic }
            guard !open.isEmpty else {
                notices = []
                return
            }
            var writer = ByteWriter(reserving: 128 * open.count)
            writer.write(open)
            notices = writer.bytes
        }

        /// As ``EventBatch`` has it, without a look at the notices.
        func encoded(of shard: ShardID, _ epoch: UInt64) -> [UInt8] {
            var writer = ByteWriter(reserving: 32 + notices.count)
            EventBatch.writeHead(shard, epoch, index, into: &writer)
            if notices.isEmpty { writer.writeCount(0) } else { writer.write(raw: notices) }
            return writer.bytes
        }

        func batch(of shard: ShardID, _ epoch: UInt64) -> EventBatch {
            var reader = ByteReader(notices)
            let open = notices.isEmpty ? [] : try? reader.readList(limit: EventBatch.noticeLimit) as [Notice]
            guard let open else { preconditionFailure("notices of shard \(shard) that were kept cannot be read") }
            return EventBatch(shard: shard, epoch: epoch, index: index, notices: open)
        }
    }

    private struct Line {
        var epoch: UInt64 = 0
        var last: UInt64 = 0
        /// Everything up to here has been let go.
        var dropped: UInt64 = 0
        private var history: ArraySlice<Kept> = []
        private var bytes = 0

        init(epoch: UInt64 = 0, last: UInt64 = 0, dropped: UInt64 = 0) {
            self.epoch = epoch
            self.last = last
            self.dropped = dropped
        }

        /// What is kept of this line behind an index.
        func batches(after index: UInt64, of shard: ShardID) -> [EventBatch] {
            history.filter { $0.index > index }.map { $0.batch(of: shard, epoch) }
        }

        /// What is kept behind an index, or the newest where none is known, and what is not told before it.
        func news(after index: UInt64?) -> (kept: ArraySlice<Kept>, dropped: UInt64) {
            guard let index else {
                let newest = history.suffix(EventHub.firstFeed)
                let left = newest.startIndex - history.startIndex
                return (newest, left > 0 ? history[newest.startIndex - 1].index : dropped)
            }
            return (history[(history.firstIndex { $0.index > index } ?? history.endIndex)...], dropped)
        }

        /// False for what is known already. In its place, since a copy would copy the history.
        mutating func keep(_ batch: EventBatch) -> Bool {
            if epoch != batch.epoch { self = Line(epoch: batch.epoch) }
            guard batch.index > last else { return false }
            last = batch.index
            let kept = Kept(batch)
            history.append(kept)
            bytes += kept.notices.count
            while history.count > EventHub.historyLimit || bytes > EventHub.historyBytes && history.count > 1 {
                let oldest = history.removeFirst()
                dropped = oldest.index
                bytes -= oldest.notices.count
            }
            return true
        }
    }

    /// What is missing behind an index was asked for: one question, and another after many batches that still show it.
    private struct Gap {
        let after: UInt64
        var seen = 0
    }

    private struct State {
        var lines: [ShardID: Line] = [:]
        var fed: Set<NodeID> = []
        var gaps: [ShardID: Gap] = [:]
        var readers = EventReaders()

        /// What is known of these shards, or of all, in their order.
        func lines(of shards: Set<ShardID>?) -> [(ShardID, Line)] {
            guard let shards else { return lines.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
            return shards.sorted().compactMap { shard in lines[shard].map { (shard, $0) } }
        }
    }

    private let node: NodeID
    private let place: Mutex<ShardMap>
    private let state = Mutex(State())

    init(node: NodeID, map: ShardMap) {
        self.node = node
        place = Mutex(map)
    }

    /// Who tells this node of a shard that it does not keep.
    private func feeder(of shard: ShardID) -> NodeID? {
        place.withLock { $0.hosts(node, shard) ? nil : $0.preferredLeader(of: shard) }
    }

    private func feeds(_ peer: NodeID, _ shard: ShardID) -> Bool {
        place.withLock { $0.preferredLeader(of: shard) == node && !$0.hosts(peer, shard) }
    }

    /// A batch of one of this node's shards is committed.
    func publish(_ batch: EventBatch, send: (NodeID, Frame) -> Void) {
        // One lock for both: a subscription comes before this batch, and gets it, or after, and finds it.
        let (previous, fed, receivers) = state.withLock { state -> (UInt64, [NodeID], [Receiver]) in
            let previous = state.lines[batch.shard].map { $0.epoch == batch.epoch ? $0.last : 0 } ?? 0
            return (previous, state.fed.sorted(), Self.take(batch, into: &state))
        }
        let peers = fed.filter { feeds($0, batch.shard) }
        if !peers.isEmpty {
            let encoded = batch.encoded
            for peer in peers { send(peer, frame(encoded, of: batch.shard, after: previous)) }
        }
        give(receivers)
    }

    /// - Parameter dropped: up to where the sender keeps nothing or tells nothing; travels in the trace field, which
    ///   batches do not use.
    private func frame(_ batch: [UInt8], of shard: ShardID, after previous: UInt64, dropped: UInt64 = 0) -> Frame {
        Frame(
            .nodeReply, request: previous, shard: shard, trace: TraceContext(high: dropped, low: 0, span: 0),
            payload: batch)
    }

    /// What this node asks of a peer when their link is up: everything after what it knows of the peer's shards.
    func subscription(to peer: NodeID) -> Frame {
        let position = state.withLock { state in
            var position = EventPosition()
            for (shard, line) in state.lines where feeder(of: shard) == peer {
                position.places[shard] = .init(epoch: line.epoch, index: line.last)
            }
            return position
        }
        return Frame(.nodeCall, payload: position.encoded)
    }

    /// Goes on with another map.
    /// - Returns: the peers that feed this node with other shards than before.
    func follow(_ map: ShardMap) -> [NodeID] {
        let before = place.withLock { place in
            defer { place = map }
            return place
        }
        var changed: Set<NodeID> = []
        for shard in map.groups where !map.hosts(node, shard) {
            guard let feeder = map.preferredLeader(of: shard) else { continue }
            if before.hosts(node, shard) || before.preferredLeader(of: shard) != feeder { changed.insert(feeder) }
        }
        return changed.sorted()
    }

    /// The link is gone, and with it what was under way on it.
    func unsubscribe(_ peer: NodeID) {
        state.withLock { state in
            state.fed.remove(peer)
            state.gaps = state.gaps.filter { feeder(of: $0.key) != peer }
        }
    }

    func receive(_ frame: Frame, from peer: NodeID, send: (NodeID, Frame) -> Bool) {
        if frame.type == .nodeCall {
            guard let position = try? EventPosition(decoding: frame.payload) else { return }
            return feed(peer, after: position) { _ = send($0, $1) }
        }
        guard let batch = try? EventBatch(decoding: frame.payload), feeder(of: batch.shard) == peer else { return }
        let dropped = frame.trace.high
        let (isNext, receivers) = state.withLock { state -> (Bool, [Receiver]) in
            let line = state.lines[batch.shard] ?? Line()
            let isSame = line.epoch == batch.epoch
            // The first of a log names none before it.
            guard frame.request <= (isSame ? line.last : 0) else { return (false, []) }
            // What the sender does not keep any more and this node never heard, its readers have missed.
            guard dropped > (isSame ? line.last : 0) else { return (true, []) }
            return (true, Self.jump(batch.shard, epoch: batch.epoch, to: dropped, in: &state))
        }
        give(receivers)
        // A gap: something was let go on the way. Ask again from what is known.
        if isNext { return take(batch) }
        let asks = state.withLock { state -> Bool in
            let last = state.lines[batch.shard]?.last ?? 0
            guard var gap = state.gaps[batch.shard], gap.after == last, gap.seen < Self.askAgain else {
                state.gaps[batch.shard] = Gap(after: last)
                return true
            }
            gap.seen += 1
            state.gaps[batch.shard] = gap
            return false
        }
        if asks, !send(peer, subscription(to: peer)) { state.withLock { $0.gaps[batch.shard] = nil } }
    }

    private func feed(_ peer: NodeID, after position: EventPosition, send: (NodeID, Frame) -> Void) {
        let missed = state.withLock { state in
            state.fed.insert(peer)
            return state.lines.filter { feeds(peer, $0.key) }.sorted { $0.key < $1.key }.map { shard, line in
                let place = position.places[shard]
                return (shard, line.epoch, line.news(after: place?.epoch == line.epoch ? place?.index : nil))
            }
        }
        for (shard, epoch, news) in missed {
            // The first one starts anew even behind a gap; each later one names the one before it.
            var previous: UInt64 = 0
            for kept in news.kept {
                let payload = kept.encoded(of: shard, epoch)
                send(peer, frame(payload, of: shard, after: previous, dropped: news.dropped))
                previous = kept.index
            }
        }
    }

    private typealias Receiver = (id: UInt64, give: @Sendable (Item) -> Bool, item: Item)

    private func take(_ batch: EventBatch) { give(state.withLock { Self.take(batch, into: &$0) }) }

    private func give(_ receivers: [Receiver]) {
        for (id, give, item) in receivers where !give(item) { stopReading(id) }
    }

    private static func take(_ batch: EventBatch, into state: inout State) -> [Receiver] {
        guard state.lines[batch.shard, default: Line()].keep(batch) else { return [] }
        var receivers: [Receiver] = []
        state.readers.visit(batch.shard) { id, reader in
            if let known = reader.position.places[batch.shard], known.epoch == batch.epoch, known.index >= batch.index {
                return
            }
            reader.position.advance(to: batch)
            receivers.append((id, reader.give, .batch(batch, reader.position)))
        }
        return receivers
    }

    /// A shard of this node goes on from a snapshot: what was noticed up to `index` is not known here, so readers look
    /// at the state.
    func restored(_ shard: ShardID, epoch: UInt64, index: UInt64) {
        give(
            state.withLock { state in
                let known = state.lines[shard]
                guard known?.epoch != epoch || known?.last ?? 0 < index else { return [] }
                return Self.jump(shard, epoch: epoch, to: index, in: &state)
            })
    }

    /// Goes on behind an index, without what was noticed up to it.
    private static func jump(_ shard: ShardID, epoch: UInt64, to index: UInt64, in state: inout State) -> [Receiver] {
        state.lines[shard] = Line(epoch: epoch, last: index, dropped: index)
        var receivers: [Receiver] = []
        state.readers.visit(shard) { id, reader in
            // Who is further on already has missed nothing.
            if let known = reader.position.places[shard], known.epoch == epoch, known.index >= index { return }
            reader.position.places[shard] = .init(epoch: epoch, index: index)
            receivers.append((id, reader.give, .reset(reader.position)))
        }
        return receivers
    }

    /// The feed of a peer begins anew: what is not retained may have been missed, so readers look at the state.
    func relinked(_ peer: NodeID) {
        give(
            state.withLock { state in
                let fed = state.lines.keys.filter { feeder(of: $0) == peer }
                return state.readers.all.compactMap { id, reader in
                    fed.contains(where: reader.wants) ? (id, reader.give, .reset(reader.position)) : nil
                }
            })
    }

    /// Reads the notices of some shards, after a position or from now on.
    /// - Parameters:
    ///   - shards: nil for all of them.
    ///   - give: called in order, outside any lock of the caller; returns false when it wants no more.
    /// - Returns: a number for ``stopReading(_:)``.
    public func read(
        _ shards: Set<ShardID>?, after: EventPosition?, give: @escaping @Sendable (Item) -> Bool
    ) -> UInt64 {
        let (id, missed) = state.withLock { state -> (UInt64, [Item]) in
            var position = EventPosition()
            var missed: [EventBatch] = []
            var isReset = false
            for (shard, line) in state.lines(of: shards) {
                position.places[shard] = .init(epoch: line.epoch, index: line.last)
                guard let after else { continue }
                let place = after.places[shard]
                if place.map({ $0.epoch != line.epoch }) ?? false || place?.index ?? 0 < line.dropped { isReset = true }
                missed += line.batches(after: place?.index ?? 0, of: shard)
            }
            // A reader may be ahead of a node that has only begun to be fed.
            for (shard, place) in after?.places ?? [:] where shards?.contains(shard) ?? true {
                let known = state.lines[shard]
                if known == nil || known?.epoch == place.epoch && known?.last ?? 0 < place.index {
                    position.places[shard] = place
                }
            }
            let id = state.readers.add(.init(shards: shards, position: position, give: give))
            // More than a reader may have waiting would only cut it off again.
            isReset = isReset || missed.count > Self.readerLimit
            return (id, isReset ? [.reset(position)] : replay(missed, from: after))
        }
        for item in missed where !give(item) {
            stopReading(id)
            break
        }
        return id
    }

    private func replay(_ missed: [EventBatch], from after: EventPosition?) -> [Item] {
        var position = after ?? EventPosition()
        return missed.map { batch in
            position.advance(to: batch)
            return .batch(batch, position)
        }
    }

    public func stopReading(_ id: UInt64) {
        // What it holds is let go outside the lock.
        _ = state.withLock { $0.readers.remove(id) }
    }

    /// The position of now, for a list that is read before its changes.
    /// - Parameter shards: nil for all of them.
    public func position(of shards: Set<ShardID>?) -> EventPosition {
        state.withLock { state in
            var position = EventPosition()
            for (shard, line) in state.lines(of: shards) {
                position.places[shard] = .init(epoch: line.epoch, index: line.last)
            }
            return position
        }
    }
}
