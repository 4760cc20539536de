internal import Primitives
internal import Routing

/// What must hold at every moment in the committed state of the nodes that run (routing-semantics 13; offer-protocol
/// section 7: I1–I4, I7).
struct InvariantChecker {
    let snapshot: ClusterSnapshot
    let now: Instant
    /// Largest difference of a node's clock from virtual time.
    let clockError: Span

    /// How late a timer may be noticed by this check.
    private static let timerSlack = Span.seconds(4)

    /// The first violation, or nil.
    func firstViolation() -> String? {
        for conversation in snapshot.conversations.keys.sorted() {
            if let text = oneLiveTicket(conversation) { return text }
        }
        for queue in snapshot.queues.values.sorted(by: { $0.id < $1.id }) {
            for queued in queue.tickets.values.sorted(by: { $0.ticket < $1.ticket }) {
                if let text = holdsSlot(queue, queued) ?? timers(queue, queued) { return text }
            }
        }
        for agent in snapshot.agents.values.sorted(by: { $0.id < $1.id }) {
            if let text = withinCapacity(agent) ?? slotsAgree(agent) { return text }
        }
        for conversation in snapshot.conversations.values.sorted(by: { $0.id < $1.id }) {
            if let text = ticketAgrees(conversation) { return text }
        }
        return nil
    }

    /// I1: one live ticket and one connected owner per conversation in the queues' logs.
    private func oneLiveTicket(_ conversation: ConversationID) -> String? {
        let live = snapshot.queues.values.filter { queue in
            guard let queued = queue.tickets[conversation] else { return false }
            // A ticket of a lost incarnation is closed when its queue learns of it.
            return snapshot.shard(of: conversation.entity).flatMap { mine in
                snapshot.shard(of: queue.id.entity).map { snapshot.knows($0, mine) && snapshot.knows(mine, $0) }
            } ?? true && queued.ticket.conversation == conversation
        }
        guard live.count > 1 else { return nil }
        return "I1: \(conversation) has live tickets in \(live.map(\.id).sorted())"
    }

    /// I3: an attempt that can be accepted, or is connected, has its slot at the agent.
    private func holdsSlot(_ queue: QueueState, _ queued: QueuedTicket) -> String? {
        guard let attempt = queued.attempt, let agent = snapshot.agents[attempt.agent],
            let queueShard = snapshot.shard(of: queue.id.entity), let agentShard = snapshot.shard(of: agent.id.entity),
            snapshot.knows(queueShard, agentShard), snapshot.knows(agentShard, queueShard)
        else { return nil }
        switch queued.state {
        case .waiting, .held: return nil
        case .alerting, .connected: break
        }
        if hasSlot(agent, queued.ticket, attempt.number) || isOver(queued) { return nil }
        return "I3: \(queued.ticket) attempt \(attempt.number) of \(queue.id) is \(queued.state) at \(agent.id), "
            + "which holds no slot for it"
    }

    private func hasSlot(_ agent: AgentState, _ ticket: Ticket, _ attempt: UInt32) -> Bool {
        agent.slots.contains { slot in
            switch slot.state {
            case .reserved(let work, _), .connected(let work, _): work.ticket == ticket && work.attempt == attempt
            case .awarded, .wrapUp: false
            }
        }
    }

    /// The conversation has asked for the end or transfer, which `over` may have told the agent already.
    private func isOver(_ queued: QueuedTicket) -> Bool {
        guard case .connected = queued.state else { return false }
        guard let conversation = snapshot.conversations[queued.ticket.conversation] else { return true }
        return conversation.ticket != queued.ticket || conversation.isLeaving || !conversation.isOpen
    }

