import Primitives
import Routing
import Scenarios

/// Plays a scenario in the plainest way there is: everything is looked at again after every event.
///
/// It knows the rules as `routing-semantics` words them and nothing of the engine: no tickets, no bids, no indexes. What
/// it finds is what the engine has to find. Times of a rule (a ring that opens, an exclusion that is over) count from
/// `ruleTime`, which reaches the present after everything else of an instant.
struct ReferencePlayer {
    let scenario: Scenario
    let queues: [QueueID: Scenario.Queue]
    var items: [Item]
    var agents: [Agent]
    var now = Instant.zero
    var ruleTime = Instant(microseconds: -1)
    var nextControl = 0
    var sequence = 0
    var answers: Scenario.Answers
    var result = ScenarioResult()
    var ledger = Ledger()

    /// What becomes of a scenario.
    static func play(_ scenario: Scenario) -> ScenarioResult {
        var player = ReferencePlayer(scenario)
        var told = 0
        while player.step() {
            if player.result.momentCount != told { player.ledger.settle() }
            told = player.result.momentCount
        }
        player.result.statistics = player.ledger.statistics
        return player.result
    }

    private init(_ scenario: Scenario) {
        self.scenario = scenario
        queues = Dictionary(uniqueKeysWithValues: scenario.queues.map { ($0.id, $0) })
        items = scenario.interactions.map { Item($0) }
        agents = scenario.agents.map { Agent($0) }
        answers = scenario.answers
        for place in agents.indices { agents[place].told = agents[place].status }
    }

    /// What can happen, in the order of one instant (section 1).
    enum Event {
        case workEnds(agent: Int, work: Int)
        case answer(agent: Int, work: Int)
        case control(Scenario.Control.Deed)
        case abandon(Int)
        case arrival(Int)
        case timeOut(agent: Int, work: Int)
        case lostAgentLeaves(Int)
        case lostAgentLosesWork(Int)
        case scheduled(Int)
        case rules
    }

    /// Carries out the next event and matches; false when nothing is left to happen.
    private mutating func step() -> Bool {
        let times = dueTimes
        guard let next = times.min() else { return false }
        if next > now {
            ledger.pass(from: now, to: next, agents)
            now = next
            ruleTime = max(ruleTime, Instant(microseconds: now.microseconds - 1))
        }
        guard let event = dueEvent else { return false }
        carryOut(event)
        tellStatus()
        match()
        return true
    }

    // MARK: what is due

    private var dueTimes: [Instant] {
        var times: [Instant] = items.indices.flatMap { ruleTimes(of: $0) }.filter { $0 > ruleTime }
        for agent in agents {
            for work in agent.works {
                times += [endTime(of: work), work.answersAt, work.ringsUntil].compactMap(\.self)
            }
            times += [agent.leavesAt, agent.losesWorkAt].compactMap(\.self)
        }
        for item in items {
            switch item.phase {
            case .coming: times.append(item.plan.at)
            case .scheduled(let at): times.append(at)
            case .waiting, .alerting: if let patience = item.gaveUpAt { times.append(patience) }
            case .talking, .ended: break
            }
        }
        if nextControl < scenario.controls.count { times.append(scenario.controls[nextControl].at) }
        return times
    }

    private var dueEvent: Event? {
        let works = agents.indices.flatMap { agent in agents[agent].works.indices.map { (agent, $0) } }
        func first(_ isDue: (Work) -> Instant?) -> (Int, Int)? {
            works.filter { pair in isDue(agents[pair.0].works[pair.1]).map { $0 <= now } ?? false }
                .min { left, right in order(left) < order(right) }
        }
        func order(_ pair: (Int, Int)) -> (Int, Int) { (agents[pair.0].works[pair.1].item ?? -1, pair.0) }
        if let (agent, work) = first({ endTime(of: $0) }) { return .workEnds(agent: agent, work: work) }
        if let (agent, work) = first(\.answersAt) { return .answer(agent: agent, work: work) }
        if nextControl < scenario.controls.count, scenario.controls[nextControl].at <= now {
            return .control(scenario.controls[nextControl].deed)
        }
        if let item = items.indices.first(where: { items[$0].gaveUpAt.map { $0 <= now } ?? false }) {
            return .abandon(item)
        }
        if let item = items.indices.first(where: { items[$0].phase == .coming && items[$0].plan.at <= now }) {
            return .arrival(item)
        }
        if let (agent, work) = first(\.ringsUntil) { return .timeOut(agent: agent, work: work) }
        if let agent = agents.indices.first(where: { agents[$0].leavesAt.map { $0 <= now } ?? false }) {
            return .lostAgentLeaves(agent)
        }
        if let agent = agents.indices.first(where: { agents[$0].losesWorkAt.map { $0 <= now } ?? false }) {
            return .lostAgentLosesWork(agent)
        }
        let entering = items.indices.first { item in
            if case .scheduled(let at) = items[item].phase { at <= now } else { false }
        }
        if let entering { return .scheduled(entering) }
        return items.indices.contains { ruleTimes(of: $0).contains { $0 > ruleTime && $0 <= now } } ? .rules : nil
    }

    /// When a work ends by itself: its handling, its dialling, or the work after it.
    func endTime(of work: Work) -> Instant? {
        switch work.state {
        case .afterContact(let until), .dialing(let until, _): return until
        case .connected:
            guard let since = work.runsSince, work.role == .owner else { return nil }
            guard let item = work.item else { return work.busyUntil }
            return items[item].left.map { since + $0 }
        case .alerting, .held, .parked: return nil
        }
    }

    private mutating func carryOut(_ event: Event) {
        switch event {
        case .workEnds(let agent, let work): workEnds(agent, work)
        case .answer(let agent, let work): answer(agent, work)
        case .control(let deed):
            nextControl += 1
            carryOut(deed)
        case .abandon(let item): abandon(item)
        case .arrival(let item): arrive(item)
        case .timeOut(let agent, let work): timeOut(agent, work)
        case .lostAgentLeaves(let agent):
            agents[agent].leavesAt = nil
            goOffQueue(agent)
        case .lostAgentLosesWork(let agent): loseWork(agent)
        case .scheduled(let item): enterLine(item)
        case .rules: ruleTime = now
        }
    }

    // MARK: status

    /// Notes which agents have changed their status.
    mutating func tellStatus() {
        for place in agents.indices where agents[place].told != agents[place].status {
            agents[place].told = agents[place].status
            result.agentStatus.append(.init(now, agents[place].plan.id, agents[place].status))
        }
    }

    func place(of agent: AgentID) -> Int? { agents.firstIndex { $0.plan.id == agent } }
    func rules(of item: Int) -> Scenario.Queue { queues[items[item].queue] ?? Scenario.Queue(items[item].queue) }
}
