internal import Primitives

/// What a shard wants done after an input. The shell does it; the core never waits.
enum ShardEffect {
    case reply(ReplySlot, Result<CallAnswer, CallError>)
    case stream(to: ShardID, StreamPayload)
    case mark(to: ShardID, MarkPayload)
    case soft(Outgoing)
    case notices(index: UInt64, [Notice])
    /// The notices up to this index will not come any more.
    case restored(index: UInt64)
    /// Come back for ``ShardCore/goOn()`` after what waits already.
    case goOn
    /// This replica holds something else after this index than its leader did, or the same again.
    case compared(index: UInt64, differs: Bool)
}

/// One replica of one shard: its entities, its log position, its streams. Pure but for the log port; confined to the
/// shard's loop.
///
/// On the leader decode → decide → append runs synchronously in arrival order, against an overlay of what is appended
/// and not committed. Whatever leaves the shard (replies, refusals and reads too, messages, notices, acknowledgements)
/// waits until the last record that existed when it was decided is committed; what no record carries waits also until
/// the leadership is confirmed. A follower applies what is committed, so that it can lead at once.
final class ShardCore {
    struct Settings {
        let id: ShardID
        let map: ShardMap
        let table: MethodTable
        /// The recovery epoch of a log that begins here; larger than any before.
        var newEpoch: UInt64 = 1
        let planted: PlantedBug?
        /// Entries that may wait for their commit before requests are refused as overloaded.
        var pendingLimit = 10_000
        /// Bytes that what a request logs may have; an entry has room for three times as much, for what entities log by
        /// themselves.
        var requestBytes = 768 << 10
        /// Entries between two comparisons of the replicas' states.
        var checkEvery: UInt64 = 4_096
        /// Counts calls that are not simply carried out.
        var counts = CallCounts()
    }

    /// The log as a leader uses it.
    struct Log {
        /// The index, when the record is committed at once.
        let append: ([UInt8], _ term: UInt64) -> UInt64?
        /// True when this replica is known to lead at once.
        let confirm: (_ round: UInt64, _ term: UInt64) -> Bool
        /// Takes the committed state that was asked for.
        let snapshot: (_ state: [UInt8], _ index: UInt64) -> Void
    }

    /// Something decided that waits for a commit.
    enum Release {
        case reply(ReplySlot, Result<CallAnswer, CallError>)
        case soft(Outgoing)
        case mark(ShardID)
    }

    struct Pending {
        let record: ShardRecord
        var releases: [Release]
    }

    /// Something that waits for the confirmation of the leadership, and for a record.
    struct Unconfirmed {
        let release: Release
        let after: UInt64?
    }

    /// A record of a leadership that is over: the log will say what became of it.
    struct Orphan {
        let number: UInt64
        let term: UInt64
        let replies: [Release]
    }

    /// Orphans kept; of the oldest beyond it the outcome stays unknown.
    static let orphanLimit = 20_000

    let settings: Settings
    let log: Log
    var random: SeededRandom
    var state = ShardState()
    var cells: [EntityID: Resident] = [:]
    /// Entities that may go to rest: used since the last look, and used before.
    var warm: Set<EntityID> = []
    var cooling: Set<EntityID> = []
    var ticks = 0
    private var due = TimerTable<EntityID>()
    /// When ``wake(at:)`` is next needed; kept beside the table, since it is asked for after every input.
    private(set) var nextDue: Instant?
    /// See ``forgetTimers()``.
    private var hasLostTimers = false

    /// The term in which this replica leads; nil while it follows.
    var term: UInt64?
    var overlay: ShardOverlay
    var pending: ArraySlice<Pending> = []
    var nextNumber: UInt64
    var orphans: ArraySlice<Orphan> = []
    /// The round that is under way, and what has come since it was asked for.
    var round: UInt64 = 0
    var confirming: [Unconfirmed] = []
    var unconfirmed: [Unconfirmed] = []

    var stateHash = StateHash()
    /// The newest hashes of the state.
    var checks: [StateCheck] = []
    /// The one that the next record tells of.
    var untold: StateCheck?
    /// The last comparison found something else here than at the leader.
    var differs = false

    /// The state that is being written down.
    var slices: SnapshotInSlices?
    var heldBack: StreamMessage?
    var effects: [ShardEffect] = []
    /// An emptied array with its room, so that effects need no new one each time.
    private var spareEffects: [ShardEffect] = []

