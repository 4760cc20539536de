public import Primitives

extension ConversationState {
    /// The conversation's rules of offer-protocol section 2, and its requests.
    public func decide(
        _ command: ConversationCommand, soft: inout Soft, in context: inout DecisionContext
    ) -> Decision<ConversationState> {
        var turn = ConversationTurn(self, context: context)
        let reply = turn.take(command)
        return Decision(reply, events: turn.events, outgoing: turn.outgoing, notices: turn.notices)
    }
}

/// One decision of a conversation while it is being made.
struct ConversationTurn {
    var state: ConversationState
    let context: DecisionContext
    var events: [ConversationEvent] = []
    var outgoing: [Outgoing] = []
    var notices: [Notice] = []

    init(_ state: ConversationState, context: DecisionContext) {
        self.state = state
        self.context = context
    }

    mutating func take(_ command: ConversationCommand) -> ConversationReply {
        switch command {
        case .create(let work): return create(work)
        case .connected(let ticket, let agent, let attempt, let offered, let attempts):
            connected(ticket, agent, attempt, offered, attempts)
        case .withdrawn(let ticket, let wasConnected, _, let attempts):
            withdrawn(ticket, wasConnected: wasConnected, attempts)
        case .tooLate(let ticket): tooLate(ticket)
        case .wrapUpTimedOut(let ticket, let attempt): wrapUpTimedOut(SegmentID(ticket, attempt: attempt))
        case .end(let agent): return end(by: agent)
        case .abandon: return abandon()
        case .move(let queue): return move(to: queue)
        case .wrapUp(let segment, let code, let notes, let agent): return wrapUp(segment, code, notes, agent)
        case .view: return state.work.map { .view(ConversationView(state, work: $0)) } ?? .unknown
        case .claimKey, .due: break
        case .recovered(let shard): recovered(shard)
        }
        return .done
    }

    private mutating func log(_ event: ConversationEvent) {
        events.append(event)
        state.apply(event, at: context.now)
    }

    private mutating func tellQueue(_ command: QueueCommand) {
        outgoing.append(.logged(command, to: state.line.key))
    }

    // MARK: requests

    private mutating func create(_ work: NewConversation) -> ConversationReply {
        if let existing = state.work { return .created(ConversationView(state, work: existing), isNew: false) }
        log(.created(work))
        issueTicket(in: work.queue, waitingSince: nil)
        return .created(ConversationView(state, work: work), isNew: true)
    }

    private mutating func issueTicket(in queue: QueueID, waitingSince: Instant?) {
        guard let work = state.work else { return }
        log(.ticketIssued(state.ticketNumber + 1, queue))
        tellQueue(
            .enqueue(
                Enqueue(
                    ticket: state.ticket, media: work.media, priority: work.priority, skills: work.skills,
                    waitingSince: waitingSince, excluded: work.excluded)))
        notice("conversation.waiting", [.init("queue", .text(queue.key))])
    }

    private mutating func end(by agent: AgentID?) -> ConversationReply {
        guard state.work != nil else { return .unknown }
        guard state.isOpen else { return .alreadyEnded }
        if let agent, state.owner?.agent != agent { return .notOwner }
        wishEnd(state.owner == nil ? .cancelled : .completed)
        return .done
    }

    private mutating func abandon() -> ConversationReply {
        guard state.work != nil else { return .unknown }
        guard state.isOpen else { return .alreadyEnded }
        guard state.owner == nil else { return .alreadyConnected }
        wishEnd(.abandoned)
        return .done
    }

    /// Abandon, end and cancel always take effect; during a pending withdrawal only the wish is noted.
    private mutating func wishEnd(_ reason: EndReason) {
        guard state.wish == nil else { return }
        log(.endWished(reason))
        if state.pending == nil { withdraw(.end, to: nil) }
    }

