/// When a damaged log is whole again.
extension RaftGroup {
    /// Ends the rules for a damaged log once it reaches what it lost.
    mutating func reviewCondition() {
        let lost: LogPosition?
        switch condition {
        case .intact: return
        case .tailUncertain(let place): lost = place
        case .repairing(let place): lost = place
        }
        let isWhole = lost.map { log.last >= $0 } ?? (log.last.term > restoredTerm)
        guard isWhole else { return }
        condition = .intact
        lostTerm = nil
    }

    /// A later term became known. A replica that has lost its own may have acknowledged entries in that one, so an entry of
    /// it proves nothing, unless it began after the restart.
    ///
    /// It did where a candidate asks for votes (which is why ``admits(_:)`` does not come here then), and where its leader
    /// has spoken in an earlier term since the restart.
    mutating func mayHaveKnown(_ newTerm: UInt64, ledBy leader: ReplicaID?) {
        guard let lostTerm, leader.map({ !lostTerm.isEarlier($0, than: newTerm) }) ?? true else { return }
        restoredTerm = max(restoredTerm, newTerm)
    }
}

/// What a replica that has lost its term has heard since its restart, until it is whole.
struct LostTerm: Sendable {
    /// The earliest term in which each replica has spoken.
    private var earliest: [ReplicaID: UInt64] = [:]

    mutating func heard(_ replica: ReplicaID, in term: UInt64) {
        earliest[replica] = min(earliest[replica] ?? term, term)
    }

    func isEarlier(_ replica: ReplicaID, than term: UInt64) -> Bool { earliest[replica].map { $0 < term } ?? false }
}
