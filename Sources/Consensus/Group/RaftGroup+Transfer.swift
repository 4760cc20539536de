extension RaftGroup {
    /// Hands leadership over to another voter (thesis, 3.10).
    ///
    /// Proposals are refused meanwhile. When the target holds the whole log it is told to campaign at once, without the
    /// question whether it could win. After ``RaftSettings/transferTicks`` without success this replica goes on
    /// leading.
    /// - Throws: ``TransferError``; nothing has then changed.
    public mutating func transferLeadership(to target: ReplicaID) throws(TransferError) {
        guard role == .leader else { throw .notLeader(leaderHint: leader) }
        if let transfer { throw .transferring(to: transfer.target) }
        guard target != id, let position = position(of: target), progress[position].isVoter else { throw .notVoter }
        let lag = log.lastIndex - progress[position].match
        let isSilent = ticks - progress[position].heardAt >= settings.electionTicks
        guard lag <= settings.transferLag, !isSilent else { throw .lagging(entries: lag) }
        transfer = Transfer(target: target)
        mayHaveAppends = true
        offerLeadership(to: position)
    }

    mutating func offerLeadership(to position: Int) {
        guard progress[position].id == transfer?.target, progress[position].match == log.lastIndex else { return }
        send(to: progress[position].id, .timeoutNow)
    }
}
