import Cluster
internal import JSONDocuments
import Primitives

/// Moving shards and emptying nodes: each wish goes to the registry of the cluster, which does it step by step.
enum PlacementRoutes {
    private static let begun = Route.Answer(
        status: 202, note: "It has begun; Location says where its progress is.", schema: .operation)

    static let routes: [Route] =
        [
            Route(
                method: "POST", template: "\(Route.base)/cluster/rebalance",
                summary: "Even out replicas, leaders and bytes over the nodes", roles: [.admin],
                body: .json(
                    .object([
                        .optional("dryRun", .flag, "Only say what would move."),
                        .optional(
                            "maxConcurrentMoves", .integer(1...16),
                            "Shards that move at a time; \(ClusterState.usualConcurrency) when absent."),
                        .optional(
                            "maxMoves", .integer(1...1_025), "The first so many steps of the plan; all when absent."),
                    ])),
                answers: [
                    .init(status: 200, note: "With dryRun: the plan. Nothing changed.", schema: .placementPlan), begun,
                ], handler: rebalance),
            Route(
                method: "POST", template: "\(Route.base)/cluster/shards/{n}/move",
                summary: "Move a replica of a shard to another node", roles: [.admin],
                body: .json(
                    .object([
                        .required("from", .text(1...64), "A node that keeps the shard."),
                        .required("to", .text(1...64), "A node that does not."),
                    ])), answers: [begun], handler: move),
            node("drain", "Empty a node, so that it can be stopped for long or removed") { .drain($0) },
            node("replace", "Put what a lost node kept on others") { .replace($0) },
            Route(
                method: "POST", template: "\(Route.base)/cluster/nodes/{id}/undrain",
                summary: "Let an emptied node be used again", roles: [.admin], body: .empty,
                answers: [.init(status: 204, note: "It may be given shards again; rebalance does so.", schema: nil)],
                handler: { try await done(.undrain(NodeID($0.parameter("id"))), $0, $1) }),
            Route(
                method: "POST", template: "\(Route.base)/cluster/nodes/{id}/remove",
                summary: "Take an emptied node out of the cluster", roles: [.admin], body: .empty,
                answers: [.init(status: 204, note: "It is no part of the cluster any more.", schema: nil)],
                handler: { try await done(.remove(NodeID($0.parameter("id"))), $0, $1) }),
        ] + operations

    private static let operations = [
        Route(
            method: "GET", template: "\(Route.base)/cluster/operations", summary: "List operations, newest first",
            roles: [.admin],
            answers: [
                .init(
                    status: 200, note: "Those under way, and the last that ended, without steps.", schema: .operations)
            ],
            handler: list),
        Route(
            method: "GET", template: "\(Route.base)/cluster/operations/{id}", summary: "Show an operation",
            roles: [.admin], answers: [.init(status: 200, note: "Its steps and progress.", schema: .operation)],
            handler: show),
        Route(
            method: "POST", template: "\(Route.base)/cluster/operations/{id}/cancel", summary: "Cancel an operation",
            roles: [.admin], body: .empty,
            answers: [
                .init(
                    status: 200, note: "What waits does not begin; shards that move stay where they were.",
                    schema: .operation)
            ], handler: cancel),
    ]

    private static func node(
        _ action: String, _ summary: String, _ command: @escaping @Sendable (NodeID) -> ClusterCommand
    ) -> Route {
        Route(
            method: "POST", template: "\(Route.base)/cluster/nodes/{id}/\(action)", summary: summary, roles: [.admin],
            body: .empty, answers: [begun],
            handler: { request, services in
                try await begin(command(NodeID(request.parameter("id"))), request, services)
            })
    }

    // MARK: wishes

    private static func rebalance(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let isDryRun = request.body["dryRun"]?.flag ?? false
        let command = ClusterCommand.rebalance(
            isDryRun: isDryRun, concurrent: Int(request.body["maxConcurrentMoves"]?.integer ?? 0),
            limit: Int(request.body["maxMoves"]?.integer ?? 0), sizes: await sizes(services.node))
        guard isDryRun else { return try await begin(command, request, services) }
        guard case .plan(let steps) = try await ask(command, request, services) else { throw Problem.failure() }
        return APIAnswer(
            200, ["asOf": .time(services.now), "moves": .integer(Int64(steps.count)), "steps": .list(steps.map(step))])
    }

    /// Bytes of each shard, as its leader or else whoever keeps most of it says; none unless all are known.
    private static func sizes(_ node: ClusterNode) async -> [UInt64] {
        let reports = await ShardRoutes.reports(node).values
        let sizes = (0..<node.map.shardCount).compactMap { number -> UInt64? in
            let known = reports.compactMap { $0[ShardID(number)] }
            let leader = known.filter { $0.role == .leader }.max { $0.term < $1.term }
            return leader?.bytes ?? known.map(\.bytes).max()
        }
        return sizes.count == Int(node.map.shardCount) ? sizes : []
    }

