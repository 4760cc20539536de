import Cluster
import ContactCentre
import Primitives

/// The cluster as this node sees it, its health, and the description of the API.
enum ClusterRoutes {
    static let routes: [Route] = [
        Route(
            method: "GET", template: "\(Route.base)/cluster", summary: "Show the nodes", roles: [.admin],
            answers: [.init(status: 200, note: "The view of the node that answers.", schema: .cluster)],
            handler: cluster),
        Route(
            method: "GET", template: "/livez", summary: "Tell whether the process lives", roles: [],
            answers: [.init(status: 200, note: "It does.", schema: .health)], handler: live),
        Route(
            method: "GET", template: "/readyz", summary: "Tell whether the node can answer requests", roles: [],
            answers: [.init(status: 200, note: "It has links to more than half of the nodes.", schema: .health)],
            handler: ready),
        Route(
            method: "GET", template: "\(Route.base)/openapi.json", summary: "Describe this API", roles: [],
            answers: [.init(status: 200, note: "OpenAPI 3.1.", schema: .anything)],
            handler: { _, services in APIAnswer(200, services.document) }),
    ]

    private static func cluster(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let node = services.node
        let map = node.settings.map
        let up = Set(node.connected)
        let nodes = map.nodes.map { id in
            let isThis = id == node.id
            return JSONValue.fields([
                "id": .text(id.name), "state": up.contains(id) ? "up" : "down",
                "shardsLed": .integer(Int64(node.shardsLed(by: id))),
                "version": isThis ? .text(services.version) : nil,
                "incarnation": isThis ? .text("\(node.settings.incarnation)") : nil,
                "uptimeSeconds": isThis ? .number((services.now - services.started).seconds) : nil,
            ])
        }
        return APIAnswer(
            200,
            [
                "cluster": .text(node.settings.cluster), "answeredBy": .text(node.id.name),
                "shards": .integer(Int64(map.shardCount)), "nodes": .list(nodes),
            ])
    }

    private static func live(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        APIAnswer(200, ["status": "live"])
    }

    private static func ready(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let count = services.node.settings.map.nodes.count
        let connected = services.node.connected.count
        guard connected * 2 > count else {
            throw Problem.notExecuted("This node sees \(connected) of \(count) nodes, which is no majority")
        }
        let map = services.node.settings.map
        let leaderless = (0..<map.shardCount).count { services.node.leader(of: ShardID($0)) == nil }
        guard leaderless == 0 else {
            throw Problem.notExecuted("\(leaderless) of \(map.shardCount) shards have no leader")
        }
        guard services.follower.hasHeard else {
            throw Problem.notExecuted("This node has not heard of the centre's configuration yet")
        }
        return APIAnswer(200, ["status": "ready"])
    }
}
