internal import Primitives

/// What a shard wants done after an input. The shell does it; the core never waits.
enum ShardEffect {
    case reply(ReplySlot, Result<CallAnswer, CallError>)
    case stream(to: ShardID, StreamPayload)
    case mark(to: ShardID, MarkPayload)
    case soft(Outgoing)
    case notices(index: UInt64, [Notice])
}

/// One shard: its entities, its log position, its streams. Pure but for the log port; confined to the shard's loop.
///
/// decode → decide → append runs synchronously in arrival order. Whatever leaves the shard (replies, refusals and
/// reads too, messages, notices, acknowledgements) waits until the last index that existed when it was decided is
/// committed.
final class ShardCore {
    struct Settings {
        let id: ShardID
        let map: ShardMap
        let table: MethodTable
        let planted: PlantedBug?
        /// Entries that may wait for their commit before requests are refused as overloaded.
        var pendingLimit = 10_000
    }

    /// Something decided that waits for a commit.
    private enum Release {
        case reply(ReplySlot, Result<CallAnswer, CallError>)
        case soft(Outgoing)
        case notices([Notice])
        case mark(ShardID)
    }

    private struct Pending {
        let index: UInt64
        let record: ShardRecord
        var releases: [Release]
    }

    let settings: Settings
    private let append: ([UInt8], UInt64) -> Bool
    private var random: SeededRandom
    private(set) var epoch: UInt64 = 0
    private(set) var cells: [EntityID: any EntityCell] = [:]
    private var due = TimerTable<EntityID>()
    private var lastTime = Instant.zero
    private(set) var lastIndex: UInt64 = 0
    private(set) var committedIndex: UInt64 = 0
    private var pending: ArraySlice<Pending> = []
    private var streams = ShardStreams()
    /// Marks and epochs that are logged, committed or not.
    private var aheadMarks: [ShardID: UInt64] = [:]
    private var aheadEpochs: [ShardID: UInt64] = [:]
    private var trims: [ShardID: UInt64] = [:]
    private var requests = RequestTable()
    private var heldBack: StreamMessage?
    private(set) var effects: [ShardEffect] = []

    /// - Parameters:
    ///   - records: the log of an earlier life; empty starts a new log, which counts as a forced recovery.
    ///   - newEpoch: the recovery epoch of a new log; larger than any before.
    init(
        _ settings: Settings, records: [[UInt8]], newEpoch: UInt64, seed: UInt64, now: Instant,
        append: @escaping ([UInt8], UInt64) -> Bool
    ) throws(WireError) {
        self.settings = settings
        self.append = append
        random = SeededRandom(seed: seed)
        for bytes in records { try replay(ShardRecord(decoding: bytes)) }
        if settings.planted == .forgetOutbox, !records.isEmpty { streams.forgetOutboxes() }
        if records.isEmpty { log(ShardRecord(time: now, cause: .genesis(epoch: newEpoch)), releases: []) }
        for (id, cell) in cells { arm(id, cell) }
    }

    /// When ``wake(at:)`` is next needed.
    var nextDue: Instant? { due.earliest }

    /// Hands over what is to be done, in order.
    func takeEffects() -> [ShardEffect] {
        defer { effects = [] }
        return effects
    }

    /// Targets whose messages are not all acknowledged.
    var unsettled: Set<ShardID> {
        Set(streams.outboxes.filter { $0.value.last > $0.value.acknowledged && !$0.value.messages.isEmpty }.keys)
    }

    var knownEpochs: [ShardID: UInt64] { streams.epochs }

    // MARK: inputs

    /// A call of this node or of another.
    func request(_ entity: EntityID, _ input: CommandInput, key: RequestKey?, slot: ReplySlot, at clock: Instant) {
        guard settings.map.shard(of: entity) == settings.id else {
            return release(.reply(slot, .failure(.notExecuted(.notHere))))
        }
        if let key, let kept = requests[key.scope] {
            let same = kept.body == key.body
            return release(.reply(slot, same ? .success(.bytes(kept.reply)) : .failure(.keyReused)))
        }
        guard pending.count < settings.pendingLimit else {
            return release(.reply(slot, .failure(.notExecuted(.overloaded))))
        }
        guard let cell = cell(entity) else { return release(.reply(slot, .failure(.malformed("unknown entity kind")))) }
        var context = context(at: clock)
        let decision: CellDecision
        do { decision = try cell.decide(input, in: &context) } catch {
            return release(.reply(slot, .failure(.malformed(error.description))))
        }
        random = context.random
        var record = ShardRecord(time: context.now, cause: .request)
        if let key, !input.isRead { record.kept = .init(key: key, reply: decision.reply.encoded) }
        finish(entity, cell, decision, record, first: .reply(slot, .success(.typed(decision.reply))))
    }