    private mutating func withdraw(_ kind: WithdrawKind, to queue: QueueID?) {
        log(.withdrawalAsked(kind, queue))
        tellQueue(.withdraw(state.ticket, kind))
        if kind != .move, let owner = state.owner {
            outgoing.append(.logged(AgentCommand.over(state.ticket), to: owner.agent.key))
        }
    }

    private mutating func move(to queue: QueueID) -> ConversationReply {
        guard state.work != nil else { return .unknown }
        guard state.isOpen, state.wish == nil, state.pending == nil else { return .alreadyEnded }
        withdraw(state.owner == nil ? .move : .transfer, to: queue)
        if context.planted == .nextEarly { issueTicket(in: queue, waitingSince: nil) }
        return .done
    }

    private mutating func wrapUp(
        _ id: SegmentID, _ code: String, _ notes: String, _ agent: AgentID?
    ) -> ConversationReply {
        guard let work = state.work else { return .unknown }
        guard let segment = state.segments.first(where: { $0.id == id }), segment.connected != nil else {
            return .unknownSegment
        }
        if let agent, segment.agent != agent { return .notOwner }
        guard segment.state != .connected else { return .segmentOpen }
        guard work.wrapUpCodes.contains(code) else { return .unknownCode }
        log(.wrapUpSet(id, code: code, notes: notes, byDefault: false))
        outgoing.append(.logged(AgentCommand.wrappedUp(id.ticket, attempt: id.attempt), to: segment.agent.key))
        notice("conversation.wrappedUp", [.init("segment", .text(id.text)), .init("code", .text(code))])
        return .done
    }

    // MARK: from the queue and the agent

    private mutating func connected(
        _ ticket: Ticket, _ agent: AgentID, _ attempt: UInt32, _ offered: Instant, _ attempts: [FinishedAttempt]
    ) {
        guard ticket == state.ticket, state.isOpen else { return }
        log(.connected(ticket, agent: agent, attempt: attempt, offered: offered, attempts: attempts))
        let segment = SegmentID(ticket, attempt: attempt)
        notice(
            "conversation.connected",
            [
                .init("queue", .text(state.line.key)), .init("agent", .text(agent.key)),
                .init("segment", .text(segment.text)),
            ])
    }

    private mutating func withdrawn(
        _ ticket: Ticket, wasConnected: Bool, _ attempts: [FinishedAttempt]
    ) {
        guard ticket == state.ticket, state.isOpen else { return }
        let (kind, target) = (state.pending?.kind, state.pending?.queue)
        log(.withdrawn(ticket, attempts: attempts))
        if let wish = state.wish {
            let reason = wasConnected ? .completed : (wish == .completed ? .cancelled : wish)
            log(.ended(reason))
            notice("conversation.ended", [.init("endReason", .text(reason.description))])
        } else {
            let since = state.waitingSince
            issueTicket(in: target ?? state.line, waitingSince: kind == .transfer ? nil : since)
        }
    }

    private mutating func tooLate(_ ticket: Ticket) {
        guard ticket == state.ticket, state.pending?.kind == .move else { return }
        log(.withdrawalFailed)
        if state.wish != nil { withdraw(.end, to: nil) }
    }

    private mutating func wrapUpTimedOut(_ id: SegmentID) {
        guard let work = state.work, let segment = state.segments.first(where: { $0.id == id }), segment.code == nil
        else { return }
        log(.wrapUpSet(id, code: work.defaultWrapUpCode, notes: "", byDefault: true))
    }

    /// The queue's shard lost what it held: the ticket counts as withdrawn (docs/models/recovery.md).
    private mutating func recovered(_ shard: ShardID) {
        guard state.isOpen, state.line.entity.shard(of: context.shardCount) == shard else { return }
        withdrawn(state.ticket, wasConnected: state.owner != nil, [])
    }

    private mutating func notice(_ name: String, _ fields: [Notice.Pair]) {
        notices.append(
            Notice(name, of: state.id.entity, division: state.work?.division ?? "", at: context.now, fields))
    }
}
