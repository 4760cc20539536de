/// The times and limits of a group. Times are in ticks; the driver decides how long a tick is.
public struct RaftSettings: Hashable, Sendable {
    /// A follower that hears nothing of a leader for so long (and its jitter) campaigns; a leader that hears nothing of
    /// a quorum for so long steps down.
    public var electionTicks = 20
    /// Each wait for a leader is longer by a random number of ticks up to this one (Raft paper, 5.2).
    public var electionJitterTicks = 10
    public var heartbeatTicks = 2
    /// The driver vouches for leaders and followers of idle groups (``RaftGroup/vouch(leader:term:)``), so that a
    /// leader sends a heartbeat only where a follower lags, must learn the commit index, or has to confirm a read.
    public var heartbeatsByDriver = false
    /// Append messages under way to one follower.
    public var inflightMessages = 256
    /// Bytes of entries under way to one follower; one message may exceed it.
    public var inflightBytes = 1 << 20
    /// Bytes of entries in one append message; one entry may exceed it.
    public var messageBytes = 64 << 10
    /// Entries in one append message.
    public var messageEntries = 4_096
    /// Bytes of the entries that a leader has appended and not committed; one entry may exceed it.
    public var uncommittedBytes = 8 << 20
    /// The largest payload of a proposal.
    public var entryBytes = 4 << 20
    /// Bytes of committed entries in one ``Ready``; one entry may exceed it.
    public var readyBytes = 4 << 20
    /// A transfer of leadership that takes longer is given up.
    public var transferTicks = 20
    /// A transfer to a replica further behind is refused.
    public var transferLag: UInt64 = 128
    /// Reads waiting for a round or for the first commit of a term.
    public var pendingReads = 16_384
    /// Entries kept in memory behind a snapshot for followers that are a little slow.
    public var trailingEntries: UInt64 = 1_024

    public init() {}

    /// - Throws: ``RestoreError/settings(_:)`` naming the first field that makes no sense.
    func validate() throws(RestoreError) {
        guard heartbeatTicks >= 1 else { throw .settings("heartbeatTicks must be at least 1") }
        guard electionTicks > heartbeatTicks else { throw .settings("electionTicks must exceed heartbeatTicks") }
        guard electionJitterTicks >= 0 else { throw .settings("electionJitterTicks must not be negative") }
        guard transferTicks >= 1 else { throw .settings("transferTicks must be at least 1") }
        let limits = [
            ("inflightMessages", inflightMessages), ("inflightBytes", inflightBytes), ("messageBytes", messageBytes),
            ("messageEntries", messageEntries), ("uncommittedBytes", uncommittedBytes), ("entryBytes", entryBytes),
            ("readyBytes", readyBytes), ("pendingReads", pendingReads),
        ]
        for (name, limit) in limits where limit < 1 { throw .settings("\(name) must be at least 1") }
        guard messageEntries <= RaftMessage.entryLimit else {
            throw .settings("messageEntries must be at most \(RaftMessage.entryLimit)")
        }
    }
}
