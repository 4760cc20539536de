/// A small seeded generator (SplitMix64, Steele, Lea and Flood, OOPSLA 2014).
///
/// Every random decision takes one of these, so that one seed repeats a whole run. Not for secrets by itself:
/// a node seeds it from the system's entropy.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True with the given probability in parts per thousand.
    public mutating func chance(_ perThousand: Int) -> Bool {
        Int(next() % 1_000) < perThousand
    }

    /// A whole number in `range`.
    public mutating func pick(_ range: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: range, using: &self)
    }

    /// A generator of its own, so that one consumer's draws do not shift another's.
    public mutating func split() -> SeededRandom { SeededRandom(seed: next()) }
}
