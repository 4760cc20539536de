internal import JSONDocuments
import Routing

/// The list of conversations, filtered.
enum ConversationListRoute {
    /// Conversations looked at for one page; the cursor goes on from there.
    private static let scanLimit = 5_000
    /// Conversations asked for at once.
    private static let batch = 500

    static let route = Route(
        method: "GET", template: "\(Route.base)/conversations", summary: "List conversations",
        roles: .everyReader,
        query: Route.QueryParameter.page + [
            .init(name: "queue", schema: .identifier, note: "In this queue."),
            .init(
                name: "state", schema: .choice(["new", "waiting", "alerting", "connected", "ended"]),
                note: "In this state now."),
            .init(name: "agent", schema: .identifier, note: "With a part of this agent."),
            .init(name: "externalId", schema: .text(1...255), note: "With this name at its source."),
            .init(name: "customer", schema: .text(1...255), note: "Not yet supported."),
            .init(name: "from", schema: .text(1...64), note: "Not yet supported."),
        ],
        answers: [
            .init(
                status: 200, note: "A page; it may be shorter than the limit, and even empty, before the last one.",
                schema: .page(.conversation))
        ], handler: list)

    private static func list(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        for name in ["customer", "from"] where request.query[name] != nil {
            throw Problem.notYetSupported("The filter '\(name)'")
        }
        let paging = try Paging(request)
        let began = services.now
        var items: [JSONValue] = []
        var last = paging.after
        var scanned = 0
        var isOver = false
        scan: while scanned < scanLimit, !isOver {
            let views = try await services.conversations.list(limit: batch, after: last.map { ConversationID($0) })
            isOver = views.count < batch
            for (index, view) in views.enumerated() {
                scanned += 1
                last = view.id.key
                if let item = try await item(view, request, services) { items.append(item) }
                if items.count == paging.limit {
                    isOver = isOver && index == views.count - 1
                    break scan
                }
            }
        }
        let cursor = isOver ? nil : last.map { Paging.cursor(after: $0) }
        return APIAnswer(200, .fields(["items": .list(items), "nextCursor": cursor, "asOf": .time(began)]))
    }

    private static func item(
        _ view: ConversationView, _ request: APIRequest, _ services: APIServices
    ) async throws -> JSONValue? {
        let query = request.query
        if let queue = query["queue"], view.work.queue.key != queue { return nil }
        if let name = query["externalId"], view.work.externalID != name { return nil }
        if query["state"] == "ended", view.ended == nil { return nil }
        if let state = query["state"], state != "ended", view.ended != nil { return nil }
        guard request.principal.sees(division: view.work.division) else { return nil }
        let body = try await ConversationRoutes.body(of: view, services)
        if let state = query["state"], body.state != state { return nil }
        if let agent = query["agent"], !body.agents.contains(AgentID(agent)) { return nil }
        return body.body
    }
}
