import Primitives

extension RaftGroup {
    // MARK: proposals

    /// Appends an entry to the log of the group that this replica leads.
    ///
    /// It is executed when ``Ready/committed`` brings an entry of this index and the current ``term``; if it brings one
    /// of another term there, it will never be.
    /// - Returns: the entry's index.
    /// - Throws: ``ProposalError``; nothing has then changed.
    public mutating func propose(_ payload: [UInt8]) throws(ProposalError) -> UInt64 {
        guard role == .leader, isElector(id) else { throw .notLeader(leaderHint: role == .leader ? nil : leader) }
        if let transfer { throw .transferring(to: transfer.target) }
        guard payload.count <= settings.entryBytes else { throw .tooLarge(limit: settings.entryBytes) }
        let size = payload.count + LogEntry.overheadBytes
        guard uncommittedBytes == 0 || uncommittedBytes + size <= settings.uncommittedBytes else { throw .overloaded }
        return appendOwn(.normal, payload)
    }

    @discardableResult
    mutating func appendOwn(_ kind: LogEntry.Kind, _ payload: [UInt8]) -> UInt64 {
        let entry = LogEntry(index: log.lastIndex + 1, term: term, kind: kind, payload: payload)
        log.append(entry)
        uncommittedBytes += entry.size
        mayHaveAppends = true
        return entry.index
    }

    // MARK: leadership

    mutating func becomeLeader() {
        precondition(role == .candidate, "only a candidate becomes leader, not a \(role)")
        role = .leader
        leader = id
        votes = [:]
        ticks = 0
        heartbeatElapsed = 0
        uncommittedBytes = 0
        rebuildProgress()
        // Entries of earlier terms are committed by committing one of this term (Raft paper, 5.4.2 and 8).
        termStart = appendOwn(.empty, [])
    }

    var hasCommittedInTerm: Bool { role == .leader && commit >= termStart }

    private func isElector(_ replica: ReplicaID) -> Bool {
        progress.contains { $0.id == replica && ($0.isVoter || $0.isOutgoing) }
    }

    func position(of replica: ReplicaID) -> Int? { progress.firstIndex { $0.id == replica } }

    /// Brings the table of members into line with the configuration in force.
    mutating func rebuildProgress() {
        guard role == .leader else { return }
        let configuration = configurations.current.configuration
        progress = GroupConfiguration.ordered(configuration.members + [id]).map { member in
            var entry =
                progress.first { $0.id == member } ?? Progress(member, next: log.lastIndex + 1, heardAt: ticks)
            entry.isVoter = configuration.voters.contains(member)
            entry.isOutgoing = configuration.outgoing.contains(member)
            if member == id { entry.match = storage.durableIndex }
            return entry
        }
        if let transfer, !configuration.isVoter(transfer.target) { self.transfer = nil }
        mayHaveAppends = true
    }

    mutating func tickLeader(_ count: Int) {
        ticks += count
        heartbeatElapsed += count
        // Looked at first: after a pause nothing may be served before (check-quorum; thesis, 6.2).
        guard isQuorum({ $0.id == id || ticks - $0.heardAt < settings.electionTicks }) else {
            becomeFollower(in: term, of: nil)
            return
        }
        if var transfer {
            transfer.elapsed += count
            self.transfer = transfer.elapsed >= settings.transferTicks ? nil : transfer
        }
        if heartbeatElapsed >= settings.heartbeatTicks {
            heartbeatElapsed = 0
            beat()
        }
    }

    /// Takes note that a follower's node says that it follows this leader in this term, as an answer to a heartbeat
    /// would.
    public mutating func vouch(follower replica: ReplicaID, term: UInt64) {
        guard role == .leader, term == self.term, let position = position(of: replica) else { return }
        progress[position].heardAt = ticks
    }

