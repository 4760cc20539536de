/// Defects that tests plant to prove that the checkers bite. No configuration, command line or message reaches this:
/// only the simulator's constructor of a node does.
public enum PlantedBug: String, Sendable, CaseIterable {
    /// The agent frees a reserved slot by its own clock.
    case agentClock
    /// The agent going off queue frees its slots at once.
    case freeOff
    /// The queue takes an accept of somebody who was not rung (the nonce is not compared).
    case unseen
    /// An award takes a ticket that is already offered to another agent.
    case late
    /// The stream from queue to agent is processed out of order.
    case noFIFO
    /// A late grant is not released.
    case release
    /// The conversation issues its next ticket before the last one is withdrawn.
    case nextEarly
    /// Logged messages are lost in a restart.
    case forgetOutbox
    /// The alert timer is not set.
    case loseAlertTimer
    /// An effect is delivered twice.
    case doubleDelivery

    // The replicated log.

    /// Syncs of the disk do nothing.
    case skipFsync
    /// Votes and acknowledgements leave before what they promise is durable.
    case acknowledgeBeforeDurable
    /// A replica votes for every candidate of a term.
    case voteTwice
    /// A leader answers reads without asking whether it still leads.
    case readWithoutReadIndex
    /// A refusal leaves before the records that it was decided upon are committed.
    case refuseBeforeCommit
    /// What a stream was taken up to is not kept with what was taken: followers do not know it.
    case markNotInEntry
    /// A follower leaves out the events of some records.
    case forgetfulFollower
    /// A snapshot of a peer is installed in the log and not in the shard.
    case snapshotNotRestored

    // Where shards are.

    /// A node leads a shard because gossip says that its leader is gone.
    case leadOnGossip
    /// What was decided earlier may move a shard after what was decided later.
    case forgetDecision
    /// The timers of entities are not set where a shard is taken over.
    case loseTimersOnHandOff
    /// A node lets go of a shard as soon as it is to move, not when it has moved.
    case deleteTooEarly
    /// Members of a group are changed while an earlier change is not committed.
    case twoChangesAtOnce

    /// Shows only where shards move.
    public var concernsPlaces: Bool {
        switch self {
        case .forgetDecision, .loseTimersOnHandOff, .deleteTooEarly, .twoChangesAtOnce: true
        default: false
        }
    }
}
