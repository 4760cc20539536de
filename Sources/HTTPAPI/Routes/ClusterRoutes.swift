import Cluster
import ContactCentre
internal import JSONDocuments
import Membership
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
            answers: [
                .init(
                    status: 200,
                    note:
                        "It has links to more than half of the nodes, all shards have leaders, and it is not about to stop.",
                    schema: .health)
            ],
            handler: ready),
        Route(
            method: "GET", template: "\(Route.base)/openapi.json", summary: "Describe this API", roles: [],
            answers: [.init(status: 200, note: "OpenAPI 3.1.", schema: .anything)],
            handler: { _, services in APIAnswer(200, services.document) }),
        ClusterHealthRoute.route, MetricsRoute.route,
    ]

    private static func cluster(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let node = services.node
        let map = node.map
        let linked = Set(node.connected)
        let members = Dictionary(uniqueKeysWithValues: node.membership.members.map { ($0.id, $0) })
        let nodes = map.nodes.map { id in
            let isThis = id == node.id
            let member = members[id]
            return JSONValue.fields([
                "id": .text(id.name), "state": .text(member.map { "\($0.status)" } ?? "unseen"),
                "linked": .flag(linked.contains(id)), "shardsLed": .integer(Int64(node.shardsLed(by: id))),
                "draining": .flag(map.member(id)?.isDraining ?? false),
                "replicas": .integer(Int64(map.shards.count { map.hosts(id, $0) })),
                "address": known(member?.metadata.address), "zone": known(member?.metadata.zone),
                "version": isThis ? .text(services.version) : known(member?.metadata.version),
                "incarnation": member.map { .text("\($0.incarnation)") },
                "load": member.map { .number(Double($0.metadata.load) / 1_000) },
                "since": isThis ? nil : member.map { .time($0.since) },
                "uptimeSeconds": isThis ? .number((services.now - services.started).seconds) : nil,
            ])
        }
        return APIAnswer(
            200,
            .fields([
                "cluster": .text(node.settings.cluster), "answeredBy": .text(node.id.name),
                "shards": .integer(Int64(map.shardCount)), "mapEpoch": .integer(Int64(clamping: map.epoch)),
                "registryLeader": node.leader(of: map.meta).map { .text($0.name) }, "nodes": .list(nodes),
            ]))
    }

    /// A text of a member, unless it gave none.
    private static func known(_ text: String?) -> JSONValue? {
        text.flatMap { $0.isEmpty ? nil : .text($0) }
    }

    private static func live(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        APIAnswer(200, ["status": "live"])
    }

    private static func ready(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        if let reason = NodeReadiness(services.node, services.follower).reason { throw Problem.notExecuted(reason) }
        return APIAnswer(200, ["status": "ready"])
    }
}