    /// Takes a hint that a replica can be reached (again): its node has connected.
    ///
    /// A leader then finds out what the replica has and tells it the commit index, also in an idle group: after a
    /// restart it knows less than before. Others do nothing.
    public mutating func peerFound(_ replica: ReplicaID) {
        guard role == .leader, let position = position(of: replica), replica != id else { return }
        progress[position].commitKnown = 0
        progress[position].isPaused = false
        progress[position].isNudged = true
        mayHaveAppends = true
    }

    /// Sends the heartbeats that are due. Reads that wait get a round of their own.
    private mutating func beat() {
        let awaited = reads.isAwaitingRound
        let round = awaited ? reads.begin(at: commit) : reads.round
        for position in progress.indices where progress[position].id != id {
            if awaited || !settings.heartbeatsByDriver || isWanting(progress[position]) {
                sendHeartbeat(position, round: round)
            }
        }
    }

    /// Whether a member needs a heartbeat although the driver vouches for it.
    private func isWanting(_ member: Progress) -> Bool {
        member.state != .replicate || member.match < log.lastIndex || member.commitKnown < commit
    }

    mutating func sendHeartbeat(_ position: Int, round: UInt64) {
        let commit = min(progress[position].match, commit)
        send(to: progress[position].id, .heartbeat(commit: commit, round: round))
    }

    mutating func takeHeartbeatAnswer(from replica: ReplicaID, commit known: UInt64, round: UInt64) {
        guard role == .leader, let position = position(of: replica), replica != id else { return }
        progress[position].heardAt = ticks
        progress[position].commitKnown = min(known, commit)
        if round > progress[position].round, round <= reads.round {
            progress[position].round = round
            finishReads()
        }
        progress[position].isPaused = false
        // Also one that knows less than it was told is asked: it may have restarted with a damaged log.
        let isBehind = progress[position].match < log.lastIndex || known < min(progress[position].match, commit)
        if isBehind || progress[position].state != .replicate {
            progress[position].isNudged = true
            mayHaveAppends = true
        }
        offerLeadership(to: position)
    }

    // MARK: commitment

    /// Whether the members for whom `holds` is true can decide, in both halves of a joint configuration.
    func isQuorum(_ holds: (Progress) -> Bool) -> Bool {
        var voters = 0
        var agreeing = 0
        var outgoing = 0
        var agreeingOutgoing = 0
        for member in progress where member.isVoter || member.isOutgoing {
            let agrees = holds(member)
            if member.isVoter {
                voters += 1
                if agrees { agreeing += 1 }
            }
            if member.isOutgoing {
                outgoing += 1
                if agrees { agreeingOutgoing += 1 }
            }
        }
        return agreeing > voters / 2 && (outgoing == 0 || agreeingOutgoing > outgoing / 2)
    }

    /// The largest of the members' values that a quorum has reached; quadratic in the few members, without allocation.
    func quorumValue(_ value: (Progress) -> UInt64) -> UInt64 {
        var best: UInt64 = 0
        for member in progress where member.isVoter || member.isOutgoing {
            let candidate = value(member)
            if candidate > best, isQuorum({ value($0) >= candidate }) { best = candidate }
        }
        return best
    }

    /// Counts what of the own log is durable towards commitment.
    mutating func countOwnLog() {
        guard role == .leader, let position = position(of: id) else { return }
        progress[position].match = storage.durableIndex
        advanceCommit()
    }

    /// Commits what a quorum holds, if it is of this term (Raft paper, 5.4.2).
    mutating func advanceCommit() {
        let held = quorumValue(\.match)
        guard held > commit, log.term(at: held) == term || fault == .countOldTerms else { return }
        let earlier = commit
        commit(to: held)
        release(from: max(earlier + 1, termStart), through: held)
        afterCommit()
    }

    private mutating func release(from first: UInt64, through last: UInt64) {
        var index = first
        while index <= last {
            uncommittedBytes -= log.entry(at: index)?.size ?? 0
            index += 1
        }
    }

    mutating func commit(to index: UInt64) {
        precondition(index <= log.lastIndex, "entry \(index) cannot be committed, the log ends at \(log.lastIndex)")
        commit = max(commit, index)
    }
}
