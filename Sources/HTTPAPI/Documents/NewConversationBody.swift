internal import JSONDocuments
import Routing

/// The body of `POST /conversations`, which has passed ``Schema/newConversation`` before.
struct NewConversationBody {
    let body: JSONValue

    var queue: QueueID { QueueID(body["queue"]?.text ?? "") }
    var externalID: String? { body["externalId"]?.text }

    /// - Throws: a 422 problem with every field that does not fit the configuration.
    func work(queue settings: QueueSettings?, centre: CentreState) throws(Problem) -> NewConversation {
        var problems: [FieldProblem] = []
        let media = body["mediaType"]?.text.flatMap { MediaType(name: $0) } ?? .voice
        let skills = skills(centre, &problems)
        guard let settings else {
            problems.append(FieldProblem("/queue", "there is no queue \"\(queue)\""))
            throw .invalid(problems)
        }
        if !settings.media.contains(media) {
            problems.append(FieldProblem("/mediaType", "the queue \"\(queue)\" does not take \(media)"))
        }
        let excluded = excludedAgents(centre, &problems)
        guard problems.isEmpty else { throw .invalid(problems) }
        let owesCode: Bool
        switch settings.offers.afterContactWork {
        case .none, .optional: owesCode = false
        case .mandatory, .mandatoryTimed: owesCode = true
        }
        return NewConversation(
            queue: queue, division: settings.division, media: media,
            priority: Int32(clamping: body["priority"]?.integer ?? 0), skills: skills,
            customer: attributes(body["customer"]), attributes: attributes(body["attributes"]),
            externalID: externalID, wrapUpCodes: settings.wrapUpCodes, defaultWrapUpCode: settings.defaultWrapUpCode,
            wrapUpDue: owesCode, excluded: excluded)
    }

    private func excludedAgents(_ centre: CentreState, _ problems: inout [FieldProblem]) -> [AgentID] {
        (body["excludedAgents"]?.list ?? []).enumerated().compactMap { index, item in
            let agent = AgentID(item.text ?? "")
            if centre.agents[agent] == nil {
                problems.append(FieldProblem("/excludedAgents/\(index)", "there is no agent \"\(agent)\""))
            }
            return agent
        }
    }

    private func attributes(_ value: JSONValue?) -> [Attribute] {
        (value?.members ?? []).compactMap { member in member.value.text.map { Attribute(member.name, $0) } }
    }

    private func skills(_ centre: CentreState, _ problems: inout [FieldProblem]) -> [SkillRequest] {
        var requests: [SkillRequest] = []
        for (index, item) in (body["skills"]?.list ?? []).enumerated() {
            let name = item["skill"]?.text ?? ""
            let request = SkillRequest(
                skill: name, minimum: item["minimumProficiency"].flatMap(AgentBody.level),
                maximum: item["maximumProficiency"].flatMap(AgentBody.level))
            if centre.skills[name] == nil {
                problems.append(FieldProblem("/skills/\(index)/skill", "there is no skill \"\(name)\""))
            }
            if let minimum = request.minimum, let maximum = request.maximum, minimum > maximum {
                let pointer = "/skills/\(index)/maximumProficiency"
                problems.append(FieldProblem(pointer, "must not be below minimumProficiency"))
            }
            requests.append(request)
        }
        if let language = body["language"]?.text {
            if centre.skills[language]?.document.isLanguage != true {
                problems.append(FieldProblem("/language", "there is no skill \"\(language)\" of kind language"))
            }
            if !requests.contains(where: { $0.skill == language }) { requests.append(SkillRequest(skill: language)) }
        }
        return requests
    }
}
