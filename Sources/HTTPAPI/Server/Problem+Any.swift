import Cluster

extension Problem {
    /// The answer to any error of a route.
    init(any error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as CallError: self = Problem(error)
        case is CancellationError: self = .outcomeUnknown("The node is stopping")
        default: self = .failure()
        }
    }
}
