internal import Primitives

/// The time that a suspected member has to refute: long at first, shorter with each other node that accuses it too
/// (Lifeguard, section IV-B).
struct Suspicion: Sendable, Hashable {
    /// Of the way from the longest to the shortest time, in thousandths, after so many confirmations of those needed:
    /// `log(confirmations + 1) / log(needed + 1)`.
    private static let progress: [[Int64]] = [[1_000], [0, 1_000], [0, 631, 1_000]]

    private var began: Instant
    /// Who accuses it, in the order of their words; the first one began it.
    private(set) var accusers: [NodeID]
    /// Accusers beyond the first that count.
    let needed: Int
    let shortest: Span
    let longest: Span
    /// That enough others say the same as this node was told already.
    var isConfirmed = false

    /// - Parameter members: how many take part, the suspect and this node included.
    init(by accuser: NodeID, members: Int, settings: SwimSettings, at now: Instant) {
        began = now
        accusers = [accuser]
        needed = settings.isLifeguard ? min(2, max(0, members - 2)) : 0
        shortest = settings.shortestSuspicion(members: members)
        longest = shortest * settings.suspicionMaximum
    }

    var deadline: Instant {
        let confirmations = min(needed, accusers.count - 1)
        let saved = (longest.microseconds - shortest.microseconds) / 1_000 * Self.progress[needed][confirmations]
        return began + Span(microseconds: longest.microseconds - saved)
    }

    /// - Parameter own: this node, whose own word counts however many others have spoken before.
    /// - Returns: whether the word is news that others should hear.
    mutating func confirm(by accuser: NodeID, own: NodeID) -> Bool {
        guard accusers.count < needed + 1 || accuser == own, !accusers.contains(accuser) else { return false }
        accusers.append(accuser)
        return true
    }

    /// Whether this node and enough others accuse it.
    func isConfirmed(for node: NodeID) -> Bool { accusers.contains(node) && accusers.count > needed }

    /// This node stood still for a while, in which no refutation could come in.
    mutating func prolong(by span: Span) { began = began + span }
}
