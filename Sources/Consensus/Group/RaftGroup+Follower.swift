import Primitives

extension RaftGroup {
    /// Takes note that a replica says that it leads this group in a term, as a heartbeat would, but without a commit
    /// index.
    ///
    /// For drivers that send one beat for all idle groups of a pair of nodes. Only the replica's own statement about
    /// this very group and term counts; that its node is alive says nothing. Where afterwards ``leader`` is the replica
    /// and ``term`` the term, the driver tells the leader so (``vouch(follower:term:)``).
    public mutating func vouch(leader replica: ReplicaID, term stated: UInt64) {
        guard replica != id, stated >= 1, stated >= term, stated <= LogPosition.largestNumber else { return }
        guard stated > term || role != .leader else { return }
        lostTerm?.heard(replica, in: stated)
        if stated > term { mayHaveKnown(stated, ledBy: replica) }
        if stated > term || role != .follower || leader == nil { becomeFollower(in: stated, of: replica) }
        if leader == replica { electionElapsed = 0 }
    }

    /// Becomes, or stays, a follower of the leader of this term. False if this replica itself leads.
    private mutating func follow(_ replica: ReplicaID) -> Bool {
        guard role != .leader else {
            pending.violations.append(.secondLeader(replica, term: term))
            return false
        }
        if role != .follower || leader != replica { becomeFollower(in: term, of: replica) }
        electionElapsed = 0
        return true
    }

    mutating func takeHeartbeat(from replica: ReplicaID, commit known: UInt64, round: UInt64) {
        guard follow(replica) else { return }
        // The leader names no index beyond what this replica accepted from it; damage may have made the log shorter.
        commit(to: min(known, log.lastIndex))
        send(to: replica, .heartbeatAnswer(commit: commit, round: round))
    }

    /// Takes entries from the leader (Raft paper, 5.3).
    mutating func takeAppend(from replica: ReplicaID, previous: LogPosition, entries: [LogEntry], commit known: UInt64)
    {
        guard follow(replica) else { return }
        let end = previous.index + UInt64(entries.count)
        guard end > commit || previous.index >= commit else {
            promise(to: replica, .appendAccepted(match: commit))
            return
        }
        // What is committed agrees with every later leader, so only the rest needs a look.
        let skipped = commit > previous.index ? commit - previous.index : 0
        let start = skipped == 0 ? previous : LogPosition(index: commit, term: log.term(at: commit) ?? 0)
        guard log.term(at: start.index) == start.term else {
            reject(replica, previous)
            return
        }
        guard store(entries.dropFirst(Int(skipped))) else { return }
        reviewCondition()
        commit(to: min(known, end))
        promise(to: replica, .appendAccepted(match: end))
    }

    private mutating func reject(_ replica: ReplicaID, _ previous: LogPosition) {
        let hint = log.lastAgreeing(atOrBefore: previous.index, term: previous.term)
        send(
            to: replica,
            .appendRejected(previous: previous.index, hint: hint, lostEntries: condition != .intact))
    }

    /// Appends what is not there yet and cuts off what contradicts it. False, with nothing changed, if a configuration
    /// cannot be read.
    private mutating func store(_ entries: ArraySlice<LogEntry>) -> Bool {
        guard let first = entries.firstIndex(where: { log.term(at: $0.index) != $0.term }) else { return true }
        let news = entries[first...]
        var found: [(UInt64, GroupConfiguration)] = []
        for entry in news where entry.kind == .configuration {
            guard let configuration = try? GroupConfiguration(decoding: entry.payload), configuration != .nobody else {
                return false
            }
            found.append((entry.index, configuration))
        }
        let start = entries[first].index
        precondition(start > commit, "entry \(start) is committed and cannot be replaced")
        if start <= log.lastIndex {
            log.truncate(from: start)
            configurations.truncate(from: start)
            storage.truncate(from: start)
        }
        for entry in news { log.append(entry) }
        for (index, configuration) in found { configurations.append(configuration, at: index) }
        return true
    }

    /// Campaigns because the leader wants this replica to lead (thesis, 3.10).
    mutating func takeTimeoutNow(from replica: ReplicaID) {
        guard mayLead else { return standIn(for: replica) }
        guard role == .follower, leader == replica || leader == nil else { return }
        beginElection(isForced: true)
    }
}
