import Primitives

extension RaftGroup {
    /// Proposes to change who belongs to the group.
    ///
    /// The new configuration is in force at once, here and wherever its entry is appended, and is taken back where that
    /// entry is cut off (Raft paper, 6). One change at a time.
    /// - Parameter replaced: ``configurationIndex`` as the caller knew it when it decided.
    /// - Returns: the index of the entry.
    /// - Throws: ``ConfigurationError``; nothing has then changed.
    public mutating func propose(
        _ change: ConfigurationChange, replacing replaced: UInt64
    ) throws(ConfigurationError) -> UInt64 {
        guard role == .leader else { throw .notLeader(leaderHint: leader) }
        if let transfer { throw .transferring(to: transfer.target) }
        guard hasCommittedInTerm else { throw .notReady }
        let current = configurations.current
        guard current.index <= commit, !current.configuration.isJoint else { throw .pending(index: current.index) }
        guard current.index == replaced else { throw .stale(current: current.index) }
        guard current.configuration.decision <= change.decision || fault == .forgetDecision else {
            throw .outdated(current: current.configuration.decision)
        }
        let next = try current.configuration.applying(change)
        let index = fault == .twoChangesAtOnce ? appendAtOnce(next.left) : appendConfiguration(next)
        advanceCommit()
        return index
    }

    /// The planted fault: a change of several voters as so many changes of one, none of which waits for the one before.
    private mutating func appendAtOnce(_ next: GroupConfiguration) -> UInt64 {
        var voters = configuration.voters
        for voter in next.voters where !voters.contains(voter) {
            voters.append(voter)
            _ = appendConfiguration(GroupConfiguration(voters: voters, decision: next.decision))
        }
        for voter in voters where !next.voters.contains(voter) {
            voters.removeAll { $0 == voter }
            _ = appendConfiguration(GroupConfiguration(voters: voters, decision: next.decision))
        }
        return appendConfiguration(next)
    }

    /// The configuration in force.
    public var configuration: GroupConfiguration { configurations.current.configuration }

    /// The index of the entry that brought the configuration in force; 0 for the founding one.
    public var configurationIndex: UInt64 { configurations.current.index }

    private mutating func appendConfiguration(_ configuration: GroupConfiguration) -> UInt64 {
        let index = appendOwn(.configuration, configuration.encoded)
        configurations.append(configuration, at: index)
        rebuildProgress()
        return index
    }

    /// Leaves a committed joint configuration (thesis, 4.3), and leadership if a committed configuration goes without
    /// this replica (thesis, 4.2.2).
    mutating func afterCommit() {
        let current = configurations.current
        guard role == .leader, hasCommittedInTerm, current.index <= commit else { return }
        if current.configuration.isJoint {
            guard current.configuration.autoLeave else { return }
            _ = appendConfiguration(current.configuration.left)
            advanceCommit()
        } else if !current.configuration.isVoter(id) {
            // Whoever has everything need not wait for its timer.
            let heir = progress.first { $0.isVoter && $0.id != id && $0.match == log.lastIndex }
            if let heir { send(to: heir.id, .timeoutNow) }
            becomeFollower(in: term, of: nil)
        }
    }
}
