/// What a leader knows of one member, itself included (Raft paper, figure 2: `matchIndex`, `nextIndex`).
struct Progress: Sendable {
    enum State: Hashable, Sendable {
        /// Looking for the place where the logs agree: one message at a time.
        case probe
        /// Sending ahead of the answers.
        case replicate
        /// Waiting for the driver to bring a snapshot of this index over.
        case snapshot(UInt64)
    }

    let id: ReplicaID
    var match: UInt64 = 0
    var next: UInt64
    var state = State.probe
    /// The probe under way has not been answered; an answer to a heartbeat lets the next one go.
    var isPaused = false
    /// An empty message is to be sent, to find out whether earlier ones were lost.
    var isNudged = false
    var inflight = InflightWindow()
    /// The leader's tick at which the member was last heard of in this term.
    var heardAt: Int
    /// The commit index that the member is known to know.
    var commitKnown: UInt64 = 0
    /// The last round of heartbeats that the member answered.
    var round: UInt64 = 0
    var isVoter = false
    var isOutgoing = false

    init(_ id: ReplicaID, next: UInt64, heardAt: Int) {
        self.id = id
        self.next = next
        self.heardAt = heardAt
    }

    mutating func probe(from index: UInt64) {
        state = .probe
        next = max(index, match + 1)
        isPaused = false
        isNudged = false
        inflight.reset()
    }

    mutating func replicate() {
        state = .replicate
        next = match + 1
        isPaused = false
        inflight.reset()
    }

    /// Takes an accepted append into account. False if it says nothing new.
    mutating func accepted(_ index: UInt64, base: UInt64) -> Bool {
        let isNews = index > match
        match = max(match, index)
        next = max(next, match + 1)
        switch state {
        case .probe:
            replicate()
            return true
        case .replicate:
            inflight.free(upTo: index)
        case .snapshot:
            if match >= base { replicate() }
        }
        return isNews
    }
}
