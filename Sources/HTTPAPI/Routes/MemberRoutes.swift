internal import JSONDocuments
import Routing

/// Which agents are members of a queue.
enum MemberRoutes {
    /// A change of one member is tried again so often when another write came between.
    private static let attempts = 5

    private static let list = "\(Route.base)/queues/{id}/members"
    private static let one = "\(Route.base)/queues/{id}/members/{agentId}"

    static let routes: [Route] = [
        Route(
            method: "GET", template: list, summary: "List the members of a queue", roles: .everyReader,
            query: Route.QueryParameter.page, isConditional: true,
            answers: [.init(status: 200, note: "A page.", schema: .memberPage)], handler: read),
        Route(
            method: "PUT", template: list, summary: "Set the whole list of members", roles: [.admin],
            body: .json(.members), isConditional: true,
            answers: [.init(status: 200, note: "The list as it is now.", schema: .memberPage)], handler: write),
        Route(
            method: "PUT", template: one, summary: "Make an agent a member", roles: [.admin], body: .json(.membership),
            answers: [
                .init(status: 200, note: "It was one already.", schema: .membership),
                .init(status: 201, note: "It is one now.", schema: .membership),
            ], handler: add),
        Route(
            method: "DELETE", template: one, summary: "End a membership", roles: [.admin],
            answers: [.init(status: 204, note: "Ended.", schema: nil)], handler: remove),
    ]

    private static func queue(_ request: APIRequest, _ centre: CentreState) throws(Problem) -> QueueID {
        let id = QueueID(request.parameter("id"))
        guard let settings = centre.queues[id]?.document, request.principal.sees(division: settings.division) else {
            throw .notFound("queue '\(id.key.prefix(64))'")
        }
        return id
    }

    private static func item(_ key: String) -> JSONValue { ["agent": .text(key)] }

    private static func read(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let paging = try Paging(request)
        let centre = try await services.centre()
        let id = try queue(request, centre)
        let keys = (centre.members[id]?.document ?? []).map(\.key).sorted()
        let answer = APIAnswer(200, paging.page(keys, at: services.now) { item($0) })
        return answer.tagged(centre.members[id]?.version ?? 0)
    }

    private static func write(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let centre = try await services.centre()
        let id = try queue(request, centre)
        let items = request.body["items"]?.list ?? request.body.list ?? []
        let agents = items.compactMap { $0["agent"]?.text }.map { AgentID($0) }
        let expected = try request.expectedVersion(current: centre.members[id]?.version ?? 0)
        let reply = try await services.ask(.put(.members(id, agents), expected: expected))
        guard case .stored(let version, _) = reply else {
            let prefix = request.body.list == nil ? "/items" : ""
            throw Problem(reply, missing: .notFound("queue '\(id)'"), pointerPrefix: prefix)
        }
        let body: JSONValue = ["items": .list(agents.map { item($0.key) }), "asOf": .time(services.now)]
        return APIAnswer(200, body).tagged(version)
    }

    private static func add(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let agent = request.parameter("agentId")
        if let written = request.body["agent"]?.text, written != agent {
            throw Problem.invalid("/agent", "must be the agent of the path, '\(agent)'")
        }
        let isNew = try await change(request, services) { centre, list throws(Problem) in
            guard centre.agents[AgentID(agent)] != nil else { throw .notFound("agent '\(agent.prefix(64))'") }
            return list.contains(AgentID(agent)) ? nil : list + [AgentID(agent)]
        }
        return APIAnswer(isNew ? 201 : 200, item(agent))
    }

    private static func remove(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let agent = AgentID(request.parameter("agentId"))
        _ = try await change(request, services) { _, list throws(Problem) in
            guard list.contains(agent) else { throw .notFound("member '\(agent.key.prefix(64))'") }
            return list.filter { $0 != agent }
        }
        return .noContent
    }

    /// Writes the list that `edit` makes of the present one; nothing where it gives nil.
    private static func change(
        _ request: APIRequest, _ services: APIServices,
        edit: (CentreState, [AgentID]) throws(Problem) -> [AgentID]?
    ) async throws -> Bool {
        for _ in 0..<attempts {
            let centre = try await services.centre()
            let id = try queue(request, centre)
            let present = centre.members[id]
            guard let list = try edit(centre, present?.document ?? []) else { return false }
            let reply = try await services.ask(
                .put(.members(id, list), expected: present?.version ?? 0))
            switch reply {
            case .stored: return true
            case .versionMismatch: continue
            default: throw Problem(reply, missing: .notFound("queue '\(id)'"))
            }
        }
        throw Problem.notExecuted("Others change this list at the same time")
    }
}
