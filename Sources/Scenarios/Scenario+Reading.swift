package import JSONDocuments
internal import Primitives
internal import Routing
internal import RuleDocuments

extension Scenario {
    /// What is wrong with a scenario file, with the places.
    package struct Unreadable: Error, CustomStringConvertible {
        package let problems: [FieldProblem]
        package var description: String {
            problems.map { "\($0.pointer.isEmpty ? "/" : $0.pointer): \($0.detail)" }.joined(separator: "\n")
        }
    }

    /// Values in one file: a day of a large centre.
    private static let valueLimit = 20_000_000

    /// Reads a file; `expect` is what it expects, where it says so.
    package static func read(_ bytes: [UInt8]) throws(Unreadable) -> (scenario: Scenario, expect: JSONValue?) {
        let file: JSONValue
        do throws(JSONParser.Failure) {
            file = try JSONParser.parse(bytes, valueLimit: valueLimit)
        } catch {
            throw Unreadable(problems: [FieldProblem("", error.description)])
        }
        var problems = Schema.scenario.problems(of: file)
        guard problems.isEmpty else { throw Unreadable(problems: problems) }
        var reading = ScenarioReading(file)
        let scenario = reading.scenario()
        problems = reading.problems
        guard problems.isEmpty else { throw Unreadable(problems: problems) }
        return (scenario, file["expect"])
    }
}

/// One reading of a file that has the right shape: names are resolved, what contradicts itself is noted.
struct ScenarioReading {
    let file: JSONValue
    private(set) var problems: [FieldProblem] = []
    private var queueNames: Set<String> = []
    private var agentNames: Set<String> = []
    private var groupNames: Set<String> = []
    private var interactionNames: Set<String> = []
    private var organization = Utilization()
    private var skillsOf: [String: [HeldSkill]] = [:]

    init(_ file: JSONValue) { self.file = file }

    mutating func note(_ pointer: String, _ detail: String) { problems.append(FieldProblem(pointer, detail)) }

    mutating func scenario() -> Scenario {
        func names(_ list: String) -> Set<String> { Set((file[list]?.list ?? []).compactMap { $0["id"]?.text }) }
        (queueNames, agentNames) = (names("queues"), names("agents"))
        (groupNames, interactionNames) = (names("groups"), names("interactions"))
        organization = RuleReading.utilization(file["utilization"], over: Utilization())

        var scenario = Scenario()
        scenario.queues = each("queues") { $0.queue($1, $2) }
        for (id, members) in each("groups", { $0.group($1, $2) }) { scenario.groups[id] = members }
        scenario.agents = each("agents") { $0.agent($1, $2) }
        scenario.interactions = each("interactions") { $0.interaction($1, $2) }
        scenario.answers = answers()
        scenario.controls = each("controls") { $0.control($1, $2) }.compactMap(\.self)
            .enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        return scenario
    }

    /// Reads each item of a list of the file, with its pointer.
    private mutating func each<Item>(
        _ name: String, _ read: (inout ScenarioReading, JSONValue, String) -> Item
    ) -> [Item] {
        var items: [Item] = []
        for (index, value) in (file[name]?.list ?? []).enumerated() {
            items.append(read(&self, value, "/\(name)/\(index)"))
        }
        return items
    }

    // MARK: names

    mutating func agentID(_ value: JSONValue?, _ pointer: String) -> AgentID? {
        guard let name = value?.text else { return nil }
        if !agentNames.contains(name) { note(pointer, "\(name) is no agent of this file") }
        return AgentID(name)
    }

    mutating func queueID(_ value: JSONValue?, _ pointer: String) -> QueueID? {
        guard let name = value?.text else { return nil }
        if !queueNames.contains(name) { note(pointer, "\(name) is no queue of this file") }
        return QueueID(name)
    }

    mutating func agentIDs(_ value: JSONValue?, _ pointer: String) -> [AgentID] {
        var agents: [AgentID] = []
        for (index, item) in (value?.list ?? []).enumerated() {
            if let agent = agentID(item, "\(pointer)/\(index)") { agents.append(agent) }
        }
        return agents
    }

    mutating func checkGroups(_ groups: [String], _ pointer: String) {
        for group in groups where !groupNames.contains(group) { note(pointer, "\(group) is no group of this file") }
    }

    // MARK: items

    private mutating func group(_ value: JSONValue, _ pointer: String) -> (String, [AgentID]) {
        (value["id"]?.text ?? "", agentIDs(value["members"], "\(pointer)/members"))
    }

