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
}
