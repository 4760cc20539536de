internal import Primitives

/// What a cell made of a command. The events stay staged in the cell until they are logged.
struct CellDecision {
    /// The events in wire form with their count in front; empty when nothing is to be logged for this entity.
    var events: [UInt8]
    var reply: any EntityMessage
    var outgoing: [Outgoing]
    var notices: [Notice]
}

/// One activated entity of any kind, confined to its shard's loop.
protocol EntityCell: AnyObject {
    /// Decides against the newest state, committed or not. Nothing changes but the soft state.
    func decide(_ input: CommandInput, in context: inout DecisionContext) throws(WireError) -> CellDecision
    /// Decides about a timer that has come due, or about the forced recovery of another shard.
    func decideDue(in context: inout DecisionContext) -> CellDecision
    func decideRecovered(_ shard: ShardID, in context: inout DecisionContext) -> CellDecision
    /// The staged events are in the log at `index`: they count from now on, and survive a failover once committed.
    func logged(at index: UInt64, time: Instant, isCommitted: Bool)
    /// Everything up to `index` is committed.
    func commit(upTo index: UInt64)
    /// Applies events of a record from an earlier life.
    func replay(_ events: [UInt8], at time: Instant) throws(WireError)
    var nextDue: Instant? { get }
    /// False while no event was ever logged.
    var hasHistory: Bool { get }
    /// The committed value, for invariant checks.
    var committed: any Entity { get }
}

final class Cell<E: Entity>: EntityCell {
    private var state: E
    /// The overlay: the state with events that are logged but not committed; nil while there are none.
    private var ahead: E?
    private var soft = E.freshSoft()
    private var staged: [E.Event] = []
    private var uncommitted: [(index: UInt64, time: Instant, events: [E.Event])] = []

    init(key: String) { state = E(key: key) }

    private(set) var hasHistory = false
    var committed: any Entity { state }
    var nextDue: Instant? { (ahead ?? state).nextDue(soft: soft) }

    func decide(_ input: CommandInput, in context: inout DecisionContext) throws(WireError) -> CellDecision {
        switch input {
        case .typed(let command):
            guard let command = command as? E.Command else { throw .unknownTag("command for \(E.kind)", 0) }
            return decide(command, &context)
        case .bytes(let method, let bytes):
            guard method == E.Command.method else { throw .unknownTag("method of \(E.kind)", Int(method)) }
            return decide(try E.Command(decoding: bytes), &context)
        }
    }

    func decideDue(in context: inout DecisionContext) -> CellDecision { decide(E.dueCommand, &context) }

    func decideRecovered(_ shard: ShardID, in context: inout DecisionContext) -> CellDecision {
        decide(E.recoveredCommand(shard), &context)
    }

    private func decide(_ command: E.Command, _ context: inout DecisionContext) -> CellDecision {
        let decision = (ahead ?? state).decide(command, soft: &soft, in: &context)
        staged = decision.events
        var bytes: [UInt8] = []
        if !staged.isEmpty {
            var writer = ByteWriter()
            writer.write(staged)
            bytes = writer.bytes
        }
        return CellDecision(
            events: bytes, reply: decision.reply, outgoing: decision.outgoing, notices: decision.notices)
    }

    func logged(at index: UInt64, time: Instant, isCommitted: Bool) {
        defer { staged = [] }
        guard !staged.isEmpty else { return }
        hasHistory = true
        if isCommitted, uncommitted.isEmpty {
            for event in staged { state.apply(event, at: time) }
            return
        }
        var next = ahead ?? state
        ahead = nil
        for event in staged { next.apply(event, at: time) }
        ahead = next
        uncommitted.append((index, time, staged))
    }

    func commit(upTo index: UInt64) {
        guard let first = uncommitted.first, first.index <= index else { return }
        var count = 0
        for entry in uncommitted {
            guard entry.index <= index else { break }
            for event in entry.events { state.apply(event, at: entry.time) }
            count += 1
        }
        uncommitted.removeFirst(count)
        if uncommitted.isEmpty { ahead = nil }
    }

    func replay(_ bytes: [UInt8], at time: Instant) throws(WireError) {
        hasHistory = true
        var reader = ByteReader(bytes)
        for event in try reader.readList(E.Event.self) { state.apply(event, at: time) }
        try reader.finish()
    }
}
