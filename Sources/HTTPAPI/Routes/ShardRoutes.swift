import Cluster
internal import JSONDocuments
import Primitives

/// The shards of the cluster: who keeps them, who leads them, how far each replica is.
enum ShardRoutes {
    static let routes: [Route] = [
        Route(
            method: "GET", template: "\(Route.base)/cluster/shards", summary: "Show the shards and their replicas",
            roles: [.admin],
            query: [
                .init(name: "node", schema: .text(1...64), note: "Only shards that this node keeps."),
                .init(name: "leader", schema: .text(1...64), note: "Only shards that this node leads."),
            ],
            answers: [
                .init(status: 200, note: "What all nodes that answer know of their replicas.", schema: .shards)
            ], handler: list),
        Route(
            method: "POST", template: "\(Route.base)/cluster/shards/{n}/transfer-leader",
            summary: "Let another node lead a shard", roles: [.admin],
            body: .json(.object([.required("to", .text(1...64), "A node that keeps the shard.")])),
            answers: [
                .init(status: 200, note: "The node leads the shard.", schema: .shardLeader)
            ], handler: transfer),
    ]

    /// How often, and after which pause, the new leader is looked for: two seconds in all.
    private static let looks = 100
    private static let pause = Duration.milliseconds(20)

    // MARK: list

    private static func list(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let map = services.node.map
        for name in ["node", "leader"] {
            guard let node = request.query[name], !map.nodes.contains(NodeID(node)) else { continue }
            throw Problem.malformed("“\(name)” names \(node.prefix(64)), which is no node of this cluster")
        }
        let reports = await reports(services.node)
        let items = (0..<map.shardCount).compactMap { number -> JSONValue? in
            let shard = ShardID(number)
            let known = reports.filter { $0.value[shard] != nil }.mapValues { $0[shard] }
            let leader = known.values.compactMap(\.self).filter { $0.role == .leader }.max { $0.term < $1.term }
            let voters = leader?.nodes ?? map.replicas(of: shard).filter { map.votes($0, in: shard) }
            let nodes = voters + map.replicas(of: shard).filter { !voters.contains($0) && !map.votes($0, in: shard) }
            // A leader that does not answer here is known by its followers.
            let newest = known.values.compactMap(\.self).max { $0.term < $1.term }
            let led = leader.flatMap { leading in known.first { $0.value == leading }?.key } ?? newest?.leader
            if let wanted = request.query["node"], !nodes.contains(NodeID(wanted)) { return nil }
            if let wanted = request.query["leader"], led != NodeID(wanted) { return nil }
            return .fields([
                "shard": .integer(Int64(number)), "leader": led.map { .text($0.name) },
                "term": newest.map { .integer(Int64(clamping: $0.term)) },
                "movingTo": map.target(of: shard).map { .list($0.map { .text($0.name) }) },
                "replicas": .list(
                    nodes.map { replica($0, votes: voters.contains($0), known[$0] ?? nil, leader) }),
            ])
        }
        return APIAnswer(
            200,
            [
                "answeredBy": .text(services.node.id.name), "asOf": .time(services.now),
                "nodesAnswered": .list(reports.keys.sorted().map { .text($0.name) }), "items": .list(items),
            ])
    }

    /// What the nodes that answer know, by node and shard.
    static func reports(_ node: ClusterNode) async -> [NodeID: [ShardID: ShardReport]] {
        await withTaskGroup(of: (NodeID, [ShardReport])?.self) { group in
            for peer in node.map.nodes {
                group.addTask { (try? await node.shardReports(of: peer)).map { (peer, $0) } }
            }
            var all: [NodeID: [ShardID: ShardReport]] = [:]
            for await case .some((let peer, let reports)) in group {
                all[peer] = Dictionary(reports.map { ($0.shard, $0) }, uniquingKeysWith: { first, _ in first })
            }
            return all
        }
    }

    /// A replica by its own word, or else by its leader's.
    private static func replica(
        _ node: NodeID, votes: Bool, _ own: ShardReport?, _ leader: ShardReport?
    ) -> JSONValue {
        let follower = leader?.followers.first { $0.node == node }
        let last = own?.last ?? follower?.match
        let lag = last.flatMap { last in leader.map { $0.last - min($0.last, last) } }
        let isLearner = !votes && (own?.role ?? .follower) == .follower
        let role = isLearner ? "learner" : own.map { "\($0.role)" }
        let condition: String = own.map { $0.condition == .intact ? "intact" : "\($0.condition)" } ?? "unknown"
        return .fields([
            "node": .text(node.name), "role": role.map { .text($0) }, "condition": .text(condition),
            "committed": own.map { .integer(Int64(clamping: $0.commit)) },
            "applied": own.map { .integer(Int64(clamping: $0.applied)) },
            "last": last.map { .integer(Int64(clamping: $0)) }, "lag": lag.map { .integer(Int64(clamping: $0)) },
            "snapshot": own.map { .integer(Int64(clamping: $0.snapshot)) },
            "bytes": own.map { .integer(Int64(clamping: $0.bytes)) },
            "needsSnapshot": follower.map { .flag($0.needsSnapshot) },
        ])
    }

    // MARK: transfer

    private static func transfer(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let node = services.node
        let map = node.map
        guard let number = UInt32(request.parameter("n")), number < map.shardCount else {
            throw Problem.notFound("shard \(request.parameter("n").prefix(16)); they are 0 to \(map.shardCount - 1)")
        }
        let shard = ShardID(number)
        let heir = NodeID(request.body["to"]?.text ?? "")
        guard map.hosts(heir, shard) else {
            let nodes = map.replicas(of: shard).map(\.name).joined(separator: ", ")
            throw Problem.conflict("\(heir.name.prefix(64)) keeps no replica of shard \(number); \(nodes) do")
        }
        guard let leader = node.leader(of: shard) else {
            throw Problem.notExecuted("Shard \(number) has no leader at the moment")
        }
        // It is to stay there.
        _ = try await PlacementRoutes.ask(.prefer(shard, heir), request, services)
        if leader != heir {
            guard try await Problem.afterChange({ try await node.transfer(shard, from: leader, to: heir) }) else {
                throw Problem.conflict(
                    "\(leader) leads shard \(number), and \(heir) is not ready for it: it lacks too much of the log, was not "
                        + "heard of, or leadership has just changed. Look at GET \(Route.base)/cluster/shards, and try again",
                    state: "\(heir) is preferred from now on, and is handed the shard when it is ready")
            }
            try await waitUntilLeads(heir, shard, node)
        }
        return APIAnswer(200, ["shard": .integer(Int64(number)), "leader": .text(heir.name)])
    }

    private static func waitUntilLeads(_ heir: NodeID, _ shard: ShardID, _ node: ClusterNode) async throws {
        for _ in 0..<looks {
            if node.leader(of: shard) == heir { return }
            try await Task.sleep(for: pause)
        }
        throw Problem.outcomeUnknown(
            "The transfer has begun, but \(heir) does not lead shard \(shard) after 2 s. It may still come; otherwise the "
                + "old leader goes on")
    }
}
