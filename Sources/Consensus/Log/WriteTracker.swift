/// What has been handed to stable storage, and what of it is durable.
///
/// Several writes may be under way; they become durable in order. A truncation takes the cut entries out of every write
/// under way, so the acknowledgement of an old write says nothing about entries that came to the same places since,
/// even if they equal the cut ones.
struct WriteTracker: Sendable {
    private struct InFlight: Sendable {
        let number: UInt64
        /// The write's entries up to this one are still in the log.
        var lastIndex: UInt64
    }

    private var inFlight: [InFlight] = []
    private(set) var lastNumber: UInt64 = 0
    private(set) var persistedNumber: UInt64 = 0
    /// The log up to here is on stable storage, and no write under way will remove any of it.
    private(set) var durableIndex: UInt64
    /// The log up to here has been handed out.
    private(set) var handedIndex: UInt64
    private var truncateFrom: UInt64?
    private var snapshot: SnapshotMark?
    private var term: UInt64
    private var vote: ReplicaID?

    init(lastIndex: UInt64, hardState: HardState) {
        durableIndex = lastIndex
        handedIndex = lastIndex
        term = hardState.term
        vote = hardState.vote
    }

    /// Writes that are not durable yet.
    var inFlightCount: Int { inFlight.count }

    func isDue(term: UInt64, vote: ReplicaID?, lastIndex: UInt64) -> Bool {
        truncateFrom != nil || snapshot != nil || lastIndex > handedIndex || term != self.term || vote != self.vote
    }

    /// Takes note that the log's entries from `index` on are gone.
    mutating func truncate(from index: UInt64) {
        if handedIndex >= index {
            handedIndex = index - 1
            truncateFrom = min(truncateFrom ?? index, index)
        }
        limit(to: index - 1)
    }

    private mutating func limit(to index: UInt64) {
        durableIndex = min(durableIndex, index)
        for position in inFlight.indices where inFlight[position].lastIndex > index {
            inFlight[position].lastIndex = index
        }
    }

    /// Takes note that the log starts anew behind a snapshot.
    mutating func restart(at mark: SnapshotMark, keepingLater: Bool) {
        snapshot = mark
        if keepingLater {
            handedIndex = max(handedIndex, mark.index)
            // The log begins behind the mark now: nothing can be cut off before it.
            if let from = truncateFrom, from <= mark.index { truncateFrom = mark.index + 1 }
        } else {
            limit(to: 0)
            handedIndex = mark.index
            truncateFrom = mark.index + 1
        }
    }

    /// The next write, if there is anything to write.
    mutating func next(log: RaftLog, hardState: HardState) -> StorageWrite? {
        guard isDue(term: hardState.term, vote: hardState.vote, lastIndex: log.lastIndex) else { return nil }
        lastNumber += 1
        let write = StorageWrite(
            token: WriteToken(number: lastNumber), hardState: hardState, snapshot: snapshot, truncateFrom: truncateFrom,
            entries: log.entries(from: handedIndex + 1))
        inFlight.append(InFlight(number: lastNumber, lastIndex: log.lastIndex))
        handedIndex = log.lastIndex
        truncateFrom = nil
        snapshot = nil
        term = hardState.term
        vote = hardState.vote
        return write
    }

    /// Takes note that everything up to a write is durable. False for a token that says nothing new.
    mutating func complete(_ token: WriteToken) -> Bool {
        guard token.number > persistedNumber, token.number <= lastNumber else { return false }
        persistedNumber = token.number
        var done = 0
        while done < inFlight.count, inFlight[done].number <= token.number {
            durableIndex = max(durableIndex, inFlight[done].lastIndex)
            done += 1
        }
        inFlight.removeSubrange(..<done)
        return true
    }
}
