extension RaftGroup {
    /// Whether ``takeReady()`` would bring anything.
    public var hasReady: Bool {
        !pending.isEmpty || !promises.isEmpty || commit > handedOut || softState != reported
            || (role == .leader && (mayHaveAppends || (reads.hasFresh && hasCommittedInTerm)))
            || storage.isDue(term: term, vote: vote, lastIndex: log.lastIndex)
    }

    /// Takes everything that is to be done now.
    public mutating func takeReady() -> Ready {
        if role == .leader {
            beginReadRound()
            if mayHaveAppends { sendAppends() }
        }
        let write = storage.next(log: log, hardState: HardState(term: term, vote: vote, commit: commit))
        gatePromises()
        var ready = Ready()
        swap(&ready, &pending)
        ready.write = write
        ready.committed = log.entries(from: handedOut + 1, through: commit, bytes: settings.readyBytes)
        handedOut += UInt64(ready.committed.count)
        if softState != reported {
            reported = softState
            ready.softState = reported
        }
        return ready
    }

    var softState: SoftState { SoftState(role: role, term: term, leader: leader) }

    mutating func send(to replica: ReplicaID, _ body: RaftMessage.Body) {
        pending.messages.append(RaftMessage(from: id, to: replica, term: term, body: body))
    }

    /// Sends once everything that the replica holds in memory now is durable.
    mutating func promise(to replica: ReplicaID, _ body: RaftMessage.Body) {
        promises.append(.send(RaftMessage(from: id, to: replica, term: term, body: body)))
    }

    /// Lets promises wait for the last write handed out; if that is durable, they are kept at once.
    private mutating func gatePromises() {
        guard !promises.isEmpty else { return }
        let made = promises
        promises.removeAll(keepingCapacity: true)
        let isDurable = storage.persistedNumber == storage.lastNumber || fault == .acknowledgeBeforeDurable
        for promise in made {
            if isDurable {
                keep(promise)
            } else {
                gated.append(GatedPromise(write: storage.lastNumber, promise: promise))
            }
        }
    }

    mutating func keep(_ promise: Promise) {
        switch promise {
        case .send(let message): pending.messages.append(message)
        case .countOwnVote(let voted):
            if role == .candidate, voted == term { takeVoteAnswer(from: id, granted: true) }
        }
    }
}
