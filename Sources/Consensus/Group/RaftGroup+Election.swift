extension RaftGroup {
    /// Heartbeats at which a question before a campaign is asked again.
    private static let repeatedQuestions = 3

    /// Campaigns now, beginning with the question whether it could win (thesis, 9.6).
    ///
    /// Does nothing in a leader and in a replica that cannot lead: no voter, damaged, or told not to.
    public mutating func campaign() {
        guard role != .leader else { return }
        if askWitness() { return }
        guard mayLead else { return }
        role = .preCandidate
        leader = nil
        votes = [id: true]
        resetElectionTimer()
        for elector in electors where elector != id { send(to: elector, .preVote(last: log.last)) }
        countPreVotes()
    }

    /// Takes a hint that a replica is gone.
    ///
    /// A follower of it forgets its leader, so that it may help to elect another at once, and campaigns; who goes first
    /// and how often is the driver's decision (`campaigning` false: only forget). Safety rests with the votes. A leader
    /// gives up a transfer to it and probes it anew.
    public mutating func peerLost(_ replica: ReplicaID, campaigning: Bool = true) {
        if role == .leader {
            if transfer?.target == replica { transfer = nil }
            guard let position = position(of: replica), replica != id else { return }
            if progress[position].state == .replicate { progress[position].probe(from: 0) }
        } else if leader == replica {
            leader = nil
            if campaigning { campaign() }
        }
    }

    var electors: [ReplicaID] { configurations.current.configuration.electors }

    /// A replica outside its newest configuration campaigns as long as that may be uncommitted: its log can be the only
    /// one that the others may elect (thesis, 4.2.2).
    var mayLead: Bool { mayCampaign && condition == .intact && configurations.hasVoter(id, since: commit) }

    /// Whether a leader of this term was heard of within the shortest election timeout (thesis, 4.2.3). A leader hears
    /// itself; it steps down by itself when it loses its quorum.
    var hearsLeader: Bool { role == .leader || (leader != nil && electionElapsed < settings.electionTicks) }

    mutating func resetElectionTimer() {
        electionElapsed = 0
        let jitter = settings.electionJitterTicks
        electionTimeout = settings.electionTicks + (jitter == 0 ? 0 : Int.random(in: 0...jitter, using: &random))
    }

    mutating func becomeFollower(in newTerm: UInt64, of newLeader: ReplicaID?) {
        if newTerm > term {
            term = newTerm
            vote = nil
            // What was promised in an earlier term and not written yet may be cut off before it is.
            promises.removeAll(keepingCapacity: true)
        }
        if role != .follower || newLeader != nil { resetElectionTimer() }
        endLeadership()
        role = .follower
        leader = newLeader
        votes = [:]
    }

    /// Steps down as a leader, for instance when the node finds its clock off. The term stays.
    public mutating func stepDown() {
        if role == .leader { becomeFollower(in: term, of: nil) }
    }

    private mutating func endLeadership() {
        guard role == .leader else { return }
        pending.failedReads += reads.drain()
        progress = []
        transfer = nil
        uncommittedBytes = 0
        mayHaveAppends = false
    }

    // MARK: pre-vote

    mutating func answerPreVote(_ message: RaftMessage, _ last: LogPosition) {
        // The candidate's term may be later: the question changes nobody's term.
        let granted = !hearsLeader && mayTrust(last)
        send(to: message.from, .preVoteAnswer(campaign: message.term + 1, granted: granted))
        // Nobody leads, and who asks cannot win without an entry that is here: the one to ask is this replica.
        if leader == nil, role == .follower, last < log.last, mayLead { hasten() }
        // Whoever asks a leader has lost sight of it.
        peerFound(message.from)
    }

    /// Campaigns within two heartbeats: two replicas that are asked at once seldom wake at once.
    private mutating func hasten() {
        let rest = Int.random(in: 1...2 * settings.heartbeatTicks, using: &random)
        electionElapsed = max(electionElapsed, electionTimeout - rest)
    }

    /// Asks those who have not agreed once more at each of the first heartbeats of a campaign.
    ///
    /// Whoever learns a moment earlier than the others that the leader is gone hears from them that it is not, and would
    /// wait for a whole election timeout.
    mutating func askAgain(since before: Int) {
        let beat = electionElapsed / settings.heartbeatTicks
        guard beat > before / settings.heartbeatTicks, beat <= Self.repeatedQuestions else { return }
        for elector in electors where elector != id && votes[elector] != true {
            send(to: elector, .preVote(last: log.last))
        }
    }

    mutating func takePreVoteAnswer(from replica: ReplicaID, campaign: UInt64, granted: Bool) {
        guard role == .preCandidate, campaign == term + 1 else { return }
        votes[replica] = granted
        countPreVotes()
    }

    private mutating func countPreVotes() {
        switch outcome() {
        case .won: beginElection(isForced: false)
        case .lost: becomeFollower(in: term, of: nil)
        case .open: break
        }
    }

    // MARK: votes

    /// Begins an election (Raft paper, 5.2). The requests leave when the own vote is durable: they name a log, and a
    /// candidate that came back with a shorter one could win the same term with votes for the longer.
    mutating func beginElection(isForced: Bool) { beginElection(isForced: isForced, asking: electors) }

    mutating func beginElection(isForced: Bool, asking electors: [ReplicaID]) {
        term += 1
        vote = id
        role = .candidate
        leader = nil
        votes = [:]
        promises.removeAll(keepingCapacity: true)
        resetElectionTimer()
        promises.append(.countOwnVote(term: term))
        for elector in electors where elector != id {
            promise(to: elector, .requestVote(last: log.last, isForced: isForced))
        }
    }

    mutating func answerVote(_ candidate: ReplicaID, _ last: LogPosition) {
        let isFree = vote == candidate || (vote == nil && leader == nil) || fault == .voteTwice
        guard isFree, role != .leader, mayTrust(last) else {
            send(to: candidate, .voteAnswer(granted: false))
            return
        }
        vote = candidate
        resetElectionTimer()
        promise(to: candidate, .voteAnswer(granted: true))
    }

    /// The election restriction (Raft paper, 5.4.1), and what damage adds to it: no candidate gets a vote that lacks
    /// something which this replica has acknowledged, be it lost since.
    private func mayTrust(_ candidate: LogPosition) -> Bool {
        guard candidate >= log.last else { return false }
        switch condition {
        case .intact: return true
        case .tailUncertain(let lost?): return candidate >= lost
        case .tailUncertain(nil): return candidate.term > restoredTerm
        case .repairing: return false
        }
    }

    mutating func takeVoteAnswer(from replica: ReplicaID, granted: Bool) {
        guard role == .candidate, electors.contains(replica) else { return }
        votes[replica] = granted
        switch outcome() {
        case .won: becomeLeader()
        case .lost: becomeFollower(in: term, of: nil)
        case .open: break
        }
    }

    private enum Outcome { case won, lost, open }

    private func outcome() -> Outcome {
        let configuration = configurations.current.configuration
        if configuration.isQuorum({ votes[$0] == true }) { return .won }
        return configuration.isQuorum { votes[$0] != false } ? .open : .lost
    }
}
