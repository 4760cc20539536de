/// Decides whether operations on one object could have taken effect one after another.
///
/// An object is linearizable if every operation seems to take effect at one moment between its invocation and its
/// response (Herlihy and Wing 1990). The search is that of Wing and Gong (1993) in Lowe's form (“Testing for
/// linearizability”, 2017): operations take effect as late as possible, just before the response that needs them, and
/// what was tried once is remembered. The first response that nothing explains ends the shortest prefix that is not
/// linearizable.
///
/// The property is local: a history is linearizable if that of each object is. So histories are checked object by object,
/// and the work grows with the concurrency at one object, not with the length of the history. With many operations of
/// unknown outcome it can still grow exponentially, hence the limit.
public enum Linearizability {
    /// Steps of the model and comparisons of states for one object, before the search gives up.
    public static let workLimit = 1_000_000
    /// The same for each of the searches for evidence, of which there are at most ``evidenceLimit``.
    public static let evidenceWorkLimit = 20_000
    /// Longest prefix, in answered operations, of which the operations that matter are looked for.
    public static let evidenceLimit = 200

    public enum Verdict: Sendable, Equatable {
        /// There is an order that explains every answer.
        case linearizable
        /// No order explains the answer of this operation together with all answers before it.
        case violated(at: Int)
        /// The limit was reached first; nothing is known.
        case undecided
    }

    /// Checks operations on one object, in any order.
    ///
    /// An operation precedes another if it was completed before, and not at, the other's invocation. One that was
    /// completed before it was invoked is taken as completed when it was invoked.
    public static func check<Model: SequentialModel>(
        _ model: Model, operations: [TimedOperation<Model>], workLimit: Int = workLimit
    ) -> Verdict {
        var search = LinearizationSearch(model, operations, limit: workLimit)
        return search.run()
    }

    /// The operations whose answers contradict each other, among those up to the response that ended the prefix.
    ///
    /// One answer after the other is forgotten, the newest first, as long as the rest still contradicts itself. Of a
    /// prefix longer than ``evidenceLimit`` all answered operations are given.
    /// - Parameter last: the operation that ``check(_:operations:workLimit:)`` named.
    /// - Returns: ascending indices, `last` among them; nothing if `last` names no answered operation.
    public static func evidence<Model: SequentialModel>(
        _ model: Model, of operations: [TimedOperation<Model>], upTo last: Int
    ) -> [Int] {
        guard operations.indices.contains(last), let end = operations[last].completed else { return [] }
        let places = operations.indices.filter { operations[$0].invoked <= end || $0 == last }
        var prefix = places.map { place in
            var operation = operations[place]
            if let completed = operation.completed, completed > end { operation.completed = nil }
            return operation
        }
        let answered = prefix.indices.filter { prefix[$0].completed != nil }
        guard answered.count <= evidenceLimit else { return answered.map { places[$0] } }
        let newestFirst = answered.sorted { (prefix[$0].invoked, $0) > (prefix[$1].invoked, $1) }
        for place in newestFirst where places[place] != last {
            let completed = prefix[place].completed
            prefix[place].completed = nil
            let verdict = check(model, operations: prefix, workLimit: evidenceWorkLimit)
            if case .violated(let found) = verdict, places[found] == last { continue }
            prefix[place].completed = completed
        }
        return answered.filter { prefix[$0].completed != nil }.map { places[$0] }
    }
}
