internal import JSONDocuments
internal import Primitives
internal import Routing
internal import RuleDocuments

/// What somebody does at a time.
extension ScenarioReading {
    mutating func control(_ value: JSONValue, _ pointer: String) -> Scenario.Control? {
        let at = Instant.zero + (value["at"].flatMap(RuleReading.span) ?? .zero)
        let agent = agentID(value["agent"], "\(pointer)/agent")
        let interaction = interactionName(value["interaction"], "\(pointer)/interaction")
        let deed: Scenario.Control.Deed?
        switch (agent, interaction) {
        case (let agent?, nil): deed = self.deed(of: agent, value, pointer)
        case (nil, let interaction?): deed = self.deed(to: interaction, value, pointer)
        default:
            note(pointer, "names one agent, or one interaction")
            return nil
        }
        return deed.map { Scenario.Control(at: at, deed: $0) }
    }

    /// The one group of members that is there; a control does one thing.
    private mutating func chosen(_ groups: [[String]], in value: JSONValue, _ pointer: String) -> Int? {
        let found = groups.indices.filter { groups[$0].contains { value[$0] != nil } }
        let known = Set(groups.joined()).union(["at", "agent", "interaction"])
        let isForeign = (value.members ?? []).contains { $0.value != .null && !known.contains($0.name) }
        guard found.count == 1, !isForeign else {
            note(
                pointer,
                "must do one thing, of: \(groups.map { $0.joined(separator: " and ") }.joined(separator: ", "))")
            return nil
        }
        return found[0]
    }

    private mutating func deed(
        of agent: AgentID, _ value: JSONValue, _ pointer: String
    ) -> Scenario.Control.Deed? {
        let groups = [["presence", "onQueue"], ["connection"], ["utilization"], ["skills"]]
        switch chosen(groups, in: value, pointer) {
        case 0:
            let presence = value["presence"]?.text.flatMap { Presence(name: $0) }
            return .presence(agent, presence, onQueue: value["onQueue"]?.flag)
        case 1: return .connection(agent, isLost: value["connection"]?.text == "lost")
        case 2: return .utilization(agent, utilization(value["utilization"]))
        case 3: return .agentSkills(agent, RuleReading.held(value["skills"]))
        default: return nil
        }
    }

    private mutating func deed(
        to interaction: String, _ value: JSONValue, _ pointer: String
    ) -> Scenario.Control.Deed? {
        let edit = ["priority", "skills", "queue", "routingAgeOffset"]
        switch chosen([edit, ["transfer"], ["consult"], ["action"], ["callback"]], in: value, pointer) {
        case 0:
            return .edit(
                interaction,
                Scenario.Edit(
                    priority: value["priority"]?.integer.map { Int32(clamping: $0) },
                    skills: value["skills"].map(Scenario.asked),
                    queue: queueID(value["queue"], "\(pointer)/queue"),
                    routingAgeOffset: value["routingAgeOffset"].flatMap(RuleReading.span)))
        case 1: return transfer(of: interaction, value["transfer"] ?? .null, "\(pointer)/transfer")
        case 2:
            return agentID(value["consult"]?["agent"], "\(pointer)/consult/agent").map { .consult(interaction, $0) }
        case 3: return RuleReading.case(value["action"]).map { .act(interaction, $0) }
        case 4: return .callback(interaction)
        default: return nil
        }
    }

    private mutating func transfer(
        of interaction: String, _ value: JSONValue, _ pointer: String
    ) -> Scenario.Control.Deed? {
        let target: Scenario.Transfer.Target
        switch (queueID(value["queue"], "\(pointer)/queue"), agentID(value["agent"], "\(pointer)/agent")) {
        case (let queue?, nil): target = .queue(queue)
        case (nil, let agent?): target = .agent(agent)
        default:
            note(pointer, "goes to one queue, or to one agent")
            return nil
        }
        return .transfer(
            interaction,
            Scenario.Transfer(
                target: target, keepsAge: value["keepAge"]?.flag ?? false,
                priority: value["priority"]?.integer.map { Int32(clamping: $0) },
                skills: value["skills"].map(Scenario.asked), handle: value["handleSeconds"].flatMap(RuleReading.span)
            ))
    }
}

extension Scenario {
    static func asked(_ value: JSONValue?) -> [AskedSkill] {
        (value?.list ?? []).map { item in
            AskedSkill(RuleReading.request(item), isSupplementary: item["supplementary"]?.flag ?? false)
        }
    }
}