    /// The first keys of a kind behind `after`.
    func list(_ kind: EntityKind, after: String, limit: Int, slot: ReplySlot) {
        let keys = KeyList.select(from: cells.keys, kind: kind, after: after, limit: limit)
        release(.reply(slot, .success(.typed(keys))))
    }

    /// A call that is not taken up.
    func refuse(_ slot: ReplySlot, _ error: CallError) { release(.reply(slot, .failure(error))) }

    /// A soft message: decided like any other, answered to nobody.
    func soft(_ entity: EntityID, method: UInt16, _ payload: [UInt8], at clock: Instant) {
        guard settings.map.shard(of: entity) == settings.id, let cell = cell(entity) else { return }
        process(entity, cell, .bytes(method: method, payload), ShardRecord(time: now(clock), cause: .timer))
    }

    /// Timers that have come due, and streams that make no progress.
    func wake(at clock: Instant) {
        for entity in due.due(at: now(clock), limit: 256) {
            guard let cell = cells[entity] else { continue }
            var context = context(at: clock)
            let decision = cell.decideDue(in: &context)
            random = context.random
            finish(entity, cell, decision, ShardRecord(time: context.now, cause: .timer), first: nil)
        }
    }

    /// Records up to `index` are durable.
    func committed(upTo index: UInt64, at clock: Instant) {
        while let entry = pending.first, entry.index <= index {
            pending.removeFirst()
            take(entry.record, index: entry.index, at: clock)
            for item in entry.releases { perform(item, index: entry.index) }
        }
    }

    // MARK: streams

    /// Messages of another shard (or of this one), in order; what is known already is passed over.
    func receive(_ payload: StreamPayload, at clock: Instant) {
        guard payload.sourceEpoch >= aheadEpochs[payload.source] ?? 0 else { return }
        learn(payload.source, epoch: payload.sourceEpoch, at: clock)
        growEpoch(beyond: payload.targetEpoch, at: clock)
        guard payload.targetEpoch == 0 || payload.targetEpoch == epoch else { return release(.mark(payload.source)) }
        for (offset, message) in payload.messages.enumerated() {
            let sequence = payload.first + UInt64(offset)
            let mark = aheadMarks[payload.source] ?? 0
            if sequence <= mark {
                if settings.planted == .doubleDelivery { take(message, cause: .timer, at: clock) }
                continue
            }
            guard sequence == mark + 1 else { break }
            take(message, cause: .stream(payload.source, sequence: sequence), at: clock)
        }
        release(.mark(payload.source))
    }

    /// How far another shard has taken this one's messages, and its epoch.
    func acknowledged(_ payload: MarkPayload, at clock: Instant) {
        guard payload.epoch >= aheadEpochs[payload.shard] ?? 0 else { return }
        learn(payload.shard, epoch: payload.epoch, at: clock)
        growEpoch(beyond: payload.senderEpoch, at: clock)
        guard payload.senderEpoch == epoch else {
            if payload.senderEpoch != 0 { release(.mark(payload.shard)) }
            return
        }
        if let trim = streams.acknowledge(payload.shard, upTo: payload.mark, at: clock) {
            trims[trim.target] = trim.upTo
            flush(payload.shard, at: clock)
        }
    }

    /// A link to these shards' node is up: what may be lost is sent again, and the epochs are compared.
    func resume(_ shards: (ShardID) -> Bool, at clock: Instant) {
        for shard in streams.known where shards(shard) {
            streams.rewind(shard)
            flush(shard, at: clock)
        }
        // Every shard hears the epoch unasked: this one may have forgotten with whom it had to do.
        for number in 0..<settings.map.shardCount where shards(ShardID(number)) && number != settings.id.number {
            release(.mark(ShardID(number)))
        }
    }

