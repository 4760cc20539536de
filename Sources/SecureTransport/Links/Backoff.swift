package import Primitives

/// How long to wait before the next attempt: doubling from `first` to `longest`, each between half and the whole of
/// that, so that nodes which lost the same peer do not come back together.
///
/// With 100 ms and 5 s: 50–100 ms, 100–200 ms, 200–400 ms, … 2.5–5 s.
package struct Backoff {
    package let first: Span
    package let longest: Span
    private var attempt = 0
    private var random: SeededRandom

    package init(first: Span, longest: Span, seed: UInt64) {
        self.first = first
        self.longest = longest
        random = SeededRandom(seed: seed)
    }

    package mutating func next() -> Span {
        let whole = min(first * (Int64(1) << Int64(min(attempt, 20))), longest)
        attempt += 1
        return .microseconds(random.pick((whole.microseconds / 2)...max(whole.microseconds, 1)))
    }

    package mutating func reset() { attempt = 0 }
}