    /// Promise 7: no alert outlives its time, and none ended before it.
    private func timers(_ queue: QueueState, _ queued: QueuedTicket) -> String? {
        for attempt in queued.finished where attempt.outcome == .unanswered {
            if attempt.ended - attempt.offered < queue.settings.offers.alert(queued.media) {
                return "promise 7: \(queued.ticket) at \(attempt.agent) was unanswered before its time"
            }
        }
        switch queued.state {
        case .alerting(_, let until), .held(_, let until):
            // A node that was down notices its timers when it is back.
            let noticed = max(until, snapshot.start(of: queue.id.entity))
            let late = now + clockError > noticed + Self.timerSlack + clockError + clockError
            let far = until > now + clockError + .seconds(3_600)
            return late || far ? "promise 7: the timer of \(queued.ticket) in \(queue.id) is lost" : nil
        case .waiting, .connected: return nil
        }
    }

    /// I2: what an agent has in hand fits its capacity.
    private func withinCapacity(_ agent: AgentState) -> String? {
        var count = PerMedia.none
        for slot in agent.slots { count[slot.media] += 1 }
        let blocking = Set(agent.slots.filter { !$0.isWrapUp || $0.media.afterContactWorkBlocksAll }.map(\.media))
        for media in MediaType.allCases where count[media] > agent.settings.maximum[media] {
            return "I2: \(agent.id) has \(count[media]) of \(media) in hand, \(agent.settings.maximum[media]) allowed"
        }
        let ringing = agent.slots.filter { $0.isReserved }
        if blocking.count > 1 { return "I2: \(agent.id) has \(blocking.map(\.description).sorted()) in hand at once" }
        if ringing.count > 1, ringing.contains(where: { $0.media.ringsAlone }) {
            return "I2: a second alert rings at \(agent.id) while voice rings"
        }
        return nil
    }

    /// I4 between agent and queue: when nothing is under way, the two logs agree exactly.
    private func slotsAgree(_ agent: AgentState) -> String? {
        for slot in agent.slots where !slot.isWrapUp {
            guard snapshot.isSettled(agent.id.entity, slot.queue.entity) else { continue }
            if slot.reservation != nil { return "I4: \(agent.id) keeps an award that \(slot.queue) will never answer" }
            let queued = snapshot.queues[slot.queue]?.tickets[slot.ticket.conversation]
            let attempt = queued?.ticket == slot.ticket ? queued?.attempt : nil
            if attempt.map({ $0.agent == agent.id && hasSlot(agent, slot.ticket, $0.number) }) != true {
                return "I4: leaked slot at \(agent.id) for \(slot.ticket) of \(slot.queue)"
            }
        }
        for queue in snapshot.queues.values where snapshot.isSettled(agent.id.entity, queue.id.entity) {
            for queued in queue.tickets.values.sorted(by: { $0.ticket < $1.ticket }) {
                guard let attempt = queued.attempt, attempt.agent == agent.id else { continue }
                if hasSlot(agent, queued.ticket, attempt.number) || isOver(queued) { continue }
                return "I4: stuck reservation of \(queued.ticket) at \(queue.id) for \(agent.id)"
            }
        }
        return nil
    }

    /// I4 between conversation and queue.
    private func ticketAgrees(_ conversation: ConversationState) -> String? {
        guard conversation.work != nil else { return nil }
        let id = conversation.id
        if !conversation.isOpen {
            for queue in snapshot.queues.values where snapshot.isSettled(id.entity, queue.id.entity) {
                if queue.tickets[id] != nil { return "I4: \(id) ended but stands in \(queue.id)" }
            }
            return nil
        }
        guard snapshot.isSettled(id.entity, conversation.line.entity) else { return nil }
        guard let queue = snapshot.queues[conversation.line], let queued = queue.tickets[id],
            queued.ticket == conversation.ticket
        else { return "I4: ticket \(conversation.ticket) is lost" }
        if conversation.isLeaving { return "I4: \(id) waits for an answer that never comes" }
        let connected: AgentID? = if case .connected(let attempt, _) = queued.state { attempt.agent } else { nil }
        if connected != conversation.owner?.agent {
            return
                "I4: \(id) believes in owner \(conversation.owner?.agent.key ?? "nobody"), its queue in \(connected?.key ?? "nobody")"
        }
        return nil
    }
}
