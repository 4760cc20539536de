import Primitives
import Routing
import Scenarios

/// Section 5: what becomes of an interaction, from its arrival to its end.
extension ReferencePlayer {
    private static let exclusion = Span.seconds(30)

    // MARK: into the line

    mutating func arrive(_ item: Int) {
        if let agent = items[item].plan.outboundBy.flatMap({ place(of: $0) }) {
            items[item].phase = .talking
            sequence += 1
            begin(work(of: item, .connected, isInbound: false), at: agent)
            return
        }
        if let at = items[item].plan.scheduledAt, at > now {
            items[item].phase = .scheduled(at)
        } else {
            enterLine(item)
            if items[item].phase == .waiting { result.estimates[items[item].plan.id] = estimate(item) }
        }
    }

    /// A new interaction, or a callback whose time has come.
    mutating func enterLine(_ item: Int) {
        items[item].since = now
        if items[item].dialled > 0 {
            // The same turn in the queue goes on.
            items[item].phase = .waiting
            items[item].stageEntered = now
            restartStages(item)
        } else {
            items[item].basePriority = rules(of: item).rank.basePriority[items[item].media] ?? 0
            enter(item, items[item].queue)
        }
    }

    /// Into a queue, with the rank's beginning as it is.
    mutating func enter(_ item: Int, _ queue: QueueID) {
        items[item].queue = queue
        items[item].phase = .waiting
        items[item].entered = now
        items[item].isFront = false
        sequence += 1
        items[item].sequence = sequence
        ledger.offered(rules(of: item), items[item].media, at: now)
        let line = items.indices.count { items[$0].phase == .waiting && items[$0].queue == queue && $0 != item }
        if let limit = rules(of: item).overflow?.maxWaiting, line >= limit {
            restartStages(item)
            if items[item].phase == .waiting, eligible(item).isEmpty { flowOut(item) }
        } else {
            restartStages(item)
        }
    }

    /// Section 4, overflow: too long, or nobody there.
    mutating func overflowWhileWaiting(_ item: Int) {
        guard let overflow = rules(of: item).overflow else { return }
        let isTooLong = overflow.maxWait.map { items[item].entered + $0 <= ruleTime } ?? false
        let isAlone = !rules(of: item).members.contains { member in
            place(of: member.agent).map { agents[$0].isOnQueue } ?? false
        }
        if isTooLong || (overflow.flowsOutWithoutAgents && isAlone) { flowOut(item) }
    }

    private mutating func flowOut(_ item: Int) {
        guard let overflow = rules(of: item).overflow else { return }
        ledger.counts.flowOuts += 1
        switch overflow.action {
        case .queue(let queue): enter(item, queue)
        case .callback, .message, .end: end(item, .flowOut)
        }
    }

    mutating func end(_ item: Int, _ reason: ScenarioResult.EndReason) {
        items[item].phase = .ended
        result.ended[items[item].plan.id] = .init(now, reason)
    }

    mutating func abandon(_ item: Int) {
        withdraw(item)
        result.abandoned.append(.init(now, items[item].plan.id))
        ledger.abandoned(rules(of: item), items[item].media, after: now - items[item].entered, at: now)
        end(item, .abandoned)
    }

    // MARK: offers

    func work(of item: Int, _ state: Work.State, isInbound: Bool = true) -> Work {
        Work(
            number: sequence, item: item, media: items[item].media, label: items[item].plan.label, state: state,
            isInbound: isInbound, begun: now)
    }

    mutating func offer(_ item: Int, to agent: Int, as role: Work.Role = .owner) {
        sequence += 1
        var work = work(of: item, .alerting)
        work.role = role
        let pair = Scenario.Answers.Pair(agents[agent].plan.id, items[item].plan.id)
        let delay = answers.delay[pair] ?? .zero
        let offers = rules(of: item).offers
        let isAutomatic = offers.autoAnswer && role == .owner
        work.isAutomatic = isAutomatic
        work.ringsUntil = now + (offers.alert[work.media] ?? work.media.defaultAlert)
        if isAutomatic || answers.unanswered[pair, default: 0] == 0 { work.answersAt = isAutomatic ? now : now + delay }
        agents[agent].works.append(work)
        if role == .owner { items[item].phase = .alerting }
        result.offers.append(.init(now, items[item].plan.id, agents[agent].plan.id))
    }

