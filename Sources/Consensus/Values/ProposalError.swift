/// Why a proposal was not appended. Nothing has changed: the proposal was not and will not be executed.
public enum ProposalError: Error, Hashable, Sendable {
    /// Ask the leader, if one is named.
    case notLeader(leaderHint: ReplicaID?)
    /// The uncommitted tail has reached ``RaftSettings/uncommittedBytes``; try again when some of it is committed.
    case overloaded
    /// Leadership is being handed over; ask that replica, or this one again after ``RaftSettings/transferTicks``.
    case transferring(to: ReplicaID)
    /// The payload exceeds ``RaftSettings/entryBytes``; do not retry.
    case tooLarge(limit: Int)
}

/// Why a transfer of leadership was not begun. Nothing has changed.
public enum TransferError: Error, Hashable, Sendable {
    /// Ask the leader, if one is named.
    case notLeader(leaderHint: ReplicaID?)
    /// Only another voter of the configuration in force can lead.
    case notVoter
    /// Another transfer is under way.
    case transferring(to: ReplicaID)
    /// The target lags by more than ``RaftSettings/transferLag``, or has not been heard of for an election timeout.
    case lagging(entries: UInt64)
}