    private mutating func agent(_ value: JSONValue, _ pointer: String) -> Scenario.Agent {
        var agent = Scenario.Agent(AgentID(value["id"]?.text ?? ""))
        agent.skills = RuleReading.held(value["skills"])
        agent.utilization = RuleReading.utilization(value["utilization"], over: organization)
        agent.presence = value["presence"]?.text.flatMap { Presence(name: $0) } ?? .available
        agent.onQueue = value["onQueue"]?.flag ?? (agent.presence == .available)
        if agent.onQueue, agent.presence != .available { note("\(pointer)/onQueue", "asks for presence available") }
        agent.idleSince = Instant.zero + (value["idleSince"].flatMap(RuleReading.span) ?? .zero)
        agent.busyUntil = (value["busyUntil"]?.list ?? []).compactMap { busy in
            guard let at = busy["at"].flatMap(RuleReading.span), let media = RuleReading.media(busy["mediaType"]) else {
                return nil
            }
            return Scenario.Busy(at: .zero + at, media: media)
        }
        if let reconnect = value["reconnectSeconds"].flatMap(RuleReading.span) { agent.reconnect = reconnect }
        return agent
    }

    private mutating func interaction(_ value: JSONValue, _ pointer: String) -> Scenario.Interaction {
        let id = value["id"]?.text ?? ""
        var item = Scenario.Interaction(
            id, at: .zero + (value["at"].flatMap(RuleReading.span) ?? .zero),
            queue: queueID(value["queue"], "\(pointer)/queue") ?? QueueID(""))
        item.media = RuleReading.media(value["mediaType"]) ?? .voice
        item.priority = Int32(clamping: value["priority"]?.integer ?? 0)
        item.skills = Scenario.asked(value["skills"])
        item.label = value["label"]?.text
        item.excluded = agentIDs(value["excludedAgents"], "\(pointer)/excludedAgents")
        for (index, wish) in (value["preferredAgents"]?.list ?? []).enumerated() {
            guard let agent = agentID(wish["agent"], "\(pointer)/preferredAgents/\(index)/agent") else { continue }
            item.preferred.append(.init(agent, score: Int(wish["score"]?.integer ?? 100)))
        }
        item.lastAgent = agentID(value["lastAgent"], "\(pointer)/lastAgent")
        item.direct = agentID(value["routing"]?["direct"], "\(pointer)/routing/direct")
        item.outboundBy = agentID(value["agent"], "\(pointer)/agent")
        if (value["direction"]?.text == "outbound") != (item.outboundBy != nil) {
            note("\(pointer)/agent", "goes with direction outbound, and only there")
        }
        item.handle = value["handleSeconds"].flatMap(RuleReading.span)
        item.patience = value["patienceSeconds"].flatMap(RuleReading.span)
        item.afterContact = value["afterContactSeconds"].flatMap(RuleReading.span) ?? .zero
        item.number = value["number"]?.text
        item.scheduledAt = value["scheduledAt"].flatMap(RuleReading.span).map { .zero + $0 }
        item.dial = (value["dial"]?.list ?? []).compactMap { attempt in
            guard let parts = attempt.list, parts.count == 2, let after = RuleReading.span(parts[0]),
                let outcome = parts[1].text.flatMap(Scenario.Dial.Outcome.init)
            else { return nil }
            return Scenario.Dial(after: after, outcome: outcome)
        }
        return item
    }

    // MARK: answers

    private mutating func answers() -> Scenario.Answers {
        var answers = Scenario.Answers()
        for (pair, value) in pairs("answerDelay") { answers.delay[pair] = value.flatMap(RuleReading.span) ?? .zero }
        func count(_ value: JSONValue?) -> Int { value?.integer.map { Int(clamping: $0) } ?? .max }
        for (pair, value) in pairs("unanswered") { answers.unanswered[pair] = count(value) }
        for (pair, value) in pairs("declined") { answers.declined[pair] = count(value) }
        for (pair, value) in pairs("connectFailed") { answers.connectFailed[pair] = count(value) }
        return answers
    }

    private mutating func pairs(_ name: String) -> [(Scenario.Answers.Pair, JSONValue?)] {
        each(name) { reading, value, pointer in
            let parts = value.list ?? []
            guard parts.count >= 2, let agent = reading.agentID(parts[0], "\(pointer)/0"),
                let interaction = reading.interactionName(parts[1], "\(pointer)/1")
            else {
                reading.note(pointer, "must be an agent, an interaction and perhaps a number")
                return nil
            }
            return (.init(agent, interaction), parts.count > 2 ? parts[2] : nil)
        }.compactMap(\.self)
    }

    mutating func interactionName(_ value: JSONValue?, _ pointer: String) -> String? {
        guard let name = value?.text else { return nil }
        if !interactionNames.contains(name) { note(pointer, "\(name) is no interaction of this file") }
        return name
    }

    /// The agent's utilization after a control, over the organization's.
    func utilization(_ value: JSONValue?) -> Utilization { RuleReading.utilization(value, over: organization) }
}
