import Primitives
import Routing
import Scenarios

/// Sections 4 and 2: which stage an interaction is in, what it asks now, and when that changes.
extension ReferencePlayer {
    /// Begins with the first stage of the queue.
    mutating func restartStages(_ item: Int) {
        let rules = rules(of: item).routing
        var stages: [Item.Stage] = []
        if let agent = items[item].lastAgent, rules.lastAgent != nil { stages.append(.lastAgent(agent)) }
        if let agent = items[item].direct { stages.append(.direct(agent)) }
        if !items[item].preferred.isEmpty { stages.append(.preferred) }
        items[item].stages = stages + [.own]
        items[item].stageEntered = now
        (items[item].rulesSeen, items[item].openedGroups) = (0, [])
        advance(item)
    }

    /// Leaves stages whose time is over or which have nobody to wait for, and looks at the rules that became current.
    mutating func advance(_ item: Int) {
        while items[item].phase == .waiting, let stage = items[item].stages.first, stage != .own {
            if let end = stageEnd(of: item), end <= ruleTime {
                leaveStage(item, at: end)
            } else if !targets(of: item, stage).contains(where: { agents[$0].isOnQueue && !agents[$0].isNotResponding })
            {
                leaveStage(item, at: now)
            } else {
                return
            }
        }
        while items[item].phase == .waiting || items[item].phase == .alerting, items[item].stages.first == .own,
            case .conditionalGroups(let rules) = rules(of: item).routing.method, items[item].rulesSeen < rules.count
        {
            let seen = items[item].rulesSeen
            let current = rules.prefix(seen).reduce(items[item].stageEntered) { $0 + $1.wait }
            guard current <= ruleTime || seen == 0 else { return }
            items[item].rulesSeen += 1
            if holds(rules[seen], for: items[item].media) { items[item].openedGroups += rules[seen].groups }
        }
    }

    mutating func leaveStage(_ item: Int, at end: Instant) {
        guard let stage = items[item].stages.first else { return }
        items[item].stages.removeFirst()
        items[item].stageEntered = end
        guard case .direct = stage else { return }
        items[item].direct = nil
        if let backup = rules(of: item).routing.direct.backupQueue, backup != items[item].queue {
            enter(item, backup)
        }
    }

    /// When the current stage is over; nil for the last.
    private func stageEnd(of item: Int) -> Instant? {
        let rules = rules(of: item).routing
        let entered = items[item].stageEntered
        switch items[item].stages.first {
        case .lastAgent: return entered + (rules.lastAgent ?? .zero)
        case .direct: return entered + rules.direct.wait
        case .preferred: return rules.preferred.rules.reduce(entered) { $0 + $1.wait }
        default: return nil
        }
    }

    /// Whom a stage aims at, in hand or not.
    private func targets(of item: Int, _ stage: Item.Stage) -> [Int] {
        let members = rules(of: item).members.map(\.agent)
        switch stage {
        case .lastAgent(let agent): return members.contains(agent) ? [place(of: agent)].compactMap(\.self) : []
        case .direct(let agent): return [place(of: agent)].compactMap(\.self)
        case .preferred:
            return items[item].preferred.filter { members.contains($0.agent) }.compactMap { place(of: $0.agent) }
        case .own: return []
        }
    }

    // MARK: candidates

    struct Candidate {
        var agent: Int
        /// In the preferred stage.
        var score = 0
    }

    /// Whom the current stage admits, skills aside.
    func admitted(_ item: Int) -> [Candidate] {
        let rules = rules(of: item)
        guard let stage = items[item].stages.first else { return [] }
        switch stage {
        case .lastAgent, .direct: return targets(of: item, stage).map { Candidate(agent: $0) }
        case .preferred:
            let entered = items[item].stageEntered
            var opens = entered
            var lowest = Int.max
            for rule in rules.routing.preferred.rules {
                if opens <= ruleTime || opens == entered { lowest = min(lowest, rule.minimumScore) }
                opens = opens + rule.wait
            }
            let members = rules.members.map(\.agent)
            return items[item].preferred.filter { $0.score >= lowest && members.contains($0.agent) }
                .compactMap { wish in place(of: wish.agent).map { Candidate(agent: $0, score: wish.score) } }
        case .own:
            let ring = ringsLeft(item).count + 1
            let members = rules.members.filter { member in
                let isOpen = member.delay == .zero || items[item].since + member.delay <= ruleTime
                return isOpen && (rules.routing.method.hasRings ? member.ring <= ring : true)
            }
            var groups = items[item].openedGroups
            for left in ringsLeft(item) { groups += left.addGroups }
            let named = members.map(\.agent) + groups.flatMap { scenario.groups[$0] ?? [] }
            let places = Set(named.compactMap { place(of: $0) })
            return places.sorted().map { Candidate(agent: $0) }
        }
    }

    /// The rings that have been left, in the last stage.
    private func ringsLeft(_ item: Int) -> [Ring] {
        guard case .bullseye(let rings) = rules(of: item).routing.method, items[item].stages.first == .own else {
            return []
        }
        var left: [Ring] = []
        var end = items[item].stageEntered
        for ring in rings {
            end = end + ring.wait
            if end <= ruleTime { left.append(ring) }
        }
        return left
    }

    /// What is asked now, after relaxation; nothing where the stage or the queue does not ask.
    func asked(_ item: Int) -> [SkillRequest] {
        let rules = rules(of: item).routing
        switch items[item].stages.first {
        case .direct: return []
        case .preferred where !rules.preferred.asksSkills: return []
        case .own where rules.evaluation == .disregardSkills: return []
        default: break
        }
        var skills = items[item].skills
        for ring in ringsLeft(item) { skills.removeAll { ring.dropSkills.contains($0.request.skill) } }
        for step in rules.cascade where items[item].entered + step.after <= ruleTime {
            skills.removeAll {
                step.dropSkills.contains($0.request.skill) || (step.dropSupplementary && $0.isSupplementary)
            }
            for place in skills.indices {
                guard let minimum = skills[place].request.minimum else { continue }
                skills[place].request.minimum = minimum - min(minimum, step.lowerMinimumBy)
            }
        }
        return skills.map(\.request)
    }

    /// The times at which a rule changes something for an interaction, past ones included.
    func ruleTimes(of item: Int) -> [Instant] {
        guard items[item].phase == .waiting || items[item].phase == .alerting else { return [] }
        let rules = rules(of: item)
        let entered = items[item].stageEntered
        var times = [stageEnd(of: item)].compactMap(\.self)
        var waits: [Span] = []
        switch items[item].stages.first {
        case .preferred: waits = rules.routing.preferred.rules.map(\.wait)
        case .own:
            switch rules.routing.method {
            case .standard: break
            case .bullseye(let rings): waits = rings.map(\.wait)
            case .conditionalGroups(let conditions): waits = conditions.map(\.wait)
            }
        default: break
        }
        var end = entered
        for wait in waits {
            end = end + wait
            times.append(end)
        }
        times += rules.routing.cascade.map { items[item].entered + $0.after }
        times += rules.members.filter { $0.delay > .zero }.map { items[item].since + $0.delay }
        if let limit = rules.overflow?.maxWait { times.append(items[item].entered + limit) }
        times += items[item].excludedUntil.values
        return times + [items[item].retryAt]
    }
}

extension RoutingMethod {
    var hasRings: Bool { if case .bullseye = self { true } else { false } }
}