    /// Peers know a higher epoch of this shard than its own: the clock stepped back between two starts without a log.
    /// A higher one is taken, or everything said here would be ignored for ever.
    private func growEpoch(beyond known: UInt64, at clock: Instant) {
        guard known > epoch, known < .max else { return }
        log(ShardRecord(time: now(clock), cause: .genesis(epoch: known + 1)), releases: [])
    }

    /// Sends again what was not acknowledged in time.
    func resendStalled(at clock: Instant) {
        for shard in streams.stalled(at: clock) {
            streams.rewind(shard)
            flush(shard, at: clock)
        }
    }

    private func flush(_ target: ShardID, at clock: Instant) {
        while let frame = streams.nextFrame(to: target, from: settings.id, epoch: epoch, at: clock) {
            effects.append(.stream(to: target, frame))
        }
    }

    /// Another shard's recovery epoch: when it changed, what that shard held is gone, and every entity here that had
    /// to do with it reconciles in the same record (docs/models/recovery.md).
    private func learn(_ shard: ShardID, epoch newEpoch: UInt64, at clock: Instant) {
        let known = aheadEpochs[shard]
        guard newEpoch > known ?? 0, shard != settings.id else { return }
        var record = ShardRecord(time: now(clock), cause: .peer(shard, epoch: newEpoch))
        var releases: [Release] = []
        var notices: [Notice] = []
        if known != nil {
            for (id, cell) in cells.sorted(by: { $0.key < $1.key }) {
                var context = context(at: clock)
                let decision = cell.decideRecovered(shard, in: &context)
                random = context.random
                if !decision.events.isEmpty { record.changes.append(.init(entity: id, events: decision.events)) }
                notices += decision.notices
                collect(decision, into: &record, &releases)
            }
            // One batch: readers know a batch by its index.
            releases.removeAll { if case .notices = $0 { true } else { false } }
            if !notices.isEmpty { releases.append(.notices(notices)) }
            aheadMarks[shard] = nil
            trims[shard] = nil
        }
        aheadEpochs[shard] = newEpoch
        log(record, releases: releases)
        if known != nil { for (id, cell) in cells { arm(id, cell) } }
    }

    private func take(_ message: StreamMessage, cause: ShardRecord.Cause, at clock: Instant) {
        if settings.planted == .noFIFO, cause != .timer, message.target.kind == .agent {
            if let held = heldBack {
                heldBack = nil
                defer { take(held, cause: .timer, at: clock) }
                return takeInOrder(message, cause: cause, at: clock)
            }
            if random.chance(100) {
                heldBack = message
                return log(mark(cause, ShardRecord(time: now(clock), cause: cause)), releases: [])
            }
        }
        takeInOrder(message, cause: cause, at: clock)
    }

    private func takeInOrder(_ message: StreamMessage, cause: ShardRecord.Cause, at clock: Instant) {
        let record = mark(cause, ShardRecord(time: now(clock), cause: cause))
        guard let cell = cell(message.target) else { return log(record, releases: []) }
        process(message.target, cell, .bytes(method: message.method, message.payload), record)
    }

    private func mark(_ cause: ShardRecord.Cause, _ record: ShardRecord) -> ShardRecord {
        if case .stream(let source, let sequence) = cause { aheadMarks[source] = sequence }
        return record
    }

    // MARK: decide, log, release

    private func process(_ entity: EntityID, _ cell: any EntityCell, _ input: CommandInput, _ record: ShardRecord) {
        var context = context(at: record.time)
        do {
            let decision = try cell.decide(input, in: &context)
            random = context.random
            finish(entity, cell, decision, record, first: nil)
        } catch {
            // A peer's message that does not decode changes nothing, but its mark is taken.
            if case .stream = record.cause { log(record, releases: []) }
        }
    }

    private func finish(
        _ entity: EntityID, _ cell: any EntityCell, _ decision: CellDecision, _ record: ShardRecord, first: Release?
    ) {
        var record = record
        var releases: [Release] = first.map { [$0] } ?? []
        collect(decision, into: &record, &releases)
        if !decision.events.isEmpty { record.changes.append(.init(entity: entity, events: decision.events)) }
        let isStream = if case .stream = record.cause { true } else { false }
        if isStream || !record.changes.isEmpty || !record.outgoing.isEmpty || record.kept != nil {
            log(record, releases: releases)
        } else {
            for item in releases { release(item) }
        }
        // An entity that nothing ever happened to takes no room: a question about an unknown id leaves nothing.
        if !cell.hasHistory, entity.kind != .echo {
            cells[entity] = nil
            due.clear(entity)
        } else {
            arm(entity, cell)
        }
    }

