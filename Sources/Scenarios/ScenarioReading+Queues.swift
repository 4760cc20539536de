internal import JSONDocuments
internal import Primitives
internal import Routing
internal import RuleDocuments

/// Queues, whose rules name agents, groups and other queues.
extension ScenarioReading {
    mutating func queue(_ value: JSONValue, _ pointer: String) -> Scenario.Queue {
        var queue = Scenario.Queue(QueueID(value["id"]?.text ?? ""))
        queue.rank = RuleReading.rank(value)
        queue.offers = RuleReading.offers(value)
        queue.callback = RuleReading.callback(value["callback"])
        queue.assumedHandle = RuleReading.perMedia(value["assumedHandleSeconds"], RuleReading.span)
        queue.serviceLevel = RuleReading.perMedia(value["serviceLevel"]) { $0["seconds"].flatMap(RuleReading.span) }
        queue.members = members(value["members"], "\(pointer)/members")
        queue.overflow = value["overflow"].flatMap { overflow($0, "\(pointer)/overflow") }
        queue.routing = routing(value["routing"], "\(pointer)/routing")
        RuleReading.evaluation(value, into: &queue.routing)
        return queue
    }

    private mutating func members(_ value: JSONValue?, _ pointer: String) -> [Membership] {
        var members: [Membership] = []
        var seen: Set<AgentID> = []
        for (index, item) in (value?.list ?? []).enumerated() {
            let place = "\(pointer)/\(index)"
            guard let agent = agentID(item.text != nil ? item : item["agent"], place) else { continue }
            if !seen.insert(agent).inserted { note(place, "occurs twice") }
            var member = Membership(agent)
            if let ring = item["ring"]?.integer { member.ring = Int(ring) }
            if let order = item["queueOrder"]?.integer { member.queueOrder = Int(order) }
            if let delay = item["delaySeconds"].flatMap(RuleReading.span) { member.delay = delay }
            members.append(member)
        }
        return members
    }

    private mutating func overflow(_ value: JSONValue, _ pointer: String) -> Overflow? {
        let target = queueID(value["queue"], "\(pointer)/queue")
        if (value["action"]?.text == "queue") != (target != nil) {
            note("\(pointer)/queue", "goes with action queue, and only there")
        }
        var overflow = Overflow(action: target.map { .queue($0) } ?? .end)
        overflow.maxWaiting = value["maxWaiting"]?.integer.map { Int($0) }
        overflow.maxWait = value["maxWaitSeconds"].flatMap(RuleReading.span)
        overflow.flowsOutWithoutAgents = value["whenNoAgents"]?.text == "flowOut"
        return overflow
    }

    private mutating func routing(_ value: JSONValue?, _ pointer: String) -> RoutingRules {
        var rules = RoutingRules()
        guard let value else { return rules }
        let stages = value["stages"]
        rules.lastAgent = stages?["lastAgent"].map { $0["waitSeconds"].flatMap(RuleReading.span) ?? .seconds(30) }
        if let wait = stages?["direct"]?["waitSeconds"].flatMap(RuleReading.span) { rules.direct.wait = wait }
        rules.direct.backupQueue = queueID(
            stages?["direct"]?["backupQueue"], "\(pointer)/stages/direct/backupQueue")
        rules.preferred = preferred(stages?["preferred"], "\(pointer)/stages/preferred")
        rules.method = method(value, pointer)
        rules.cascade = (value["cascade"]?.list ?? []).map { step in
            CascadeStep(
                after: step["afterSeconds"].flatMap(RuleReading.span) ?? .zero,
                dropSupplementary: step["dropSupplementary"]?.flag ?? false,
                dropSkills: RuleReading.names(step["dropSkills"]),
                lowerMinimumBy: UInt8(clamping: Int(((step["lowerMinimumBy"]?.number ?? 0) * 10).rounded())))
        }
        if !zip(rules.cascade, rules.cascade.dropFirst()).allSatisfy({ $0.after < $1.after }) {
            note("\(pointer)/cascade", "each step must come later than the one before")
        }
        return rules
    }

    private mutating func preferred(_ value: JSONValue?, _ pointer: String) -> PreferredStage {
        var stage = PreferredStage()
        stage.asksSkills = value?["asksSkills"]?.flag ?? false
        guard let rules = value?["rules"]?.list else { return stage }
        stage.rules = []
        for (index, item) in rules.enumerated() {
            let isAny = item["any"]?.flag ?? false
            if isAny == (item["minimumScore"] != nil) { note("\(pointer)/rules/\(index)", "names a score, or any") }
            var rule = PreferredStage.Rule(minimumScore: isAny ? 0 : Int(item["minimumScore"]?.integer ?? 0))
            if let wait = item["waitSeconds"].flatMap(RuleReading.span) { rule.wait = wait }
            stage.rules.append(rule)
        }
        return stage
    }

    private mutating func method(_ value: JSONValue, _ pointer: String) -> RoutingMethod {
        let then = value["then"]?.text ?? "standard"
        for (list, method) in [("rings", "bullseye"), ("conditionalGroups", "conditionalGroups")]
        where (value[list] != nil) != (then == method) {
            note("\(pointer)/\(list)", "goes with \(method), and only there")
        }
        switch then {
        case "bullseye":
            var rings: [Ring] = []
            for (index, item) in (value["rings"]?.list ?? []).enumerated() {
                let groups = RuleReading.names(item["addGroups"])
                checkGroups(groups, "\(pointer)/rings/\(index)/addGroups")
                rings.append(
                    Ring(
                        wait: item["waitSeconds"].flatMap(RuleReading.span) ?? .zero,
                        dropSkills: RuleReading.names(item["dropSkills"]), addGroups: groups))
            }
            return .bullseye(rings)
        case "conditionalGroups":
            var rules: [ConditionalRule] = []
            for (index, item) in (value["conditionalGroups"]?.list ?? []).enumerated() {
                if let rule = conditional(item, "\(pointer)/conditionalGroups/\(index)") { rules.append(rule) }
            }
            return .conditionalGroups(rules)
        default: return .standard
        }
    }

    private mutating func conditional(_ value: JSONValue, _ pointer: String) -> ConditionalRule? {
        let groups = RuleReading.names(value["groups"])
        checkGroups(groups, "\(pointer)/groups")
        guard let metric: ConditionalRule.Metric = RuleReading.case(value["metric"]),
            let comparison: ConditionalRule.Comparison = RuleReading.case(value["comparison"]),
            let queue = queueID(value["queue"], "\(pointer)/queue")
        else { return nil }
        return ConditionalRule(
            metric: metric, queue: queue, comparison: comparison, value: value["value"]?.number ?? 0, groups: groups,
            wait: value["waitSeconds"].flatMap(RuleReading.span) ?? .zero)
    }
}
