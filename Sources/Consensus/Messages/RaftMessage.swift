/// A message between two replicas of a group. It may be lost, delayed, repeated and overtaken by others.
public struct RaftMessage: Hashable, Sendable {
    public let from: ReplicaID
    public let to: ReplicaID
    /// The sender's term.
    public let term: UInt64
    public let body: Body

    /// The most entries of one message, also for the decoder.
    public static let entryLimit = 65_536

    public init(from: ReplicaID, to: ReplicaID, term: UInt64, body: Body) {
        self.from = from
        self.to = to
        self.term = term
        self.body = body
    }

    /// What a message says; the comment gives the tag on the wire.
    public enum Body: Hashable, Sendable {
        /// Would you vote for me in the term after mine? (1; thesis, 9.6)
        case preVote(last: LogPosition)
        /// (2) `campaign` is the term that was asked for.
        case preVoteAnswer(campaign: UInt64, granted: Bool)
        /// (3; Raft paper, 5.2) Forced: the leader asked for this election (thesis, 3.10).
        case requestVote(last: LogPosition, isForced: Bool)
        /// (4)
        case voteAnswer(granted: Bool)
        /// (5; Raft paper, 5.3)
        case append(previous: LogPosition, entries: [LogEntry], commit: UInt64)
        /// (6) The sender's durable log equals the leader's up to `match`.
        case appendAccepted(match: UInt64)
        /// (7) The sender has no entry of that term at `previous`; `hint` is the last place that can match.
        /// `lostEntries`: the sender's log was damaged, so it may end before what it acknowledged earlier.
        case appendRejected(previous: UInt64, hint: LogPosition, lostEntries: Bool)
        /// (8) `round` confirms reads (thesis, 6.4); it rises within a term and is never used again.
        case heartbeat(commit: UInt64, round: UInt64)
        /// (9) Also the answer to a leader of an earlier term, which steps down at the sight of the term.
        case heartbeatAnswer(commit: UInt64, round: UInt64)
        /// (10) Campaign at once (thesis, 3.10).
        case timeoutNow
    }

    /// Whether the numbers are such as replicas send; others are dropped before any calculation.
    var isPlausible: Bool {
        guard term <= LogPosition.largestNumber else { return false }
        switch body {
        case .preVote(let last): return last.isPlausible && last.term <= term
        case .preVoteAnswer: return true
        default: return term >= 1 && isPlausibleInTerm
        }
    }

    private var isPlausibleInTerm: Bool {
        switch body {
        case .requestVote(let last, _): return last.isPlausible && last.term < term
        case .append(let previous, let entries, _): return Self.follow(previous, entries, term: term)
        case .appendRejected(let previous, let hint, _):
            return previous <= LogPosition.largestNumber && hint.isPlausible
        case .preVote, .preVoteAnswer, .voteAnswer, .appendAccepted, .heartbeat, .heartbeatAnswer, .timeoutNow:
            return true
        }
    }

    private static func follow(_ previous: LogPosition, _ entries: [LogEntry], term: UInt64) -> Bool {
        guard previous.isPlausible, previous.term <= term else { return false }
        var last = previous
        for entry in entries {
            guard entry.index == last.index + 1, entry.term >= last.term, entry.term <= term else { return false }
            last = entry.position
        }
        return last.isPlausible
    }
}
