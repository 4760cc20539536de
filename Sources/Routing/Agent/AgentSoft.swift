internal import Primitives

/// What an agent knows without logging it: bids in hand, the bid window, the patience for awards. A failover forgets
/// it, and the new leader counts afresh.
public struct AgentSoft: Sendable, Equatable {
    /// Where a bid stands: a queue whose best is of a medium that the agent has no room for now bids another one, and
    /// the first counts again when an award comes to nothing.
    struct BidPlace: Sendable, Hashable {
        let queue: QueueID
        let media: MediaType

        init(_ bid: Bid) {
            queue = bid.queue
            media = bid.media
        }
    }

    /// What a queue last said there, and when.
    private struct Word: Sendable, Equatable {
        var bids: [Bid]
        let heard: Instant
    }

    private var words: [BidPlace: Word] = [:]
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

    /// Bids in hand, in no order.
    var bids: [Bid] { words.values.flatMap(\.bids) }
    /// Those that say what waits now.
    func claims(at now: Instant) -> [Bid] {
        words.values.flatMap { now - $0.heard <= AgentState.bidClaim ? $0.bids : [] }
    }

    /// A queue's new word takes the place of its last one.
    mutating func keep(_ bids: [Bid], at now: Instant) {
        if let first = bids.first { words[BidPlace(first)] = Word(bids: bids, heard: now) }
    }

    /// The best that a queue has now: what it bid before and ranks lower stands behind it.
    mutating func keep(next bid: Bid, at now: Instant) {
        let behind = (words[BidPlace(bid)]?.bids ?? []).filter { ($0.rank, $0.ticket) > (bid.rank, bid.ticket) }
        keep([bid] + behind, at: now)
    }

    /// Nothing that this queue has bid is there any more.
    mutating func forget(_ queue: QueueID) { words = words.filter { $0.key.queue != queue } }

    mutating func drop(_ bid: Bid) { words[BidPlace(bid)]?.bids.removeAll { $0 == bid } }

    mutating func forgetBids() {
        words = [:]
        windowEnds = nil
    }
}
