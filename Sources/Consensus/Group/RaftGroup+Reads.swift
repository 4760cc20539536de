extension RaftGroup {
    /// Asks for an index that a linearizable read has to wait for (thesis, 6.4; "ReadIndex").
    ///
    /// The answer is a ``ReadIndex`` or a failed read of ``Ready``. Reads wait until an entry of the leader's term is
    /// committed; then a round of heartbeats with a number of its own confirms that this replica still leads. One round
    /// serves all the reads that came before it. A driver that takes the ``Ready`` of many groups in turn may put their
    /// heartbeats to one node into one frame.
    /// - Parameter id: the caller's name for the read; given back, not compared.
    public mutating func requestRead(id read: UInt64) {
        guard role == .leader, reads.count < settings.pendingReads else {
            pending.failedReads.append(read)
            return
        }
        reads.add(read)
    }

    mutating func beginReadRound() {
        guard reads.hasFresh, hasCommittedInTerm else { return }
        if electors == [id] || fault == .readWithoutReadIndex {
            pending.readIndexes += reads.takeFresh(at: commit)
            return
        }
        let round = reads.begin(at: commit)
        for position in progress.indices where progress[position].id != id {
            if progress[position].isVoter || progress[position].isOutgoing { sendHeartbeat(position, round: round) }
        }
    }

    mutating func finishReads() {
        guard reads.isAwaitingRound else { return }
        let confirmed = quorumValue { $0.id == id ? reads.round : $0.round }
        pending.readIndexes += reads.finish(through: confirmed)
    }
}
