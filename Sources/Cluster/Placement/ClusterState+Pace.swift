public import Primitives

/// Which move begins next, and when.
extension ClusterState {
    /// How long a place among the moves of a rebalance stays empty after each of them.
    ///
    /// Who calls a shard while it changes its leader waits a moment longer. A customer has to do with three shards; with one of
    /// 64 that moves half a second of every two, about one in a hundred meets it. Emptying or replacing a node, and copies
    /// that a shard lacks, are urgent: they go first, wait for no rest, and nothing rests after them.
    package static let rest = Span.milliseconds(1_500)
    /// Moves of which the rest counts: no operation has more places.
    fileprivate static let restsCounted = 16

    /// The earliest time at which a step may begin that only has to wait for a rest.
    public func nextDue(soft: Soft) -> Instant? {
        guard nextStep(at: .distantFuture) != nil else { return nil }
        return Set(running.flatMap(\.rests)).sorted().first { nextStep(at: $0) != nil }
    }

    /// The operation and the place of the step that may begin now.
    func nextStep(at now: Instant) -> (Operation, Int)? {
        guard let map else { return nil }
        // What goes back to where it was is no move.
        let moving = map.groups.count { group in
            let place = map.place(of: group)
            return place.target.map { $0 != place.replicas } ?? false
        }
        let resting = running.flatMap(\.rests).count { $0 > now }
        for operation in running where moving < operation.concurrent {
            let waiting = operation.steps.indices.filter { index in
                let step = operation.steps[index]
                return step.state == .waiting && map.place(of: step.shard).target == nil
            }
            let urgent = waiting.first { operation.kind != .rebalance || operation.steps[$0].addsCopies }
            if let urgent { return (operation, urgent) }
            if let next = waiting.first, moving + resting < operation.concurrent { return (operation, next) }
        }
        return nil
    }
}

extension Operation {
    /// When the newest moves will have rested.
    fileprivate var rests: [Instant] {
        guard kind == .rebalance else { return [] }
        let moves = steps.filter { $0.state == .done && $0.started > .zero && !$0.addsCopies }
        return moves.map { $0.ended + ClusterState.rest }.sorted().suffix(ClusterState.restsCounted)
    }
}

extension Operation.Step {
    /// Whether the shard has more copies afterwards.
    fileprivate var addsCopies: Bool { to.count > from.count }
}
