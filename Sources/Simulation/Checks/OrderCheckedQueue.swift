internal import Primitives
internal import Routing

/// The production queue with a naive reference beside it: every `held` must name the highest-ranked waiting ticket
/// that this agent may take, by a scan of all tickets (promise 4, exact within one queue).
struct OrderCheckedQueue: Entity {
    typealias Command = QueueCommand
    typealias Event = QueueEvent
    typealias Soft = QueueView

    static var kind: EntityKind { QueueState.kind }
    static var dueCommand: QueueCommand { QueueState.dueCommand }
    static func recoveredCommand(_ shard: ShardID) -> QueueCommand { QueueState.recoveredCommand(shard) }
    static func freshSoft() -> QueueView { QueueState.freshSoft() }

    private(set) var state: QueueState

    init(key: String) { state = QueueState(key: key) }

    func encodeState(into writer: inout ByteWriter) { state.encodeState(into: &writer) }

    init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        state = try QueueState(key: key, decodingState: &reader)
    }

    func nextDue(soft: QueueView) -> Instant? { state.nextDue(soft: soft) }
    mutating func apply(_ event: QueueEvent, at time: Instant) { state.apply(event, at: time) }

    func decide(
        _ command: QueueCommand, soft: inout QueueView, in context: inout DecisionContext
    ) -> Decision<OrderCheckedQueue> {
        var view = soft.free
        var media: MediaType?
        if case .award(_, _, let awarded, let snapshot) = command {
            view[snapshot.agent] = snapshot
            media = awarded
        }
        let decision = state.decide(command, soft: &soft, in: &context)
        OrderLedger.record { $0.decided(state.id.key, command, decision.events, decision.outgoing) }
        check(decision.events, view: view, media: media, at: context.now)
        return Decision(
            decision.reply, events: decision.events, outgoing: decision.outgoing, notices: decision.notices)
    }

    private func check(_ events: [QueueEvent], view: [AgentID: AgentSnapshot], media: MediaType?, at now: Instant) {
        var after = state
        for event in events {
            if case .held(let conversation, let agent, _, _, _) = event, let held = after.tickets[conversation] {
                for other in after.tickets.values where other.state == .waiting && other.rank < held.rank {
                    guard let snapshot = view[agent], media == nil || other.media == media else { continue }
                    let excluded = other.excludes(agent, at: now)
                    guard snapshot.skills.satisfies(other.skills), !excluded else { continue }
                    guard media != nil || snapshot.free[other.media] > 0 else { continue }
                    let text =
                        "promise 4: \(state.id) gives \(held.ticket) to \(agent) though \(other.ticket) ranks higher"
                    OrderLedger.record { $0.report(text) }
                }
            }
            after.apply(event, at: now)
        }
        if !events.isEmpty { OrderLedger.record { $0.update(after) } }
    }
}