    /// Takes the offers of an interaction back; nobody is to blame.
    mutating func withdraw(_ item: Int) {
        for agent in agents.indices {
            agents[agent].works.removeAll { $0.item == item && $0.state == .alerting && $0.role == .owner }
        }
        if items[item].phase == .alerting { items[item].phase = .waiting }
    }

    mutating func answer(_ agent: Int, _ work: Int) {
        guard let item = agents[agent].works[work].item else { return }
        let offer = agents[agent].works.remove(at: work)
        let pair = Scenario.Answers.Pair(agents[agent].plan.id, items[item].plan.id)
        if offer.isAutomatic {
            accept(item, offer, agent)
        } else if let count = answers.declined[pair], count > 0 {
            if count < .max { answers.declined[pair] = count - 1 }
            result.declined.append(.init(now, items[item].plan.id, agents[agent].plan.id))
            guard offer.role == .owner else { return resumeOwner(of: item) }
            items[item].phase = .waiting
            items[item].excludedUntil[agents[agent].plan.id] = now + Self.exclusion
            let offers = rules(of: item).offers
            if offers.declineAction == .notResponding { agents[agent].isNotResponding = true }
            if offers.declineReturn == .front { items[item].isFront = true }
            refused(item, by: agent)
        } else if let count = answers.connectFailed[pair], count > 0 {
            if count < .max { answers.connectFailed[pair] = count - 1 }
            items[item].phase = .waiting
            items[item].excludedUntil[agents[agent].plan.id] = now + Self.exclusion
        } else {
            accept(item, offer, agent)
        }
    }

    private mutating func accept(_ item: Int, _ offer: Work, _ agent: Int) {
        var work = offer
        (work.answersAt, work.ringsUntil) = (nil, nil)
        work.begun = now
        work.state = .connected
        guard work.role == .owner else { return begin(work, at: agent) }
        items[item].phase = .talking
        (items[item].preferred, items[item].direct, items[item].isFront) = ([], nil, false)
        let dial = items[item].plan.dial
        if items[item].media == .callback, items[item].dialled < dial.count {
            let attempt = dial[items[item].dialled]
            work.state = .dialing(until: now + attempt.after, attempt.outcome)
        } else {
            connected(item, agent)
        }
        begin(work, at: agent)
    }

    private mutating func connected(_ item: Int, _ agent: Int) {
        items[item].hasBeenAnswered = true
        result.starts.append(.init(now, items[item].plan.id, agents[agent].plan.id))
        ledger.answered(rules(of: item), items[item].media, after: now - items[item].entered, at: now)
    }

    mutating func timeOut(_ agent: Int, _ work: Int) {
        guard let item = agents[agent].works[work].item else { return }
        let offer = agents[agent].works.remove(at: work)
        let pair = Scenario.Answers.Pair(agents[agent].plan.id, items[item].plan.id)
        if let count = answers.unanswered[pair], count > 0, count < .max { answers.unanswered[pair] = count - 1 }
        result.unanswered.append(.init(now, items[item].plan.id, agents[agent].plan.id))
        agents[agent].isNotResponding = true
        guard offer.role == .owner else { return resumeOwner(of: item) }
        items[item].phase = .waiting
        refused(item, by: agent)
    }

    /// After five refusals the gap until the next offer doubles, up to 300 s. A direct offer that was refused is over.
    private mutating func refused(_ item: Int, by agent: Int) {
        items[item].refusals += 1
        if items[item].refusals >= 5 {
            let doubled = Int64(30) << Int64(min(10, items[item].refusals - 4))
            items[item].retryAt = now + .seconds(min(300, doubled))
        }
        if items[item].stages.first == .direct(agents[agent].plan.id) { leaveStage(item, at: now) }
    }

    // MARK: work

