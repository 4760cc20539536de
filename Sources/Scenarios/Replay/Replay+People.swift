internal import Primitives
internal import Routing

/// What customers and desktops do, and what is written down of it.
extension Replay {
    /// What has to be known of an interaction beside its entities.
    struct Course: Sendable {
        let place: Int
        let plan: Scenario.Interaction?
        var handle: Span?
        /// When it came into the queue.
        var entered = Instant.zero
        /// When its handling will be over.
        var end: Agenda.Moment?
        /// When its customer will give up.
        var abandon: Agenda.Moment?
        /// Work that was in hand at the beginning: nothing is told of it.
        var isBefore: Bool { plan == nil }
    }

    /// The one code of a replay's queues.
    private static let code = "done"
    private static let division = "replay"

    // MARK: the beginning

    /// Configures the centre and lets the agents begin, each at its own time before 0.
    mutating func begin() {
        let earliest = scenario.agents.map(\.idleSince).min() ?? .zero
        now = time(min(earliest, .zero)) + Span.seconds(-1)
        for queue in scenario.queues { _ = give(queue.id, .configure(settings(queue))) }
        for agent in scenario.agents {
            for place in agent.busyUntil.indices {
                let settings = QueueSettings(version: 1, division: Self.division, members: [agent.id])
                _ = give(queueBefore(agent.id, place), .configure(settings))
            }
            give(agent.id, .configure(settings(agent)))
        }
        settle()
        for agent in scenario.agents.sorted(by: { ($0.idleSince, $0.id) < ($1.idleSince, $1.id) }) {
            now = max(now, time(agent.idleSince))
            bringIn(agent)
        }
        now = time(.zero)
        for (place, plan) in scenario.interactions.enumerated() {
            courses[plan.id] = Course(place: place, plan: plan, handle: plan.handle)
            agenda.add(.arrival(place), at: time(plan.at))
        }
        for (place, control) in scenario.controls.enumerated() { agenda.add(.control(place), at: time(control.at)) }
        told = Dictionary(uniqueKeysWithValues: scenario.agents.map { ($0.id, status($0.id)) })
        isTelling = true
        for agent in scenario.agents {
            guard let state = self.agent(agent.id) else { continue }
            figures.changed(agent.id, to: .init(state), isBusy: state.isBusy, at: now)
        }
        figures.settle()
    }

    private mutating func bringIn(_ agent: Scenario.Agent) {
        give(agent.id, .setPresence(.available, onQueue: true))
        settle()
        // Of what ends at once, this comes first, in the order of the agents.
        let order = scenario.agents.firstIndex { $0.id == agent.id } ?? 0
        for (place, busy) in agent.busyUntil.enumerated() {
            let id = "before \(agent.id.key) \(place)"
            courses[id] = Course(place: order - scenario.agents.count, plan: nil, handle: time(busy.at) - now)
            _ = give(id, .create(NewConversation(queue: queueBefore(agent.id, place), media: busy.media)))
            settle()
            if let moment = agenda.next, let deed = agenda.removeFirst(at: moment.at) { carryOut(deed) }
            settle()
        }
        guard agent.presence != .available || !agent.onQueue else { return }
        give(agent.id, .setPresence(agent.presence, onQueue: agent.onQueue))
        settle()
    }

    private func queueBefore(_ agent: AgentID, _ place: Int) -> QueueID { QueueID("before \(agent.key) \(place)") }

    private func settings(_ queue: Scenario.Queue) -> QueueSettings {
        var settings = QueueSettings(version: 1, name: queue.id.key, division: Self.division)
        settings.media = MediaType.allCases
        settings.rank = queue.rank
        settings.routing = queue.routing
        settings.offers = queue.offers
        settings.wrapUpCodes = [Self.code]
        settings.members = queue.members.map(\.agent)
        return settings
    }

    private func settings(_ agent: Scenario.Agent) -> AgentSettings {
        let queues = scenario.queues.filter { $0.members.contains { $0.agent == agent.id } }.map(\.id)
        return AgentSettings(
            version: 1, name: agent.id.key, division: Self.division, skills: agent.skills,
            maximum: PerMedia { agent.utilization[$0].maximum },
            queues: queues + agent.busyUntil.indices.map { queueBefore(agent.id, $0) })
    }

    func time(_ scenario: Instant) -> Instant { Self.origin + (scenario - .zero) }
    /// The scenario's time.
    private var clock: Instant { Instant.zero + (now - Self.origin) }

    // MARK: deeds

    mutating func carryOut(_ deed: Agenda.Deed) {
        switch deed {
        case .arrival(let place): arrive(scenario.interactions[place])
        case .abandon(let id): _ = give(id, .abandon)
        case .answer(let work, let agent): answer(work, agent)
        case .end(let id, let agent): _ = give(id, .end(by: agent))
        case .wrapUp(let segment, let agent):
            _ = give(segment.ticket.conversation.key, .wrapUp(segment, code: Self.code, notes: "", by: agent))
        case .control(let place): carryOut(scenario.controls[place].deed)
        }
    }

    private mutating func arrive(_ plan: Scenario.Interaction) {
        let rules = scenario.queues.first { $0.id == plan.queue }?.offers.afterContactWork ?? .none
        var work = NewConversation(
            queue: plan.queue, division: Self.division, media: plan.media, priority: plan.priority,
            skills: plan.skills.map(\.request), wrapUpCodes: [Self.code], excluded: plan.excluded)
        switch rules {
        case .mandatory, .mandatoryTimed: work.wrapUpDue = true
        case .none, .optional: break
        }
        if let patience = plan.patience {
            let place = courses[plan.id]?.place ?? 0
            courses[plan.id]?.abandon = agenda.add(.abandon(plan.id), at: now + patience, place: place)
        }
        _ = give(plan.id, .create(work))
    }

