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
    enum Release {
        case reply(ReplySlot, Result<CallAnswer, CallError>)
        case soft(Outgoing)
        case notices([Notice])
        case mark(ShardID)
    }

    struct Pending {
        let index: UInt64
        let record: ShardRecord
        var releases: [Release]
    }

    let settings: Settings
    private let append: ([UInt8], UInt64) -> Bool
    var random: SeededRandom
    private(set) var epoch: UInt64 = 0
    private(set) var cells: [EntityID: EntityCell] = [:]
    private var due = TimerTable<EntityID>()
    /// When ``wake(at:)`` is next needed; kept beside the table, since it is asked for after every input.
    private(set) var nextDue: Instant?
    private var lastTime = Instant.zero
    private(set) var lastIndex: UInt64 = 0
    private(set) var committedIndex: UInt64 = 0
    private var pending: ArraySlice<Pending> = []
    var streams = ShardStreams()
    /// Marks and epochs that are logged, committed or not.
    var aheadMarks: [ShardID: UInt64] = [:]
    var aheadEpochs: [ShardID: UInt64] = [:]
    var trims: [ShardID: UInt64] = [:]
    private var requests = RequestTable()
    var heldBack: StreamMessage?
    var effects: [ShardEffect] = []
    /// An emptied array with its room, so that effects need no new one each time.
    private var spareEffects: [ShardEffect] = []

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

    /// Hands over what is to be done, in order; ``giveBack(_:)`` takes the array again.
    func takeEffects() -> [ShardEffect] {
        var taken: [ShardEffect] = []
        swap(&taken, &spareEffects)
        swap(&taken, &effects)
        return taken
    }

    /// Takes the room of an array from ``takeEffects()`` back.
    func giveBack(_ taken: consuming [ShardEffect]) {
        taken.removeAll(keepingCapacity: taken.count <= 1_024)
        spareEffects = taken
    }

    /// Targets whose messages are not all acknowledged.
    var unsettled: Set<ShardID> {
        Set(streams.outboxes.filter { $0.value.last > $0.value.acknowledged && !$0.value.messages.isEmpty }.keys)
    }

    var knownEpochs: [ShardID: UInt64] { streams.epochs }

    // MARK: inputs

    /// A call of this node or of another.
    /// - Precondition: `entity` belongs to this shard.
    func request(_ entity: EntityID, _ input: CommandInput, key: RequestKey?, slot: ReplySlot, at clock: Instant) {
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
        if decision.isReplyOnly, key == nil || input.isRead {
            release(.reply(slot, .success(.typed(decision.reply))))
            return settle(entity, cell)
        }
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

    // MARK: decide, log, release

    func process(_ entity: EntityID, _ cell: EntityCell, _ input: CommandInput, _ record: ShardRecord) {
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

    func finish(
        _ entity: EntityID, _ cell: EntityCell, _ decision: CellDecision, _ record: ShardRecord, first: Release?
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
        settle(entity, cell)
    }

    /// What follows every decision: timers, and whether the entity is kept.
    private func settle(_ entity: EntityID, _ cell: EntityCell) {
        // An entity that nothing ever happened to takes no room: a question about an unknown id leaves nothing.
        if !cell.hasHistory, entity.kind != .echo {
            cells[entity] = nil
            due.clear(entity)
            nextDue = due.earliest
        } else {
            arm(entity, cell)
        }
    }

    func collect(_ decision: CellDecision, into record: inout ShardRecord, _ releases: inout [Release]) {
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

    func log(_ draft: ShardRecord, releases: [Release]) {
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

    func release(_ item: Release) {
        if pending.isEmpty {
            perform(item, index: committedIndex)
        } else {
            pending[pending.endIndex - 1].releases.append(item)
        }
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

    func cell(_ id: EntityID) -> EntityCell? {
        if let cell = cells[id] { return cell }
        guard let cell = settings.table.cell(for: id) else { return nil }
        cells[id] = cell
        return cell
    }

    func arm(_ id: EntityID, _ cell: EntityCell) {
        if let next = cell.nextDue, next < .distantFuture {
            due.set(id, due: next)
        } else if nextDue != nil {
            due.clear(id)
        } else {
            return
        }
        nextDue = due.earliest
    }

    func now(_ clock: Instant) -> Instant { max(lastTime, clock) }

    func context(at clock: Instant) -> DecisionContext {
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
