internal import Primitives

/// What an agent knows without logging it: bids in hand, the bid window, the patience for awards. A failover forgets
/// it, and the new leader counts afresh.
public struct AgentSoft: Sendable, Equatable {
    /// Where a bid stands: a queue whose best is of a medium that the agent has no room for now bids another one, and
    /// the first counts again when an award comes to nothing.
    struct BidPlace: Sendable, Hashable {
        let queue: QueueID
        let media: MediaType
    }

    /// The last bid of each queue and medium.
    private(set) var bids: [BidPlace: Bid] = [:]
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

    mutating func keep(_ bid: Bid) { bids[BidPlace(queue: bid.queue, media: bid.media)] = bid }
    mutating func drop(_ bid: Bid) { bids[BidPlace(queue: bid.queue, media: bid.media)] = nil }

    mutating func forgetBids() {
        bids = [:]
        windowEnds = nil
    }
}
