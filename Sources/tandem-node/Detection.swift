import Cluster
import Membership
import NodeIO
import Primitives

/// What the wish for a quick or a usual detection of losses means in times.
extension NodeConfiguration.Detection {
    /// Elections after 0.2 to 0.3 s.
    func apply(to log: inout ReplicatedLog.Settings) {
        guard self == .quick else { return }
        log.tick = .milliseconds(20)
        log.raft = ReplicatedLog.quickSettings
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
