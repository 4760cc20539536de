internal import Primitives

/// How well this node itself is, by how often it fails to do its part in time (Lifeguard, section IV-A): 0 is well. A
/// node that is unwell gives others more time before it accuses them.
struct LocalHealth: Sendable, Hashable {
    private(set) var score = 0
    let maximum: Int

    init(maximum: Int) { self.maximum = maximum }

    mutating func worsen(by steps: Int = 1) { score = min(maximum, score + max(0, steps)) }
    mutating func improve() { score = max(0, score - 1) }

    func scaled(_ span: Span) -> Span { span * Int64(score + 1) }
}
