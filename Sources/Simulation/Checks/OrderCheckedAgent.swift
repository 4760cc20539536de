internal import Primitives
internal import Routing

/// The production agent, whose rings are held against what waits in all its queues (promise 4 across queues).
struct OrderCheckedAgent: Entity {
    typealias Command = AgentCommand
    typealias Event = AgentEvent
    typealias Soft = AgentSoft

    static var kind: EntityKind { AgentState.kind }
    static var dueCommand: AgentCommand { AgentState.dueCommand }
    static func recoveredCommand(_ shard: ShardID) -> AgentCommand { AgentState.recoveredCommand(shard) }
    static func freshSoft() -> AgentSoft { AgentState.freshSoft() }

    private(set) var state: AgentState

    init(key: String) { state = AgentState(key: key) }

    func encodeState(into writer: inout ByteWriter) { state.encodeState(into: &writer) }

    init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        state = try AgentState(key: key, decodingState: &reader)
    }

    func nextDue(soft: AgentSoft) -> Instant? { state.nextDue(soft: soft) }
    mutating func apply(_ event: AgentEvent, at time: Instant) { state.apply(event, at: time) }

    func decide(
        _ command: AgentCommand, soft: inout AgentSoft, in context: inout DecisionContext
    ) -> Decision<OrderCheckedAgent> {
        let decision = state.decide(command, soft: &soft, in: &context)
        OrderLedger.record { $0.decided(state.id.key, command, decision.events, decision.outgoing) }
        var after = state
        for event in decision.events {
            if case .reserved(let work, let award) = event {
                // The slot that the award kept was free for anything better.
                var before = after
                if let award { before.apply(.awardDropped(reservation: award), at: context.now) }
                OrderLedger.record { $0.ring(work, at: before, award: award) }
            }
            if case .awarded(_, let reservation) = event {
                let closesWindow = if case .reserve = command { true } else { false }
                OrderLedger.record { $0.award(reservation, by: state.id, closesWindow: closesWindow) }
            }
            after.apply(event, at: context.now)
        }
        if !decision.events.isEmpty { OrderLedger.record { $0.update(after.withoutAwards) } }
        return Decision(
            decision.reply, events: decision.events, outgoing: decision.outgoing, notices: decision.notices)
    }
}

extension AgentState {
    /// The agent as if it had made no award: what it could take of its queues.
    fileprivate var withoutAwards: AgentState {
        var copy = self
        for slot in slots {
            if let reservation = slot.reservation { copy.apply(.awardDropped(reservation: reservation), at: .zero) }
        }
        return copy
    }
}
