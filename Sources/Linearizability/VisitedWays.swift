/// The ways that a search has come by at one event, without those that another one makes needless.
///
/// Of two ways that differ only in the operations of unknown outcome that were used up, the one that used fewer can do
/// whatever the other can.
struct VisitedWays<State: Hashable> {
    private struct Key: Hashable {
        var state: State
        var taken: [Int]
    }

    /// None of the sets of one key is a part of another.
    private var used: [Key: [[Int]]] = [:]

    /// Notes a way.
    /// - Parameter work: is raised by the number of comparisons.
    /// - Returns: `false` if the way, or one that can do as much, was there already.
    mutating func insert(_ way: LinearizationWay<State>, work: inout Int) -> Bool {
        let key = Key(state: way.state, taken: way.taken)
        guard let known = used[key] else {
            used[key] = [way.used]
            return true
        }
        work += known.count
        if known.contains(where: { Self.isSubset($0, of: way.used) }) { return false }
        used[key] = known.filter { !Self.isSubset(way.used, of: $0) } + [way.used]
        return true
    }

    /// Both ascending.
    private static func isSubset(_ part: [Int], of whole: [Int]) -> Bool {
        guard part.count <= whole.count else { return false }
        var place = whole.startIndex
        for element in part {
            while place < whole.endIndex, whole[place] < element { place += 1 }
            guard place < whole.endIndex, whole[place] == element else { return false }
            place += 1
        }
        return true
    }
}