    /// Work begins: what it interrupts is held.
    mutating func begin(_ work: Work, at agent: Int) {
        var work = work
        for place in agents[agent].works.indices {
            let other = agents[agent].works[place]
            let isOpen = agents[agent].utilization[other.media].mayBeInterruptedBy.contains(work.media)
            guard isOpen, other.media != work.media, other.state == .connected || other.state == .held else { continue }
            stopClock(agent, place)
            agents[agent].works[place].interruptedBy.insert(work.number)
        }
        if work.state == .connected { work.runsSince = now }
        agents[agent].works.append(work)
    }

    /// What was worked until now is no longer left.
    mutating func stopClock(_ agent: Int, _ work: Int) {
        guard let since = agents[agent].works[work].runsSince else { return }
        agents[agent].works[work].runsSince = nil
        if let item = agents[agent].works[work].item {
            items[item].left = items[item].left.map { Span(microseconds: $0.microseconds - (now - since).microseconds) }
        } else if let until = agents[agent].works[work].busyUntil {
            agents[agent].works[work].busyUntil = now + (until - now)
        }
    }

    mutating func startClock(_ agent: Int, _ work: Int) {
        let it = agents[agent].works[work]
        if it.state == .connected, it.interruptedBy.isEmpty, it.runsSince == nil {
            agents[agent].works[work].runsSince = now
        }
    }

    mutating func workEnds(_ agent: Int, _ work: Int) {
        let it = agents[agent].works[work]
        switch it.state {
        case .afterContact: leave(agent, work)
        case .dialing(_, let outcome):
            guard let item = it.item else { return }
            items[item].dialled += 1
            if outcome == .connected {
                agents[agent].works[work].state = .connected
                agents[agent].works[work].runsSince = now
                connected(item, agent)
            } else {
                leave(agent, work)
                let callback = rules(of: item).callback
                if items[item].dialled >= callback.attempts { return end(item, .exhausted) }
                items[item].phase = .scheduled(now + callback.gap)
            }
        default:
            if let item = it.item {
                complete(item)
            } else {
                leave(agent, work)
            }
        }
    }

    /// Its handling is over: everybody's part in it ends.
    mutating func complete(_ item: Int) {
        result.completed[items[item].plan.id] = now
        end(item, .completed)
        for agent in agents.indices {
            while let work = agents[agent].works.firstIndex(where: { $0.item == item && !$0.isAfterContact }) {
                segmentEnds(agent, work)
            }
        }
    }

    /// An agent's part is over, but for the work after it.
    mutating func segmentEnds(_ agent: Int, _ work: Int) {
        stopClock(agent, work)
        guard let item = agents[agent].works[work].item, agents[agent].works[work].role == .owner else {
            return leave(agent, work)
        }
        let wanted = items[item].plan.afterContact
        let length: Span
        switch rules(of: item).offers.afterContactWork {
        case .none, .optional: length = .zero
        case .mandatory: length = wanted
        case .mandatoryTimed(let limit): length = min(wanted, limit)
        }
        agents[agent].works[work].state = .afterContact(until: now + length)
        if length == .zero { leave(agent, work) }
    }

    /// The agent has it no longer; its idle clock begins.
    mutating func leave(_ agent: Int, _ work: Int) {
        let it = agents[agent].works.remove(at: work)
        if it.state != .alerting {
            agents[agent].lastEnd = now
            if it.isInbound { agents[agent].lastInboundEnd = now }
            if let item = it.item, it.isInbound, it.isAfterContact {
                ledger.handled(items[item].queue, it.media, now - it.begun, at: now)
            }
        }
        for place in agents[agent].works.indices {
            agents[agent].works[place].interruptedBy.remove(it.number)
            startClock(agent, place)
        }
    }

    func owner(of item: Int) -> (agent: Int, work: Int)? {
        for agent in agents.indices {
            let work = agents[agent].works.firstIndex { $0.item == item && $0.role == .owner && !$0.isAfterContact }
            if let work { return (agent, work) }
        }
        return nil
    }

    /// After a consult that came to nothing.
    mutating func resumeOwner(of item: Int) {
        guard let (agent, work) = owner(of: item), agents[agent].works[work].state == .held else { return }
        agents[agent].works[work].state = .connected
        startClock(agent, work)
    }
}
