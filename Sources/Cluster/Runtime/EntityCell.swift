internal import Primitives

/// One activated entity of any kind, confined to its shard's loop: where it is kept, and the functions of its kind.
struct EntityCell {
    let kind: EntityFunctions
    let storage: AnyObject

    /// Decides against the newest state, committed or not. Nothing changes but the soft state.
    func decide(_ input: CommandInput, in context: inout DecisionContext) throws(WireError) -> CellDecision {
        try kind.decide(storage, input, &context)
    }

    /// Decides about a timer that has come due.
    func decideDue(in context: inout DecisionContext) -> CellDecision { kind.decideDue(storage, &context) }

    /// Decides about the forced recovery of another shard.
    func decideRecovered(_ shard: ShardID, in context: inout DecisionContext) -> CellDecision {
        kind.decideRecovered(storage, shard, &context)
    }

    /// The staged events are in the log at `index`: they count from now on, and survive a failover once committed.
    func logged(at index: UInt64, time: Instant, isCommitted: Bool) { kind.logged(storage, index, time, isCommitted) }

    /// Everything up to `index` is committed.
    func commit(upTo index: UInt64) { kind.commit(storage, index) }

    /// Applies events of a record from an earlier life.
    func replay(_ events: [UInt8], at time: Instant) throws(WireError) { try kind.replay(storage, events, time) }

    var nextDue: Instant? { kind.nextDue(storage) }

    /// False while no event was ever logged.
    var hasHistory: Bool { kind.hasHistory(storage) }

    /// The committed value, for invariant checks.
    var committed: any Entity { kind.committed(storage) }
}
