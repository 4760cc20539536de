/// What a segment still holds that somebody may need.
package struct SegmentUse: Sendable, Equatable {
    package let number: UInt32
    /// The highest entry of each group in it.
    var highest: [UInt32: UInt64] = [:]
    /// It is renamed instead of used again.
    var isDamaged = false

    init(number: UInt32) { self.number = number }

    mutating func raise(_ group: UInt32, to index: UInt64) { highest[group] = max(highest[group] ?? 0, index) }
}