    private static func move(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let map = services.node.map
        guard let number = UInt32(request.parameter("n")), number < map.shardCount else {
            throw Problem.notFound("shard \(request.parameter("n").prefix(16)); they are 0 to \(map.shardCount - 1)")
        }
        return try await begin(
            .move(
                ShardID(number), from: NodeID(request.body["from"]?.text ?? ""),
                to: NodeID(request.body["to"]?.text ?? "")), request, services)
    }

    private static func begin(
        _ command: ClusterCommand, _ request: APIRequest, _ services: APIServices
    ) async throws -> APIAnswer {
        guard case .operation(let operation) = try await ask(command, request, services) else {
            throw Problem.failure()
        }
        return APIAnswer(202, json(operation)).with("Location", "\(Route.base)/cluster/operations/\(operation.id)")
    }

    private static func done(
        _ command: ClusterCommand, _ request: APIRequest, _ services: APIServices
    ) async throws -> APIAnswer {
        _ = try await ask(command, request, services)
        return .noContent
    }

    /// What the registry answers; a refusal is a problem that says what to do.
    static func ask(
        _ command: ClusterCommand, _ request: APIRequest, _ services: APIServices
    ) async throws -> ClusterReply {
        let registry = try services.system.registry
        let reply = try await CallContext.$current.withValue(request.context(keyed: !command.isRead)) {
            try await registry.perform(command)
        }
        guard case .refused(let reason) = reply else { return reply }
        let text = "\(reason)"
        let sentence = text.prefix(1).uppercased() + text.dropFirst()
        switch reason {
        case .notFounded: throw Problem.notExecuted(sentence)
        case .unknownNode, .unknownShard, .unknownOperation: throw Problem.notFound("what the request names: \(text)")
        default: throw Problem.conflict(sentence)
        }
    }

    // MARK: operations

    private static func list(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        guard case .operations(let all) = try await ask(.operations, request, services) else { throw Problem.failure() }
        return APIAnswer(
            200, ["items": .list(all.map { .object(members($0)) }), "asOf": .time(services.now)])
    }

    private static func show(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let command = ClusterCommand.operation(try number(request))
        guard case .operation(let operation) = try await ask(command, request, services) else {
            throw Problem.failure()
        }
        return APIAnswer(200, json(operation))
    }

    private static func cancel(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let command = ClusterCommand.cancel(operation: try number(request))
        guard case .operation(let operation) = try await ask(command, request, services) else {
            throw Problem.failure()
        }
        return APIAnswer(200, json(operation))
    }

    /// The number of the operation that the path names.
    private static func number(_ request: APIRequest) throws(Problem) -> UInt64 {
        let id = request.parameter("id")
        guard id.hasPrefix("op-"), let number = UInt64(id.dropFirst(3)) else {
            throw Problem.notFound("operation \(id.prefix(32)); GET \(Route.base)/cluster/operations lists them")
        }
        return number
    }

    private static func json(_ operation: Cluster.Operation) -> JSONValue {
        .object(members(operation.summary) + [.init("steps", .list(operation.steps.map(step)))])
    }

    private static func members(_ operation: OperationSummary) -> [JSONValue.Member] {
        func count(_ state: Cluster.Operation.State) -> JSONValue { .integer(Int64(operation.steps(in: state))) }
        let all = JSONValue.fields([
            "id": .text(operation.id), "kind": .text("\(operation.kind)"), "state": .text("\(operation.state)"),
            "node": operation.node.map { .text($0.name) }, "createdAt": .time(operation.created),
            "movedAt": operation.moved > .zero ? .time(operation.moved) : nil,
            "endedAt": operation.ended > .zero ? .time(operation.ended) : nil,
            "maxConcurrentMoves": .integer(Int64(operation.concurrent)),
            "moves": .integer(Int64(operation.steps)), "done": count(.done), "running": count(.running),
            "waiting": count(.waiting), "cancelled": count(.cancelled), "overtaken": count(.overtaken),
        ])
        return all.members ?? []
    }

    private static func step(_ step: Cluster.Operation.Step) -> JSONValue {
        .fields([
            "shard": .integer(Int64(step.shard.number)), "from": .list(step.from.map { .text($0.name) }),
            "to": .list(step.to.map { .text($0.name) }), "state": .text("\(step.state)"),
            "startedAt": step.started > .zero ? .time(step.started) : nil,
            "learningAt": step.learning > .zero ? .time(step.learning) : nil,
            "exchangingAt": step.exchanging > .zero ? .time(step.exchanging) : nil,
            "endedAt": step.ended > .zero ? .time(step.ended) : nil,
        ])
    }
}