    private mutating func answer(_ work: OfferedWork, _ agent: AgentID) {
        let pair = Scenario.Answers.Pair(agent, work.ticket.conversation.key)
        if let count = answers.declined[pair], count > 0 {
            guard give(work.queue, .declineOffer(work.offer, agent)) == .done else { return }
            if count < .max { answers.declined[pair] = count - 1 }
        } else {
            _ = give(work.queue, .acceptOffer(work.offer, agent))
        }
    }

    private mutating func carryOut(_ deed: Scenario.Control.Deed) {
        switch deed {
        case .presence(let id, let presence, let onQueue):
            guard let agent = agent(id) else { return }
            let presence = presence ?? agent.presence
            let isOn = onQueue ?? (presence == .available && agent.onQueue)
            give(id, .setPresence(presence, onQueue: isOn && presence == .available))
        case .act(let id, .end):
            guard let owner = conversation(id)?.owner else {
                return result.refused.append(.init(clock, id, 409))
            }
            _ = give(id, .end(by: owner.agent))
        default: break
        }
    }

    // MARK: what is written down

    /// The time within which this is to be answered; nil where there is no target.
    private func target(_ course: Course) -> Span? {
        guard let plan = course.plan else { return nil }
        return scenario.queues.first { $0.id == plan.queue }?.serviceLevel[plan.media] ?? plan.media.defaultServiceLevel
    }

    /// - Parameter state: as it was before.
    mutating func observe(_ event: QueueEvent, of state: QueueState) {
        if case .enqueued(let entry, _, _) = event, let course = courses[entry.ticket.conversation.key],
            !course.isBefore
        {
            courses[entry.ticket.conversation.key]?.entered = now
            figures.offered(target: target(course))
        }
        if case .connected(let conversation) = event, let course = courses[conversation.key], !course.isBefore {
            figures.answered(after: now - course.entered, target: target(course))
        }
        guard case .returned(let conversation, let outcome, _) = event,
            let course = courses[conversation.key], !course.isBefore,
            let attempt = state.tickets[conversation]?.attempt
        else { return }
        switch outcome {
        case .unanswered:
            let pair = Scenario.Answers.Pair(attempt.agent, conversation.key)
            if let count = answers.unanswered[pair], count > 0, count < .max { answers.unanswered[pair] = count - 1 }
            result.unanswered.append(.init(clock, conversation.key, attempt.agent))
        case .declined: result.declined.append(.init(clock, conversation.key, attempt.agent))
        case .withdrawn, .completed: break
        }
    }

    mutating func observe(_ event: AgentEvent, of state: AgentState) {
        if case .reserved(let work, _) = event { rings(work, at: state.id) }
        if case .freed(let ticket, let attempt, _, .some) = event, let course = courses[ticket.conversation.key] {
            let segment = SegmentID(ticket, attempt: attempt)
            agenda.add(
                .wrapUp(segment, state.id), at: now + (course.plan?.afterContact ?? .zero), place: course.place)
        }
        tell(state)
    }

    private mutating func rings(_ work: OfferedWork, at agent: AgentID) {
        let id = work.ticket.conversation.key
        guard let course = courses[id] else { return }
        let pair = Scenario.Answers.Pair(agent, id)
        if !course.isBefore { result.offers.append(.init(clock, id, agent)) }
        guard answers.unanswered[pair, default: 0] == 0 else { return }
        agenda.add(.answer(work, agent), at: now + (answers.delay[pair] ?? .zero), place: course.place)
    }

    mutating func observe(_ event: ConversationEvent, of state: ConversationState) {
        let id = state.id.key
        guard let course = courses[id] else { return }
        switch event {
        case .connected(_, let agent, _, _, _):
            agenda.cancel(course.abandon)
            if let handle = course.handle {
                courses[id]?.end = agenda.add(.end(id, agent), at: now + handle, place: course.place)
            }
            if !course.isBefore { result.starts.append(.init(clock, id, agent)) }
        case .ended(let reason):
            agenda.cancel(course.end)
            agenda.cancel(course.abandon)
            guard !course.isBefore else { return }
            switch reason {
            case .completed: result.completed[id] = clock
            case .abandoned:
                result.abandoned.append(.init(clock, id))
                figures.abandoned(after: now - course.entered, target: target(course))
            case .cancelled: break
            }
            result.ended[id] = .init(clock, ScenarioResult.EndReason(reason))
        default: break
        }
    }

    private mutating func tell(_ state: AgentState) {
        let status = ScenarioResult.Status(state)
        guard isTelling else { return }
        figures.changed(state.id, to: status, isBusy: state.isBusy, at: now)
        guard told[state.id] != status else { return }
        told[state.id] = status
        result.agentStatus.append(.init(clock, state.id, status))
    }

    private func status(_ id: AgentID) -> ScenarioResult.Status { agent(id).map { .init($0) } ?? .offQueue }
}

extension ScenarioResult.Status {
    fileprivate init(_ state: AgentState) {
        if !state.onQueue {
            self = .offQueue
        } else if state.notResponding {
            self = .notResponding
        } else {
            self = state.isBusy ? .interacting : .idle
        }
    }
}

extension AgentState {
    /// Something is in hand; an award that is not granted yet does not count.
    fileprivate var isBusy: Bool { slots.contains { $0.reservation == nil } }
}

extension ScenarioResult.EndReason {
    fileprivate init(_ reason: EndReason) {
        switch reason {
        case .completed: self = .completed
        case .abandoned: self = .abandoned
        case .cancelled: self = .cancelled
        }
    }
}
