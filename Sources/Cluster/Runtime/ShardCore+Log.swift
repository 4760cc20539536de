internal import Primitives

/// The log of a shard, from both sides: what a leader appends and releases, and what every replica takes in.
extension ShardCore {
    // MARK: the leader

    func append(_ draft: ShardRecord, releases: [Release]) {
        guard let term else { preconditionFailure("shard \(settings.id) appends without leading") }
        var record = draft
        record.number = nextNumber
        nextNumber += 1
        record.trims = overlay.trims.sorted { $0.key < $1.key }.map { .init(target: $0.key, upTo: $0.value) }
        record.check = untold
        untold = nil
        overlay.note(record)
        let index = log.append(record.encoded, term)
        precondition(index == nil || pending.isEmpty, "a record is committed before an earlier one")
        for change in record.changes {
            if index != nil { willChange(change.entity) }
            awake(change.entity)?.logged(as: record.number, time: record.time, isCommitted: index != nil)
        }
        if let index {
            absorb(record, index: index)
            for target in targets(of: record) { flush(target, at: record.time) }
            for item in releases { perform(item) }
        } else {
            pending.append(Pending(record: record, releases: releases))
        }
    }

    /// Releases something when the last record that exists now is committed.
    func release(_ item: Release) {
        if pending.isEmpty { perform(item) } else { pending[pending.endIndex - 1].releases.append(item) }
    }

    /// Releases something when that record is committed.
    func release(_ item: Release, after number: UInt64?) {
        guard let number, let first = pending.first, number >= first.record.number else { return perform(item) }
        pending[pending.startIndex + Int(number - first.record.number)].releases.append(item)
    }

    /// Releases something that no record carries: also the leadership must be confirmed after this moment, or a
    /// deposed leader would speak from the past (thesis, 6.4).
    func answer(_ item: Release) {
        if settings.planted == .refuseBeforeCommit { return perform(item) }
        unconfirmed.append(Unconfirmed(release: item, after: pending.last?.record.number))
        confirmNext()
    }

    private func confirmNext() {
        guard confirming.isEmpty, !unconfirmed.isEmpty, let term else { return }
        swap(&confirming, &unconfirmed)
        round += 1
        if log.confirm(round, term) { confirmed(round) }
    }

    /// The leadership stood after this round was asked for.
    func confirmed(_ round: UInt64) {
        guard round == self.round, isLeading else { return }
        let items = confirming
        confirming.removeAll(keepingCapacity: true)
        for item in items { release(item.release, after: item.after) }
        confirmNext()
    }

    private func perform(_ item: Release) {
        switch item {
        case .reply(.nobody, _): break
        case .reply(let slot, let result): effects.append(.reply(slot, result))
        case .soft(let message): effects.append(.soft(message))
        case .mark(let source):
            let mark = MarkPayload(
                shard: settings.id, epoch: epoch, senderEpoch: state.streams.epochs[source] ?? 0,
                mark: state.streams.marks[source] ?? 0)
            effects.append(.mark(to: source, mark))
        }
    }

    // MARK: every replica

    /// Something the log tells.
    func take(_ event: ShardLogEvent, at clock: Instant) throws(WireError) {
        switch event {
        case .restored(let index, let bytes):
            if settings.planted != .snapshotNotRestored { try restore(bytes, index: index) }
        case .committed(let records): for record in records { try committed(record, at: clock) }
        case .leading(let term): lead(in: term, at: clock)
        case .following: follow()
        case .confirmed(let round): confirmed(round)
        case .snapshotWanted(let index): beginSnapshot(through: index)
        }
    }

