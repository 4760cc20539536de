/// What a group tells operators and tests; a copy.
public struct RaftStatus: Sendable, Equatable {
    /// One line of a leader's table of members.
    public struct Member: Sendable, Equatable {
        public enum State: String, Sendable { case probe, replicate, snapshot }

        public let id: ReplicaID
        public let match: UInt64
        public let next: UInt64
        public let state: State
        public let isLearner: Bool
        /// Append messages under way.
        public let inflight: Int
        /// Ticks since the member was heard of.
        public let silence: Int
    }

    public let id: ReplicaID
    public let role: RaftRole
    public let term: UInt64
    public let vote: ReplicaID?
    public let leader: ReplicaID?
    public let commit: UInt64
    public let applied: UInt64
    public let last: LogPosition
    /// The log is on this replica's stable storage up to here.
    public let durable: UInt64
    public let firstIndex: UInt64
    public let snapshotIndex: UInt64
    public let configuration: GroupConfiguration
    public let configurationIndex: UInt64
    public let condition: ReplicaCondition
    public let transferTarget: ReplicaID?
    public let uncommittedBytes: Int
    public let pendingReads: Int
    public let writesInFlight: Int
    /// Empty unless this replica leads.
    public let members: [Member]
}

extension RaftGroup {
    public var status: RaftStatus {
        RaftStatus(
            id: id, role: role, term: term, vote: vote, leader: leader, commit: commit, applied: applied,
            last: log.last, durable: storage.durableIndex, firstIndex: log.base.index + 1,
            snapshotIndex: log.snapshot.index, configuration: configuration, configurationIndex: configurationIndex,
            condition: condition, transferTarget: transfer?.target, uncommittedBytes: uncommittedBytes,
            pendingReads: reads.count, writesInFlight: storage.inFlightCount,
            members: progress.filter { $0.id != id }.map(memberStatus))
    }

    private func memberStatus(_ member: Progress) -> RaftStatus.Member {
        let state: RaftStatus.Member.State =
            switch member.state {
            case .probe: .probe
            case .replicate: .replicate
            case .snapshot: .snapshot
            }
        return RaftStatus.Member(
            id: member.id, match: member.match, next: member.next, state: state,
            isLearner: !member.isVoter && !member.isOutgoing, inflight: member.inflight.count,
            silence: ticks - member.heardAt)
    }

    /// Changes of the members in the log that are not known to be committed; a leader never has more than one.
    public var pendingConfigurations: Int { configurations.items.count { $0.index > commit } }

    /// The entry at an index, or `nil` where none is held.
    public func entry(at index: UInt64) -> LogEntry? { log.entry(at: index) }

    /// The place of the last entry.
    public var last: LogPosition { log.last }

    /// Whether a member is known to hold the log of this leader but for what may be on its way.
    public func isCaughtUp(_ replica: ReplicaID) -> Bool {
        position(of: replica).map { progress[$0].match + settings.transferLag >= log.lastIndex } ?? false
    }

    /// Whether an entry of the current term is committed, so that a leader may change members and serve reads.
    public var hasSettled: Bool { hasCommittedInTerm }
}
