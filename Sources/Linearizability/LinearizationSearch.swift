/// The search for an order, depth first over the responses.
///
/// At each response the operation that it answers must have taken effect; the search lets it, or first another one that
/// is under way. A way that was visited before at the same response is not followed again, so the search ends; the
/// latest response that it reached and never passed ends the shortest prefix without an order.
struct LinearizationSearch<Model: SequentialModel> {
    typealias Way = LinearizationWay<Model.State>

    private struct Response {
        var operation: Int
        /// Ascending indices of what was invoked and not answered before; the operation itself among them.
        var underWay: [Int]
    }

    private let model: Model
    private let operations: [TimedOperation<Model>]
    private let responses: [Response]
    private let limit: Int
    private var work = 0
    private var visited: [VisitedWays<Model.State>]
    /// Still to follow: a response, and a way that explains all before it.
    private var open: [(response: Int, way: Way)] = []

    init(_ model: Model, _ operations: [TimedOperation<Model>], limit: Int) {
        self.model = model
        self.operations = operations
        self.limit = limit
        responses = Self.responses(of: operations)
        visited = Array(repeating: VisitedWays(), count: responses.count)
    }

    mutating func run() -> Linearizability.Verdict {
        var latest = 0
        open = [(0, Way(state: model.initial))]
        while let (place, way) = open.popLast() {
            if place == responses.count { return .linearizable }
            latest = max(latest, place)
            follow(place, way)
            if work > limit { return .undecided }
        }
        return .violated(at: responses[latest].operation)
    }

    /// Puts what may come next on the stack, the most likely last.
    private mutating func follow(_ place: Int, _ way: Way) {
        let wanted = responses[place].operation
        if let position = way.taken.firstIndex(of: wanted) {
            var next = way
            next.taken.remove(at: position)
            push(place + 1, next)
            return
        }
        let others = responses[place].underWay.filter { $0 != wanted && !way.contains($0) }
        for index in others where operations[index].completed == nil { take(index, place, way) }
        for index in others where operations[index].completed != nil { take(index, place, way) }
        for state in step(way, wanted) {
            var next = way
            next.state = state
            push(place + 1, next)
        }
    }

    private mutating func take(_ index: Int, _ place: Int, _ way: Way) {
        for state in step(way, index) {
            // What may never have happened and would change nothing is best left out.
            if operations[index].completed == nil, state == way.state { continue }
            var next = way
            next.state = state
            if operations[index].completed == nil {
                next.used = way.used.inserting(index)
            } else {
                next.taken = way.taken.inserting(index)
            }
            push(place, next)
        }
    }

    private mutating func step(_ way: Way, _ index: Int) -> [Model.State] {
        work += 1
        return work > limit ? [] : model.step(way.state, operations[index].input, operations[index].output)
    }

    private mutating func push(_ place: Int, _ way: Way) {
        if place < responses.count, !visited[place].insert(way, work: &work) { return }
        open.append((place, way))
    }

    /// In the order of time; invocations come before responses of the same time, as only a gap between them is an order.
    private static func responses(of operations: [TimedOperation<Model>]) -> [Response] {
        var events: [(time: Int64, kind: Int, operation: Int)] = []
        for (index, operation) in operations.enumerated() {
            events.append((operation.invoked, 0, index))
            if let completed = operation.completed {
                events.append((max(completed, operation.invoked), 1, index))
            }
        }
        events.sort { $0 < $1 }
        var responses: [Response] = []
        var underWay: [Int] = []
        for event in events {
            if event.kind == 0 {
                underWay = underWay.inserting(event.operation)
            } else {
                responses.append(Response(operation: event.operation, underWay: underWay))
                underWay.removeAll { $0 == event.operation }
            }
        }
        return responses
    }
}