    private func committed(_ entry: CommittedRecord, at clock: Instant) throws(WireError) {
        let number = ShardRecord.number(of: entry.record)
        if isLeading, let first = pending.first, first.record.number == number {
            pending.removeFirst()
            for change in first.record.changes {
                willChange(change.entity)
                awake(change.entity)?.commit(upTo: first.record.number)
            }
            absorb(first.record, index: entry.index)
            for target in targets(of: first.record) { flush(target, at: clock) }
            for item in first.releases { perform(item) }
        } else {
            precondition(pending.isEmpty, "a record of another leader is committed among this one's")
            let record = try ShardRecord(decoding: entry.record)
            compare(record.check)
            for change in record.changes {
                guard let cell = cell(change.entity) else { throw .unknownTag("entity kind of a record", 0) }
                willChange(change.entity)
                if settings.planted == .forgetfulFollower, record.number % 16 == 0 { continue }
                try cell.replay(change.events, at: record.time)
                arm(change.entity, cell)
            }
            absorb(record, index: entry.index)
            if isLeading { for target in targets(of: record) { flush(target, at: clock) } }
        }
        resolveOrphans(entry, number)
    }

    private func absorb(_ record: ShardRecord, index: UInt64) {
        let before = state.index
        state.apply(record, index: index, map: settings.map, planted: isLeading ? nil : settings.planted)
        checkState(since: before)
        if let kept = record.kept { overlay.requests[kept.key.scope] = nil }
        if !record.notices.isEmpty { effects.append(.notices(index: index, record.notices)) }
    }

    func targets(of record: ShardRecord) -> [ShardID] {
        if record.outgoing.isEmpty { return [] }
        return Set(record.outgoing.map { settings.map.shard(of: $0.target) }).sorted()
    }

    private func resolveOrphans(_ entry: CommittedRecord, _ number: UInt64?) {
        while let orphan = orphans.first {
            if orphan.number == number {
                for item in orphan.replies { perform(item) }
            } else if entry.term > orphan.term {
                // A later leader's record is committed: what is not in the log before it will never be.
                for case .reply(let slot, _) in orphan.replies { refuse(slot, .notExecuted(.notHere)) }
            } else {
                return
            }
            orphans.removeFirst()
        }
    }

    // MARK: leadership

    private func lead(in term: UInt64, at clock: Instant) {
        if isLeading { follow() }
        self.term = term
        overlay = ShardOverlay(over: state)
        if settings.planted == .loseTimersOnHandOff, state.epoch != 0 { forgetTimers() }
        if settings.planted == .forgetOutbox, state.epoch != 0 { state.streams.forgetOutboxes() }
        if state.epoch == 0 {
            append(ShardRecord(time: now(clock), cause: .genesis(epoch: settings.newEpoch)), releases: [])
        }
        for target in state.streams.known { state.streams.rewind(target, forgetting: true) }
        resume({ _ in true }, at: clock)
    }

    /// What was appended is taken back; the log will say what became of it.
    private func follow() {
        guard let ended = term else { return }
        term = nil
        untold = nil
        var touched: Set<EntityID> = []
        for entry in pending {
            for change in entry.record.changes { touched.insert(change.entity) }
            let replies = entry.releases.filter { if case .reply = $0 { true } else { false } }
            orphans.append(Orphan(number: entry.record.number, term: ended, replies: replies))
        }
        pending = []
        for entity in touched.sorted() {
            guard let cell = awake(entity) else { continue }
            cell.discard()
            if cell.hasHistory { arm(entity, cell) } else { forget(entity) }
        }
        for item in confirming + unconfirmed {
            if case .reply(let slot, _) = item.release { refuse(slot, .notExecuted(.notHere)) }
        }
        confirming = []
        unconfirmed = []
        overlay = ShardOverlay(over: state)
        giveUpOrphans(beyond: Self.orphanLimit, because: "the leader changed")
    }

    /// This replica is let go: whoever waits for it has an answer.
    func close() {
        follow()
        giveUpOrphans(beyond: 0, because: "the shard has moved to another node")
    }

    private func giveUpOrphans(beyond limit: Int, because reason: String) {
        while orphans.count > limit {
            for case .reply(let slot, _) in orphans.removeFirst().replies { refuse(slot, .outcomeUnknown(reason)) }
        }
    }
}
