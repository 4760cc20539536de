internal import Primitives

/// What an agent knows without logging it: bids in hand, the bid window, the patience for awards. A failover forgets
/// it, and the new leader counts afresh.
public struct AgentSoft: Sendable, Equatable {
    /// The last bid of each queue, at most one a queue.
    var bids: [QueueID: Bid] = [:]
    var windowEnds: Instant?
    var patience: [UInt64: Instant] = [:]
    /// When `available` and `status?` are said next; at once after a failover.
    var announceAt = Instant.zero
    /// The sequence of the last word about this agent; each one is newer than the one before.
    var lastWord = Instant.zero

    func announces(_ state: AgentState) -> Bool {
        !state.free.isZero || state.slots.contains { $0.isReserved || $0.isConnected || unwatched($0) }
    }

    /// An award whose patience a failover forgot: it is counted afresh.
    func unwatched(_ slot: AgentSlot) -> Bool { slot.reservation.map { patience[$0] == nil } ?? false }

    mutating func forgetBids() {
        bids = [:]
        windowEnds = nil
    }
}