    private func collect(_ decision: CellDecision, into record: inout ShardRecord, _ releases: inout [Release]) {
        for message in decision.outgoing {
            switch message.delivery {
            case .logged:
                record.outgoing.append(
                    StreamMessage(target: message.target, method: message.method, payload: message.payload))
            case .soft: releases.append(.soft(message))
            }
        }
        if !decision.notices.isEmpty { releases.append(.notices(decision.notices)) }
    }

    private func log(_ draft: ShardRecord, releases: [Release]) {
        var record = draft
        record.trims = trims.sorted { $0.key < $1.key }.map { .init(target: $0.key, upTo: $0.value) }
        trims.removeAll(keepingCapacity: true)
        lastIndex += 1
        lastTime = record.time
        if let kept = record.kept { requests.keep(kept, at: record.time) }
        if case .genesis(let epoch) = record.cause { self.epoch = epoch }
        let isCommitted = append(record.encoded, lastIndex) && pending.isEmpty
        for change in record.changes {
            cells[change.entity]?.logged(at: lastIndex, time: record.time, isCommitted: isCommitted)
        }
        if isCommitted {
            take(record, index: lastIndex, at: record.time)
            for item in releases { perform(item, index: lastIndex) }
        } else {
            pending.append(Pending(index: lastIndex, record: record, releases: releases))
        }
    }

    /// A committed record becomes part of the applied state, and its messages leave.
    private func take(_ record: ShardRecord, index: UInt64, at clock: Instant) {
        committedIndex = index
        for change in record.changes { cells[change.entity]?.commit(upTo: index) }
        streams.apply(record, map: settings.map)
        for target in Set(record.outgoing.map { settings.map.shard(of: $0.target) }).sorted() {
            flush(target, at: clock)
        }
    }

    private func release(_ item: Release) {
        if pending.isEmpty { perform(item, index: committedIndex) } else { pending[pending.endIndex - 1].releases.append(item) }
    }

    private func perform(_ item: Release, index: UInt64) {
        switch item {
        case .reply(.nobody, _): break
        case .reply(let slot, let result): effects.append(.reply(slot, result))
        case .soft(let message): effects.append(.soft(message))
        case .notices(let notices): effects.append(.notices(index: index, notices))
        case .mark(let source):
            let mark = MarkPayload(
                shard: settings.id, epoch: epoch, senderEpoch: streams.epochs[source] ?? 0,
                mark: streams.marks[source] ?? 0)
            effects.append(.mark(to: source, mark))
        }
    }

    // MARK: state

    private func replay(_ record: ShardRecord) throws(WireError) {
        lastIndex += 1
        committedIndex = lastIndex
        lastTime = record.time
        switch record.cause {
        case .genesis(let epoch): self.epoch = epoch
        case .stream(let source, let sequence): aheadMarks[source] = sequence
        case .peer(let shard, let epoch):
            if aheadEpochs[shard] != nil { aheadMarks[shard] = nil }
            aheadEpochs[shard] = epoch
        case .request, .timer: break
        }
        for change in record.changes { try cell(change.entity)?.replay(change.events, at: record.time) }
        if let kept = record.kept { requests.keep(kept, at: record.time) }
        streams.apply(record, map: settings.map)
    }

    private func cell(_ id: EntityID) -> (any EntityCell)? {
        if let cell = cells[id] { return cell }
        guard let cell = settings.table.cell(for: id) else { return nil }
        cells[id] = cell
        return cell
    }

    private func arm(_ id: EntityID, _ cell: any EntityCell) {
        if let next = cell.nextDue, next < .distantFuture { due.set(id, due: next) } else { due.clear(id) }
    }

    private func now(_ clock: Instant) -> Instant { max(lastTime, clock) }

    private func context(at clock: Instant) -> DecisionContext {
        DecisionContext(
            now: now(clock), random: random, shardCount: settings.map.shardCount, planted: settings.planted)
    }
}

extension CommandInput {
    /// True only for a typed question: bytes from another node keep their key.
    var isRead: Bool {
        if case .typed(let command) = self { command.isRead } else { false }
    }
}
