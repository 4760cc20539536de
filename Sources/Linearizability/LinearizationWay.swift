/// One way to explain a history up to a moment (Lowe: a configuration).
struct LinearizationWay<State: Hashable> {
    var state: State
    /// Ascending indices of operations that took effect and are not answered yet.
    var taken: [Int] = []
    /// Ascending indices of operations of unknown outcome that took effect.
    var used: [Int] = []

    func contains(_ operation: Int) -> Bool { taken.contains(operation) || used.contains(operation) }
}

extension [Int] {
    /// These, ascending, with one more in its place.
    func inserting(_ element: Int) -> [Int] {
        var copy = self
        copy.insert(element, at: firstIndex { $0 > element } ?? endIndex)
        return copy
    }
}
