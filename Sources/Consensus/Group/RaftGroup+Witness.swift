/// What a learner knows that the only voter has lost.
///
/// Two nodes keep a group with one vote, and the second learns. When the voter's log comes back damaged, the learner may
/// hold entries that were committed and are gone from the voter's disk, and nobody else does. So the voter leads no more
/// by itself. It asks the learner to lead one term; the learner brings it what it lacks, as any leader would, commits
/// with its agreement alone, and, being no voter, hands leadership back (thesis, 4.2.2).
///
/// A log is never compared with another one here than by its last position. All entries of such a group were made by its
/// only voter, or by the learner in a term for which it had the voter's agreement, so the later log holds what the
/// earlier one holds that was committed.
extension RaftGroup {
    /// Asks the learner to lead, instead of campaigning with a damaged log.
    /// - Returns: false when there is nobody to ask, or nothing to ask for.
    mutating func askWitness() -> Bool {
        guard let witness, isWitness(witness), mayCampaign else { return false }
        resetElectionTimer()
        leader = nil
        // A message of no term makes no sense; the log of a replica that has lost its term begins anew.
        if term == 0 { becomeFollower(in: 1, of: nil) }
        send(to: witness, .timeoutNow)
        return true
    }

    /// Whether this replica's own log is damaged and that one is all that it can go by, also as its own log says.
    func isWitness(_ replica: ReplicaID) -> Bool {
        replica == witness && condition != .intact
            && configurations.current.configuration.members.allSatisfy { $0 == id || $0 == witness }
    }

    /// The answer to ``askWitness()``: the learner knows this log's last entry or more, and leads; or it knows less, and
    /// then nobody knows more than this replica, which goes on with what it has. Not so behind a hole, as without a
    /// learner: what is there and cannot be read is an operator's business.
    mutating func hear(witness replica: ReplicaID, _ last: LogPosition) {
        guard last >= log.last, last.index > 0 else {
            if case .tailUncertain = condition { condition = .intact }
            send(to: replica, .voteAnswer(granted: false))
            return
        }
        guard role != .leader, vote == nil || vote == replica else { return }
        vote = replica
        // All that it brings is of earlier terms, and the first part of it ends no damage: only its own entry does, its last.
        restoredTerm = max(restoredTerm, term - 1)
        resetElectionTimer()
        promise(to: replica, .voteAnswer(granted: true))
    }

    /// The voter asks. What this learner has counts, even where its own log is damaged.
    mutating func standIn(for voter: ReplicaID) {
        if role != .leader, mayCampaign, mayStandIn(for: voter) { beginElection(isForced: true, asking: [voter]) }
    }

    /// Whether that voter is the only one, as far as this learner knows; or the only other one, where this replica has not
    /// heard of its group yet.
    func mayStandIn(for voter: ReplicaID) -> Bool {
        let configuration = configurations.current.configuration
        if configuration == .nobody { return witness == voter }
        return configuration.learners.contains(id) && configuration.electors == [voter]
    }
}