    init(_ settings: Settings, seed: UInt64, log: Log) {
        self.settings = settings
        self.log = log
        random = SeededRandom(seed: seed)
        overlay = ShardOverlay(over: state)
        nextNumber = random.next() & 0xFFFF_FFFF_0000_0000
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

    /// The recovery epoch, with what is appended and not committed.
    var epoch: UInt64 { isLeading ? overlay.epoch : state.epoch }
    var isLeading: Bool { term != nil }

    // MARK: inputs

    /// A call of this node or of another.
    /// - Precondition: `entity` belongs to this shard.
    func request(_ entity: EntityID, _ input: CommandInput, key: RequestKey?, slot: ReplySlot, at clock: Instant) {
        guard isLeading else { return refuse(slot, .notExecuted(.notHere)) }
        if let key, answerAgain(key, slot) { return settings.counts.answeredAgain() }
        guard pending.count < settings.pendingLimit else { return refuse(slot, .notExecuted(.overloaded)) }
        guard let cell = cell(entity) else { return refuse(slot, .malformed("unknown entity kind")) }
        var context = context(at: clock)
        let decision: CellDecision
        do { decision = try cell.decide(input, leadingIn: term ?? 0, in: &context) } catch {
            return refuse(slot, .malformed(error.description))
        }
        random = context.random
        let reply = Release.reply(slot, .success(.typed(decision.reply)))
        if decision.isReplyOnly, key == nil || input.isRead {
            if cell.kind.isLogged { answer(reply) } else { release(reply) }
            return settle(entity, cell)
        }
        var record = ShardRecord(time: context.now, cause: .request)
        if let key, !input.isRead { record.kept = .init(key: key, reply: decision.reply.encoded) }
        let size = decision.events.count + (record.kept?.reply.count ?? 0) + decision.loggedBytes
        guard size <= settings.requestBytes else {
            settle(entity, cell)
            return refuse(slot, .tooLarge(bytes: UInt64(size)))
        }
        finish(entity, cell, decision, record, reply: reply)
    }

    /// Answers a request that was answered before, or is being answered.
    private func answerAgain(_ key: RequestKey, _ slot: ReplySlot) -> Bool {
        if let kept = state.requests[key.scope] {
            // Committed: nothing can change it any more.
            let same = kept.body == key.body
            effects.append(.reply(slot, same ? .success(.bytes(kept.reply)) : .failure(.keyReused)))
            return true
        }
        guard let kept = overlay.requests[key.scope] else { return false }
        let same = kept.body == key.body
        release(.reply(slot, same ? .success(.bytes(kept.reply)) : .failure(.keyReused)), after: kept.number)
        return true
    }

    /// The first keys of a kind behind `after`.
    func list(_ kind: EntityKind, after: String, limit: Int, slot: ReplySlot) {
        guard isLeading else { return refuse(slot, .notExecuted(.notHere)) }
        let keys = KeyList.select(from: cells.keys, kind: kind, after: after, limit: limit)
        answer(.reply(slot, .success(.typed(keys))))
    }

    /// A call that is not taken up; nothing about the state is said, so it need not wait.
    func refuse(_ slot: ReplySlot, _ error: CallError) {
        settings.counts.refused(error)
        effects.append(.reply(slot, .failure(error)))
    }

    /// A soft message: decided like any other, answered to nobody.
    func soft(_ entity: EntityID, method: UInt16, _ payload: [UInt8], at clock: Instant) {
        guard isLeading, settings.map.shard(of: entity) == settings.id, let cell = cell(entity) else { return }
        process(entity, cell, .bytes(method: method, payload), ShardRecord(time: now(clock), cause: .timer))
    }

    /// Timers that have come due, and streams that make no progress.
    func wake(at clock: Instant) {
        guard let term else { return }
        for entity in due.due(at: now(clock), limit: 256) {
            guard let cell = cell(entity) else { continue }
            var context = context(at: clock)
            let decision = cell.decideDue(leadingIn: term, in: &context)
            random = context.random
            finish(entity, cell, decision, ShardRecord(time: context.now, cause: .timer), reply: nil)
        }
    }

    // MARK: decide

    func process(_ entity: EntityID, _ cell: EntityCell, _ input: CommandInput, _ record: ShardRecord) {
        var context = context(at: record.time)
        do {
            let decision = try cell.decide(input, leadingIn: term ?? 0, in: &context)
            random = context.random
            finish(entity, cell, decision, record, reply: nil)
        } catch {
            // A peer's message that does not decode changes nothing, but its mark is taken.
            if case .stream = record.cause { append(record, releases: []) }
        }
    }

    func finish(
        _ entity: EntityID, _ cell: EntityCell, _ decision: CellDecision, _ record: ShardRecord, reply: Release?
    ) {
        var record = record
        var releases: [Release] = reply.map { [$0] } ?? []
        var confirmed: [Release] = []
        collect(decision, into: &record, &releases, &confirmed)
        if !decision.events.isEmpty { record.changes.append(.init(entity: entity, events: decision.events)) }
        let isStream = if case .stream = record.cause { true } else { false }
        let isNews = !record.changes.isEmpty || !record.outgoing.isEmpty || !record.notices.isEmpty
        if isStream || isNews || record.kept != nil {
            append(record, releases: releases + confirmed)
        } else {
            for item in releases { if case .reply = item { answer(item) } else { release(item) } }
            for item in confirmed { answer(item) }
        }
        settle(entity, cell)
    }

    /// What follows every decision: timers, and whether the entity is kept.
    private func settle(_ entity: EntityID, _ cell: EntityCell) {
        // An entity that nothing ever happened to takes no room: a question about an unknown id leaves nothing.
        if cell.kind.isLogged, !cell.hasHistory {
            forget(entity)
        } else {
            arm(entity, cell)
        }
    }

    func forget(_ entity: EntityID) {
        cells[entity] = nil
        due.clear(entity)
        nextDue = due.earliest
    }

    func collect(
        _ decision: CellDecision, into record: inout ShardRecord, _ releases: inout [Release],
        _ confirmed: inout [Release]
    ) {
        for message in decision.outgoing {
            switch message.delivery {
            case .logged:
                record.outgoing.append(
                    StreamMessage(target: message.target, method: message.method, payload: message.payload))
            case .soft: releases.append(.soft(message))
            case .confirmed: confirmed.append(.soft(message))
            }
        }
        record.notices += decision.notices
    }

    // MARK: state

    func arm(_ id: EntityID, _ cell: EntityCell) {
        if hasLostTimers { return }
        if let next = cell.nextDue, next < .distantFuture {
            due.set(id, due: next)
        } else if nextDue != nil {
            due.clear(id)
        } else {
            return
        }
        nextDue = due.earliest
    }

    /// The planted bug ``PlantedBug/loseTimersOnHandOff``.
    func forgetTimers() {
        due = TimerTable()
        nextDue = nil
        hasLostTimers = true
    }

    func now(_ clock: Instant) -> Instant { max(overlay.time, clock) }

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
