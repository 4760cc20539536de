import Primitives

/// One replica of one Raft group: a pure value (Ongaro and Ousterhout, "In Search of an Understandable Consensus
/// Algorithm", 2014; Ongaro's thesis, 2014).
///
/// Inputs are mutating methods; what they want done is collected and taken with ``takeReady()``. It knows no clock,
/// disk, network or application. Everything is deterministic in the inputs and the seed. A driver calls the methods of
/// one group one at a time, and after each input (or batch of inputs) takes the ``Ready`` and carries it out.
public struct RaftGroup: Sendable {
    public let id: ReplicaID
    let settings: RaftSettings
    let fault: PlantedFault?
    var random: SeededRandom

    // Persistent state (Raft paper, figure 2).
    public internal(set) var term: UInt64
    var vote: ReplicaID?
    var log: RaftLog
    var configurations: ConfigurationHistory

    // Volatile state.
    public internal(set) var role = RaftRole.follower
    public internal(set) var leader: ReplicaID?
    public internal(set) var commit: UInt64
    public internal(set) var condition: ReplicaCondition
    /// See ``Restored/witness``.
    let witness: ReplicaID?
    /// Whether this replica may become a leader; a node whose clock is off says no. Votes stay as they are.
    public var mayCampaign = true
    /// The last term in which entries can have been made that damage took away: that of the restart, or, for a replica that
    /// has lost its term, that of the learner which brings back what it has lost.
    var restoredTerm: UInt64
    /// While the term that this replica had may have been a later one.
    var lostTerm: LostTerm?

    // Elections.
    var electionElapsed = 0
    var electionTimeout = 0
    /// The answers to the campaign; looked up, never walked through.
    var votes: [ReplicaID: Bool] = [:]

    // Leaders.
    var progress: [Progress] = []
    /// Ticks of this leadership.
    var ticks = 0
    var heartbeatElapsed = 0
    var termStart: UInt64 = 0
    var uncommittedBytes = 0
    var transfer: Transfer?
    var reads = ReadQueue()
    var mayHaveAppends = false

    // The application.
    var handedOut: UInt64
    public internal(set) var applied: UInt64

    // Storage and output.
    var storage: WriteTracker
    /// Promises made since the last write was handed out; they wait for the next one.
    var promises: [Promise] = []
    var gated: [GatedPromise] = []
    var pending = Ready()
    var reported: SoftState

    struct Transfer: Sendable {
        let target: ReplicaID
        var elapsed = 0
    }

    /// What may happen only once it is durable.
    enum Promise: Sendable {
        case send(RaftMessage)
        case countOwnVote(term: UInt64)
    }

    struct GatedPromise: Sendable {
        let write: UInt64
        let promise: Promise
    }

    /// Starts a replica, new or after a restart.
    ///
    /// - Parameter seed: of the jitter of elections; different for each replica.
    /// - Throws: ``RestoreError`` when `restored` or `settings` make no sense.
    public init(
        id: ReplicaID, settings: RaftSettings = RaftSettings(), restored: Restored, seed: UInt64,
        planting fault: PlantedFault? = nil
    ) throws(RestoreError) {
        try settings.validate()
        try restored.validate()
        self.id = id
        self.settings = settings
        self.fault = fault
        random = SeededRandom(seed: seed)
        term = restored.effectiveHardState.term
        restoredTerm = term
        if restored.isTermLost { lostTerm = LostTerm() }
        vote = restored.effectiveHardState.vote
        log = RaftLog(snapshot: restored.snapshot, entries: restored.entries)
        configurations = ConfigurationHistory(restored.snapshot)
        for entry in restored.entries where entry.kind == .configuration {
            guard let configuration = try? GroupConfiguration(decoding: entry.payload), configuration != .nobody else {
                throw .configuration(index: entry.index)
            }
            configurations.append(configuration, at: entry.index)
        }
        applied = max(restored.applied, restored.snapshot.index)
        handedOut = applied
        commit = max(min(restored.hardState.commit, log.lastIndex), applied)
        condition = restored.condition
        witness = restored.witness
        storage = WriteTracker(lastIndex: log.lastIndex, hardState: restored.hardState)
        reported = SoftState(role: .follower, term: term, leader: nil)
        if condition == .intact, restored.hardState.commit > log.lastIndex {
            // The log once held a committed entry that is not there any more.
            condition = .tailUncertain(lost: nil)
        }
        reviewCondition()
        resetElectionTimer()
    }

    // MARK: inputs

