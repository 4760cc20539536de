import Cluster
import Membership
import NodeIO
import Primitives

/// What the wish for a quick or a usual detection of losses means in times.
extension NodeConfiguration.Detection {
    /// Elections: a follower that hears nothing for 10 to 15 ticks of 20 ms campaigns, instead of 20 to 30 of 50 ms.
    func apply(to log: inout ReplicatedLog.Settings) {
        guard self == .quick else { return }
        log.tick = .milliseconds(20)
        log.raft.heartbeatTicks = 1
        log.raft.electionTicks = 10
        log.raft.electionJitterTicks = 5
        // As long as usual: a hand-over waits for an heir, not for a loss.
        log.raft.transferTicks = 50
    }

    /// Membership: everything in two fifths of the time.
    func apply(to swim: inout SwimSettings) {
        guard self == .quick else { return }
        swim.tick = .milliseconds(20)
        swim.probeInterval = .milliseconds(200)
        swim.probeTimeout = .milliseconds(80)
        swim.indirectTimeout = .milliseconds(100)
        swim.gossipInterval = .milliseconds(80)
        swim.grace = .milliseconds(40)
    }
}
