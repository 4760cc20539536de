internal import Primitives

/// The streams between this shard and the others: receive, acknowledge, send again, and learn of recoveries.
extension ShardCore {
    /// Messages of another shard (or of this one), in order; what is known already is passed over.
    func receive(_ payload: StreamPayload, at clock: Instant) {
        guard isLeading else { return }
        guard payload.sourceEpoch >= overlay.epochs[payload.source] ?? 0 else { return }
        learn(payload.source, epoch: payload.sourceEpoch, at: clock)
        growEpoch(beyond: payload.targetEpoch, at: clock)
        guard payload.targetEpoch == 0 || payload.targetEpoch == epoch else { return release(.mark(payload.source)) }
        for (offset, message) in payload.messages.enumerated() {
            let sequence = payload.first + UInt64(offset)
            let mark = overlay.marks[payload.source] ?? 0
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
        guard isLeading else { return }
        guard payload.epoch >= overlay.epochs[payload.shard] ?? 0 else { return }
        learn(payload.shard, epoch: payload.epoch, at: clock)
        growEpoch(beyond: payload.senderEpoch, at: clock)
        guard payload.senderEpoch == epoch else {
            if payload.senderEpoch != 0 { release(.mark(payload.shard)) }
            return
        }
        let trim = state.streams.acknowledge(payload.shard, upTo: payload.mark, at: clock)
        if let trim { overlay.trims[trim.target] = trim.upTo }
        let mayBeLost = state.streams.confirmsDoubt(payload.shard)
        if mayBeLost { state.streams.rewind(payload.shard) }
        if mayBeLost || trim != nil { flush(payload.shard, at: clock) }
    }

    /// A link to these shards' node is up: what may be lost is sent again, and the epochs are compared.
    func resume(_ shards: (ShardID) -> Bool, at clock: Instant) {
        guard isLeading else { return }
        for shard in state.streams.known where shards(shard) {
            state.streams.rewind(shard)
            state.streams.doubt(shard)
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
        guard known > overlay.epoch, known < .max else { return }
        append(ShardRecord(time: now(clock), cause: .genesis(epoch: known + 1)), releases: [])
    }

    /// Sends again what was not acknowledged in time.
    func resendStalled(at clock: Instant) {
        guard isLeading else { return }
        for shard in state.streams.stalled(at: clock) {
            state.streams.rewind(shard)
            flush(shard, at: clock)
        }
    }

    func flush(_ target: ShardID, at clock: Instant) {
        while let frame = state.streams.nextFrame(to: target, from: settings.id, epoch: epoch, at: clock) {
            effects.append(.stream(to: target, frame))
        }
    }

    /// Another shard's recovery epoch: when it changed, what that shard held is gone, and every entity here that had
    /// to do with it reconciles in the same record (docs/models/recovery.md).
    private func learn(_ shard: ShardID, epoch newEpoch: UInt64, at clock: Instant) {
        let known = overlay.epochs[shard]
        guard newEpoch > known ?? 0, shard != settings.id else { return }
        var record = ShardRecord(time: now(clock), cause: .peer(shard, epoch: newEpoch))
        var releases: [Release] = []
        var confirmed: [Release] = []
        if known != nil {
            for (id, resident) in cells.sorted(by: { $0.key < $1.key }) {
                let cell = resident.awakened(id.key)
                var context = context(at: clock)
                let decision = cell.decideRecovered(shard, leadingIn: term ?? 0, in: &context)
                random = context.random
                if !decision.events.isEmpty { wake(id, as: cell) }
                if !decision.events.isEmpty { record.changes.append(.init(entity: id, events: decision.events)) }
                collect(decision, into: &record, &releases, &confirmed)
            }
            overlay.marks[shard] = nil
            overlay.trims[shard] = nil
        }
        overlay.epochs[shard] = newEpoch
        append(record, releases: releases + confirmed)
        if known != nil { for (id, resident) in cells { if case .awake(let cell) = resident { arm(id, cell) } } }
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
                return append(mark(cause, ShardRecord(time: now(clock), cause: cause)), releases: [])
            }
        }
        takeInOrder(message, cause: cause, at: clock)
    }

    private func takeInOrder(_ message: StreamMessage, cause: ShardRecord.Cause, at clock: Instant) {
        let record = mark(cause, ShardRecord(time: now(clock), cause: cause))
        guard let cell = cell(message.target) else { return append(record, releases: []) }
        process(message.target, cell, .bytes(method: message.method, message.payload), record)
    }

    private func mark(_ cause: ShardRecord.Cause, _ record: ShardRecord) -> ShardRecord {
        if case .stream(let source, let sequence) = cause { overlay.marks[source] = sequence }
        return record
    }
}