    /// Lets time pass.
    ///
    /// After a pause a driver passes all the ticks missed in one call: a leader then first looks at how long ago it
    /// heard of a quorum and steps down before it serves anything. A follower counts at most one heartbeat interval of
    /// them, since what it missed may be waiting in its inbox.
    public mutating func tick(_ count: Int = 1) {
        precondition(count >= 1, "time passes forwards, got \(count) ticks")
        if role == .leader {
            tickLeader(count)
        } else {
            let before = electionElapsed
            electionElapsed += min(count, settings.heartbeatTicks)
            if electionElapsed >= electionTimeout {
                electionElapsed = electionTimeout
                // One that is told not to lead knows all the same that nobody does.
                if !mayCampaign { leader = nil }
                campaign()
            } else if role == .preCandidate {
                askAgain(since: before)
            }
        }
    }

    /// Takes a message from another replica. Messages that make no sense are dropped.
    public mutating func receive(_ message: RaftMessage) {
        guard message.to == id, message.from != id, message.isPlausible else { return }
        lostTerm?.heard(message.from, in: message.term)
        guard admits(message) else { return }
        switch message.body {
        case .preVote(let last): answerPreVote(message, last)
        case .preVoteAnswer(let campaign, let granted):
            takePreVoteAnswer(from: message.from, campaign: campaign, granted: granted)
        case .requestVote(let last, _):
            if isWitness(message.from) { hear(witness: message.from, last) } else { answerVote(message.from, last) }
        case .voteAnswer(let granted): takeVoteAnswer(from: message.from, granted: granted)
        case .append(let previous, let entries, let commit):
            takeAppend(from: message.from, previous: previous, entries: entries, commit: commit)
        case .appendAccepted(let match): takeAccepted(from: message.from, match: match)
        case .appendRejected(let previous, let hint, let lostEntries):
            takeRejected(from: message.from, previous: previous, hint: hint, lostEntries: lostEntries)
        case .heartbeat(let commit, let round): takeHeartbeat(from: message.from, commit: commit, round: round)
        case .heartbeatAnswer(let commit, let round):
            takeHeartbeatAnswer(from: message.from, commit: commit, round: round)
        case .timeoutNow: takeTimeoutNow(from: message.from)
        }
    }

    /// The rules that hold for all messages (Raft paper, 5.1): a later term makes a follower, an earlier one is
    /// refused. False when the message has been dealt with.
    private mutating func admits(_ message: RaftMessage) -> Bool {
        if message.term > term { return admitsLater(message) }
        if message.term == term { return true }
        switch message.body {
        case .preVoteAnswer(let campaign, let granted): return granted && campaign == term + 1
        case .preVote:
            send(to: message.from, .preVoteAnswer(campaign: message.term + 1, granted: false))
            peerFound(message.from)
        case .requestVote:
            send(to: message.from, .voteAnswer(granted: false))
        case .append, .heartbeat:
            // A leader of an earlier term learns of this one, or the group would wait for this replica for ever.
            if term >= 1 { send(to: message.from, .heartbeatAnswer(commit: 0, round: 0)) }
        case .timeoutNow:
            // A voter that has lost its log may have lost its term with it.
            if mayStandIn(for: message.from) { send(to: message.from, .voteAnswer(granted: false)) }
        case .voteAnswer, .appendAccepted, .appendRejected, .heartbeatAnswer: break
        }
        return false
    }

    private mutating func admitsLater(_ message: RaftMessage) -> Bool {
        switch message.body {
        case .preVote: return true
        case .requestVote(_, let isForced):
            // Whoever hears a leader helps nobody to depose it (thesis, 4.2.3), unless that leader asked for it.
            if hearsLeader && !isForced { return false }
            becomeFollower(in: message.term, of: nil)
        case .append, .heartbeat:
            mayHaveKnown(message.term, ledBy: message.from)
            becomeFollower(in: message.term, of: message.from)
        case .preVoteAnswer, .voteAnswer, .appendAccepted, .appendRejected, .heartbeatAnswer, .timeoutNow:
            mayHaveKnown(message.term, ledBy: nil)
            becomeFollower(in: message.term, of: nil)
        }
        return true
    }

    /// Takes note that a write is on stable storage, and with it all earlier ones.
    public mutating func persisted(_ token: WriteToken) {
        guard storage.complete(token) else { return }
        var released = 0
        while released < gated.count, gated[released].write <= token.number {
            keep(gated[released].promise)
            released += 1
        }
        gated.removeSubrange(..<released)
        countOwnLog()
    }

    /// Takes note that the application has applied all entries up to an index that ``Ready/committed`` brought.
    public mutating func applied(upTo index: UInt64) {
        precondition(index <= handedOut, "entry \(index) cannot be applied, only \(handedOut) were handed out")
        applied = max(applied, index)
    }
}
