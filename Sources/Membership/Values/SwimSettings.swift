public import Primitives

/// Times and limits of the protocol. The defaults are those of the findings (section 5.1).
public struct SwimSettings: Sendable, Hashable {
    /// Between two probes of this node, at full health.
    public var probeInterval = Span.milliseconds(500)
    /// For the answer to a direct probe, at full health.
    public var probeTimeout = Span.milliseconds(200)
    /// For the answer by way of helpers, behind the direct one.
    public var indirectTimeout = Span.milliseconds(250)
    /// How many others are asked to probe in this node's place.
    public var helpers = 3
    /// The shortest time for a refutation is so many probe intervals, times log10 of the number of members.
    public var suspicionMultiplier: Int64 = 4
    /// The longest is so many times the shortest: it holds until others confirm the suspicion.
    public var suspicionMaximum: Int64 = 6
    /// The worst local health.
    public var healthMaximum = 8
    /// Between two rounds of gossip, while there is news.
    public var gossipInterval = Span.milliseconds(200)
    /// How many members are told in a round.
    public var gossipFanout = 3
    /// Each piece of news is sent so many times, times log10 of the number of members.
    public var retransmitMultiplier = 4
    /// Between two exchanges of everything with somebody.
    public var syncInterval = Span.seconds(15)
    /// How long dead and gone members are remembered, so that nobody brings them back.
    public var forgetAfter = Span.seconds(24 * 3_600)
    /// How long a broken connection may be away before its node is suspected.
    public var grace = Span.milliseconds(100)
    /// Bytes of news in one message.
    public var newsBytes = 1_200
    /// Members that this node knows at most; more are not taken.
    public var membersLimit = 1_024
    /// Between two calls of ``Swim/tick(at:)``; a call that comes later by more than a probe's time-out means that this
    /// node stood still.
    public var tick = Span.milliseconds(50)
    /// Without Lifeguard this is plain SWIM with suspicion, to compare.
    public var isLifeguard = true

    public init() {}

    /// Log10 of the number of members, in thousandths, at least 1: by interpolation between powers of two, so that every
    /// machine has the same.
    static func scale(members: Int) -> Int64 {
        let count = Int64(max(1, members))
        let power = Int64(63 - count.leadingZeroBitCount)
        let low = Int64(1) << power
        let log2 = power * 1_000 + (count - low) * 1_000 / low
        return max(1_000, log2 * 301 / 1_000)
    }

    /// The shortest time for a refutation.
    func shortestSuspicion(members: Int) -> Span {
        let scaled = suspicionMultiplier * probeInterval.microseconds * Self.scale(members: members) / 1_000
        return Span(microseconds: scaled)
    }

    /// How often a piece of news is sent.
    func transmissions(members: Int) -> Int {
        retransmitMultiplier * Int((Self.scale(members: members) + 999) / 1_000)
    }
}
