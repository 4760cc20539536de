package import Primitives

/// How far a node's clock is from those of the others, as their beats tell (architecture, section 3, "Time").
///
/// A message on its way makes its sender's clock look slower, never faster: of the samples of a while the largest is
/// the nearest to the truth. A clock that was set back shows after that while.
package struct ClockWatch {
    /// A node further from the median gives leadership up.
    static let limit = Span.milliseconds(500)
    /// It takes leadership again when it is nearer than this, so that one at the limit does not come and go.
    static let returnLimit = Span.milliseconds(400)
    /// Samples count for one to two of these.
    static let window = Span.seconds(5)

    private struct Samples {
        var newest: Span
        var before: Span?
        var began: Instant
    }

    private var peers: [NodeID: Samples] = [:]
    package private(set) var isOff = false
    /// How far the median of all clocks is ahead of this one, when it was last judged.
    private(set) var distance = Span.zero

    package init() {}

    /// A peer's clock as its message says.
    package mutating func hear(_ clock: Instant, of peer: NodeID, at now: Instant) {
        let sample = clock - now
        guard var samples = peers[peer], now - samples.began < Self.window + Self.window else {
            peers[peer] = Samples(newest: sample, before: nil, began: now)
            return
        }
        if now - samples.began >= Self.window {
            samples = Samples(newest: sample, before: samples.newest, began: now)
        } else {
            samples.newest = max(samples.newest, sample)
        }
        peers[peer] = samples
    }

    /// Judges this node's clock.
    /// - Parameter nodes: how many nodes the cluster has. Without word of a majority, or of two others at least, nothing
    ///   is known, and the last verdict stands.
    package mutating func judge(nodes: Int, at now: Instant) {
        let known = peers.values.filter { now - $0.began < Self.window + Self.window }
        guard known.count >= 2, 2 * (known.count + 1) > nodes else { return }
        distance = Self.median(known.map { max($0.newest, $0.before ?? $0.newest) } + [.zero])
        isOff = distance.microseconds.magnitude > (isOff ? Self.returnLimit : Self.limit).microseconds.magnitude
    }

    /// Of an even number of values the middle one that is nearer to this node's own clock: it takes more than one other
    /// to say that this one is wrong.
    private static func median(_ values: [Span]) -> Span {
        let sorted = values.sorted()
        let upper = sorted[sorted.count / 2]
        guard sorted.count % 2 == 0 else { return upper }
        let lower = sorted[sorted.count / 2 - 1]
        return lower.microseconds.magnitude < upper.microseconds.magnitude ? lower : upper
    }
}
