internal import Primitives

/// One activated entity of any kind, confined to its shard's loop: where it is kept, and the functions of its kind.
struct EntityCell {
    let kind: EntityFunctions
    let storage: AnyObject

    /// Decides against the newest state, committed or not. Nothing changes but the soft state.
    /// - Parameter term: of the leader that decides; soft state of an earlier leadership is forgotten.
    func decide(
        _ input: CommandInput, leadingIn term: UInt64, in context: inout DecisionContext
    ) throws(WireError) -> CellDecision {
        try kind.decide(storage, input, term, &context)
    }

    /// Decides about a timer that has come due.
    func decideDue(leadingIn term: UInt64, in context: inout DecisionContext) -> CellDecision {
        kind.decideDue(storage, term, &context)
    }

    /// Decides about the forced recovery of another shard.
    func decideRecovered(
        _ shard: ShardID, leadingIn term: UInt64, in context: inout DecisionContext
    ) -> CellDecision {
        kind.decideRecovered(storage, shard, term, &context)
    }

    /// The staged events are in the record of this number: they count from now on, and survive a failover once
    /// committed.
    func logged(as number: UInt64, time: Instant, isCommitted: Bool) {
        kind.logged(storage, number, time, isCommitted)
    }

    /// The records up to this number are committed.
    func commit(upTo number: UInt64) { kind.commit(storage, number) }

    /// Takes back what is logged and not committed, and forgets the soft state.
    func discard() { kind.discard(storage) }

    /// Applies the events of a committed record that somebody else decided.
    func replay(_ events: [UInt8], at time: Instant) throws(WireError) { try kind.replay(storage, events, time) }

    var nextDue: Instant? { kind.nextDue(storage) }

    /// The committed state in its binary form.
    var encoded: [UInt8] { kind.encode(storage) }

    /// Takes a committed state in place of what was here.
    func restore(_ bytes: [UInt8], key: String) throws(WireError) { try kind.restore(storage, key, bytes) }

    /// True once an event is committed.
    var isCommitted: Bool { kind.isBorn(storage) }

    /// False while no event was ever logged.
    var hasHistory: Bool { kind.hasHistory(storage) }

    /// Whether its bytes say all that there is of it: nothing is under way, and no timer or soft state is lost.
    var isAtRest: Bool { kind.rests && isCommitted && !kind.isUnderWay(storage) && nextDue == nil }

    /// The committed value, for invariant checks.
    var committed: any Entity { kind.committed(storage) }
}
