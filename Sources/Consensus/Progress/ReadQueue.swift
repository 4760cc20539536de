/// Reads on their way through ReadIndex (thesis, 6.4).
///
/// A round of heartbeats confirms that this replica leads; it serves every read that came before it was sent. Its
/// number is never used again: whoever answers a round has followed this leader after the round began.
struct ReadQueue: Sendable {
    private struct Round: Sendable {
        let number: UInt64
        let index: UInt64
        let reads: [UInt64]
    }

    /// Reads without a round yet; also those that wait for the first commit of the term.
    private var fresh: [UInt64] = []
    private var rounds: [Round] = []
    private(set) var round: UInt64 = 0
    private(set) var count = 0

    var hasFresh: Bool { !fresh.isEmpty }
    var isAwaitingRound: Bool { !rounds.isEmpty }

    mutating func add(_ read: UInt64) {
        fresh.append(read)
        count += 1
    }

    /// Begins a round for the reads that wait. Without any it only takes a new number, for a repetition.
    mutating func begin(at commit: UInt64) -> UInt64 {
        round += 1
        if !fresh.isEmpty {
            rounds.append(Round(number: round, index: commit, reads: fresh))
            fresh.removeAll()
        }
        return round
    }

    /// Takes the reads of all rounds up to one that a quorum has answered.
    mutating func finish(through confirmed: UInt64) -> [ReadIndex] {
        var finished: [ReadIndex] = []
        var done = 0
        while done < rounds.count, rounds[done].number <= confirmed {
            finished += rounds[done].reads.map { ReadIndex(id: $0, index: rounds[done].index) }
            done += 1
        }
        rounds.removeSubrange(..<done)
        count -= finished.count
        return finished
    }

    /// Takes every read that waits for a round at once, where no other voter needs to be asked.
    mutating func takeFresh(at commit: UInt64) -> [ReadIndex] {
        let taken = fresh.map { ReadIndex(id: $0, index: commit) }
        fresh.removeAll()
        count -= taken.count
        return taken
    }

    /// Takes all reads, at the end of the leadership.
    mutating func drain() -> [UInt64] {
        let all = rounds.flatMap(\.reads) + fresh
        self = ReadQueue()
        return all
    }
}
