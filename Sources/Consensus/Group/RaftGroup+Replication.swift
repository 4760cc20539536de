extension RaftGroup {
    /// Sends every member what it may have: entries ahead of the answers, a probe, or an order for a snapshot.
    ///
    /// Called once per ``takeReady()``, so that the proposals of one batch share a message.
    mutating func sendAppends() {
        mayHaveAppends = false
        for position in progress.indices where progress[position].id != id {
            switch progress[position].state {
            case .probe: sendProbe(position)
            case .replicate: stream(position)
            case .snapshot: break
            }
        }
    }

    private mutating func sendProbe(_ position: Int) {
        guard !progress[position].isPaused else { return }
        guard
            sendAppend(
                position,
                log.entries(
                    from: progress[position].next, bytes: settings.messageBytes, count: settings.messageEntries))
        else { return }
        progress[position].isPaused = true
    }

    private mutating func stream(_ position: Int) {
        while progress[position].next <= log.lastIndex,
            !progress[position].inflight.isFull(messages: settings.inflightMessages, bytes: settings.inflightBytes)
        {
            let entries = log.entries(
                from: progress[position].next, bytes: settings.messageBytes, count: settings.messageEntries)
            guard sendAppend(position, entries) else { return }
            progress[position].isNudged = false
            progress[position].next += UInt64(entries.count)
            progress[position].inflight.add(
                lastIndex: progress[position].next - 1, bytes: entries.reduce(0) { $0 + $1.size })
        }
        if progress[position].isNudged, sendAppend(position, []) { progress[position].isNudged = false }
    }

    /// False when the place before the entries is compacted; the member then needs a snapshot.
    private mutating func sendAppend(_ position: Int, _ entries: [LogEntry]) -> Bool {
        let previous = progress[position].next - 1
        guard let previousTerm = log.term(at: previous) else {
            orderSnapshot(position)
            return false
        }
        send(
            to: progress[position].id,
            .append(previous: LogPosition(index: previous, term: previousTerm), entries: entries, commit: commit))
        return true
    }

    /// Orders a snapshot for a member that was heard of; one at a time.
    private mutating func orderSnapshot(_ position: Int) {
        guard ticks - progress[position].heardAt < settings.electionTicks else { return }
        progress[position].state = .snapshot(log.snapshot.index)
        progress[position].inflight.reset()
        pending.snapshotsToSend.append(SnapshotOrder(to: progress[position].id, mark: log.snapshot))
    }

    /// Takes note of how a snapshot that ``Ready/snapshotsToSend`` ordered has fared: installed there, or not.
    public mutating func snapshotSent(to replica: ReplicaID, succeeded: Bool) {
        guard role == .leader, let position = position(of: replica),
            case .snapshot(let index) = progress[position].state
        else { return }
        progress[position].probe(from: succeeded ? index + 1 : 0)
        // After a failure the next heartbeat's answer, a sign of life, starts it again.
        progress[position].isPaused = !succeeded
        mayHaveAppends = true
    }

    mutating func takeAccepted(from replica: ReplicaID, match: UInt64) {
        guard role == .leader, match <= log.lastIndex, let position = position(of: replica), replica != id else {
            return
        }
        progress[position].heardAt = ticks
        mayHaveAppends = true
        guard progress[position].accepted(match, base: log.base.index) else { return }
        offerLeadership(to: position)
        advanceCommit()
    }

    /// Goes back to where the logs may agree, many entries at a time (Raft paper, end of 5.3).
    mutating func takeRejected(from replica: ReplicaID, previous: UInt64, hint: LogPosition, lostEntries: Bool) {
        guard role == .leader, let position = position(of: replica), replica != id else { return }
        progress[position].heardAt = ticks
        mayHaveAppends = true
        if lostEntries, hint.index < progress[position].match {
            // Damage took entries that were acknowledged; what is committed stays so.
            progress[position].match = 0
            progress[position].probe(from: nextProbe(hint))
            return
        }
        switch progress[position].state {
        case .snapshot: break
        case .replicate:
            if previous > progress[position].match { progress[position].probe(from: 0) }
        case .probe:
            // Anything but the answer to the last probe is old.
            guard progress[position].next == previous + 1 else { return }
            progress[position].probe(from: max(1, min(previous, nextProbe(hint))))
        }
    }

    private func nextProbe(_ hint: LogPosition) -> UInt64 {
        guard hint.index > log.base.index else { return hint.index + 1 }
        return log.lastAgreeing(atOrBefore: hint.index, term: hint.term).index + 1
    }
}
