import Primitives
import Routing
import Scenarios

/// What somebody does: agents to themselves, and everybody to interactions (sections 5, 7 and 8).
extension ReferencePlayer {
    mutating func carryOut(_ deed: Scenario.Control.Deed) {
        switch deed {
        case .presence(let agent, let presence, let onQueue): setPresence(agent, presence, onQueue)
        case .connection(let agent, let isLost): isLost ? lose(agent) : comeBack(agent)
        case .utilization(let agent, let utilization):
            if let place = place(of: agent) { agents[place].utilization = utilization }
        case .agentSkills(let agent, let skills): setSkills(agent, skills)
        case .edit(let name, let edit): on(name) { $0.change($1, edit) }
        case .transfer(let name, let transfer): on(name) { $0.transfer($1, transfer) }
        case .consult(let name, let agent): on(name) { $0.consult($1, agent) }
        case .act(let name, let act): on(name) { $0.act($1, act) }
        case .callback(let name): on(name) { $0.turnIntoCallback($1) }
        }
    }

    /// - Parameter body: false where the API refuses with 409.
    private mutating func on(_ name: String, _ body: (inout ReferencePlayer, Int) -> Bool) {
        guard let item = items.firstIndex(where: { $0.plan.id == name }) else { return }
        if !body(&self, item) { result.refused.append(.init(now, name, 409)) }
    }

    // MARK: agents

    private mutating func setPresence(_ agent: AgentID, _ presence: Presence?, _ onQueue: Bool?) {
        guard let place = place(of: agent) else { return }
        if let presence { agents[place].presence = presence }
        let wanted = onQueue ?? (agents[place].presence == .available ? agents[place].isOnQueue : false)
        if wanted, agents[place].presence == .available {
            if !agents[place].isOnQueue || (onQueue == true && agents[place].isNotResponding) {
                agents[place].wentOnQueue = now
            }
            agents[place].isOnQueue = true
            if onQueue == true { agents[place].isNotResponding = false }
        } else {
            goOffQueue(place)
        }
    }

    /// What rings is withdrawn, what is talked about goes on.
    mutating func goOffQueue(_ agent: Int) {
        agents[agent].isOnQueue = false
        agents[agent].isNotResponding = false
        withdrawOffers(of: agent) { _ in true }
    }

    private mutating func withdrawOffers(of agent: Int, where isMeant: (Int) -> Bool) {
        for work in agents[agent].works where work.state == .alerting {
            guard let item = work.item, isMeant(item) else { continue }
            agents[agent].works.removeAll { $0.number == work.number }
            if work.role == .owner { items[item].phase = .waiting } else { resumeOwner(of: item) }
        }
    }

    private mutating func setSkills(_ agent: AgentID, _ skills: [HeldSkill]) {
        guard let place = place(of: agent) else { return }
        let before = agents[place].skills
        agents[place].skills = skills
        let invalid = Set(
            items.indices.filter { item in
                let asked = asked(item)
                return before.satisfies(asked) && !skills.satisfies(asked)
            })
        withdrawOffers(of: place) { invalid.contains($0) }
    }

    private mutating func lose(_ agent: AgentID) {
        guard let place = place(of: agent), !agents[place].isLost else { return }
        agents[place].isLost = true
        agents[place].leavesAt = now + .seconds(20)
        agents[place].losesWorkAt = now + agents[place].plan.reconnect
        withdrawOffers(of: place) { _ in true }
    }

    private mutating func comeBack(_ agent: AgentID) {
        guard let place = place(of: agent) else { return }
        agents[place].isLost = false
        (agents[place].leavesAt, agents[place].losesWorkAt) = (nil, nil)
    }

    /// It did not come back in time: its customers wait again, as long as they have.
    mutating func loseWork(_ agent: Int) {
        agents[agent].losesWorkAt = nil
        while let work = agents[agent].works.firstIndex(where: { $0.item != nil }) {
            let it = agents[agent].works[work]
            stopClock(agent, work)
            leave(agent, work)
            guard let item = it.item, !it.isAfterContact else { continue }
            if it.role == .owner { enter(item, items[item].queue) } else { resumeOwner(of: item) }
        }
    }

    // MARK: interactions

    private mutating func change(_ item: Int, _ edit: Scenario.Edit) -> Bool {
        guard items[item].phase == .waiting || items[item].phase == .alerting else { return false }
        if let priority = edit.priority { items[item].priority = priority }
        if let skills = edit.skills { items[item].skills = skills }
        if let offset = edit.routingAgeOffset { items[item].ageOffset = offset }
        if let queue = edit.queue, queue != items[item].queue {
            withdraw(item)
            enter(item, queue)
        }
        return true
    }

    private mutating func transfer(_ item: Int, _ transfer: Scenario.Transfer) -> Bool {
        guard let (agent, work) = owner(of: item), items[item].phase == .talking else { return false }
        if case .agent(let target) = transfer.target {
            guard let place = place(of: target), agents[place].isOnQueue else { return false }
        }
        segmentEnds(agent, work)
        if let handle = transfer.handle { items[item].left = handle }
        if let priority = transfer.priority { items[item].priority = priority }
        if let skills = transfer.skills { items[item].skills = skills }
        (items[item].preferred, items[item].lastAgent, items[item].direct) = ([], nil, nil)
        switch transfer.target {
        case .queue(let queue):
            items[item].excludedUntil[agents[agent].plan.id] = now + .seconds(30)
            if !transfer.keepsAge { items[item].since = now }
            enter(item, queue)
        case .agent(let target):
            items[item].direct = target
            enter(item, items[item].queue)
        }
        return true
    }

    private mutating func consult(_ item: Int, _ target: AgentID) -> Bool {
        guard let (agent, work) = owner(of: item), agents[agent].works[work].state == .connected,
            let place = place(of: target), place != agent, agents[place].isOnQueue, !agents[place].isNotResponding,
            hasRoom(place, for: item)
        else { return false }
        stopClock(agent, work)
        agents[agent].works[work].state = .held
        offer(item, to: place, as: .consult)
        return true
    }

    private func consulted(_ item: Int) -> (agent: Int, work: Int)? {
        for agent in agents.indices {
            let work = agents[agent].works.firstIndex { $0.item == item && $0.role == .consult }
            if let work { return (agent, work) }
        }
        return nil
    }

    private mutating func act(_ item: Int, _ act: Scenario.Act) -> Bool {
        guard let (agent, work) = owner(of: item), items[item].phase == .talking else { return false }
        let state = agents[agent].works[work].state
        switch act {
        case .end: complete(item)
        case .hold, .park:
            guard state == .connected || (act == .park && state == .held) else { return false }
            stopClock(agent, work)
            agents[agent].works[work].state = act == .hold ? .held : .parked
        case .resume, .unpark:
            guard state == (act == .resume ? .held : .parked), consulted(item) == nil else { return false }
            agents[agent].works[work].state = .connected
            startClock(agent, work)
        case .completeConsult:
            guard let (other, place) = consulted(item), agents[other].works[place].state == .connected else {
                return false
            }
            agents[other].works[place].role = .owner
            agents[other].works[place].runsSince = now
            segmentEnds(agent, work)
        case .cancelConsult:
            guard let (other, place) = consulted(item) else { return false }
            leave(other, place)
            resumeOwner(of: item)
        }
        return true
    }

    private mutating func turnIntoCallback(_ item: Int) -> Bool {
        let callback = rules(of: item).callback
        guard items[item].phase == .waiting, items[item].media != .callback, callback.isEnabled else { return false }
        items[item].media = .callback
        items[item].priority += callback.priorityBoost
        return true
    }
}
