import Cluster
internal import JSONDocuments
import Primitives
import SecureTransport

/// Who may become a node of the cluster: tokens, and what a member has to be able to read.
enum JoinRoutes {
    /// How long a token holds, in seconds.
    private static let standardLife: Int64 = 3_600
    private static let longestLife: Int64 = 7 * 86_400

    private static let tokens = "\(Route.base)/cluster/join-tokens"
    private static let floor = "\(Route.base)/cluster/version-floor"

    static let routes: [Route] = [
        Route(
            method: "POST", template: tokens, summary: "Make a token with which one node can join", roles: [.admin],
            body: .json(
                .object([
                    .optional("node", .identifier, "The only node that it is for; any when absent."),
                    .optional(
                        "expiresInSeconds", .integer(60...longestLife), standard: .integer(standardLife),
                        "How long it holds."),
                ])),
            answers: [
                .init(status: 201, note: "The token; it is shown this once.", schema: .newJoinToken)
            ], handler: create),
        Route(
            method: "GET", template: tokens, summary: "List the join tokens that hold", roles: [.admin],
            answers: [.init(status: 200, note: "Without their secrets.", schema: .joinTokens)], handler: list),
        Route(
            method: "DELETE", template: "\(tokens)/{id}", summary: "Revoke a join token", roles: [.admin],
            answers: [.init(status: 204, note: "Nobody can join with it any more.", schema: nil)], handler: revoke),
        Route(
            method: "GET", template: floor, summary: "Show which forms may be written, and who reads which",
            roles: [.admin], answers: [.init(status: 200, note: "As the map says.", schema: .versionFloor)],
            handler: showFloor),
        Route(
            method: "POST", template: floor, summary: "Let newer forms be written; there is no way back",
            roles: [.admin],
            body: .json(.object([.required("floor", .integer(1...Int64(UInt32.max)), "What every member reads.")])),
            answers: [.init(status: 204, note: "It holds from now on.", schema: nil)], handler: raiseFloor),
    ]

    private static func create(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let secret = try JoinSecret.make()
        let digest = try JoinSecret.digest(secret)
        let id = "jt-" + digest.prefix(5).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let life = request.body["expiresInSeconds"]?.integer ?? standardLife
        let token = JoinToken(
            id: id, digest: digest, node: request.body["node"]?.text.map { NodeID($0) },
            expires: services.now + .seconds(life))
        _ = try await PlacementRoutes.ask(.admit(token), request, services)
        return APIAnswer(201, json(token, secret: secret)).with("Location", "\(tokens)/\(id)")
    }

    private static func list(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        guard case .tokens(let all) = try await PlacementRoutes.ask(.tokens, request, services) else {
            throw Problem.failure()
        }
        return APIAnswer(200, ["items": .list(all.map { json($0) }), "asOf": .time(services.now)])
    }

    private static func revoke(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let id = request.parameter("id")
        let reply = try await services.system.registry.perform(.revoke(token: id))
        guard case .refused = reply else { return .noContent }
        throw Problem.notFound("join token \(id.prefix(64)); it may have been used or have expired")
    }

    private static func json(_ token: JoinToken, secret: String? = nil) -> JSONValue {
        .fields([
            "id": .text(token.id), "node": token.node.map { .text($0.name) }, "expiresAt": .time(token.expires),
            "token": secret.map { .text($0) },
        ])
    }

    // MARK: version floor

    private static func showFloor(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let map = services.node.map
        let highest = map.members.map(\.profile.formats.newest).min() ?? map.floor
        return APIAnswer(
            200,
            [
                "floor": .integer(Int64(map.floor)), "highestPossible": .integer(Int64(highest)),
                "nodes": .list(
                    map.members.map { member in
                        [
                            "id": .text(member.node.name), "oldest": .integer(Int64(member.profile.formats.oldest)),
                            "newest": .integer(Int64(member.profile.formats.newest)),
                        ]
                    }),
            ])
    }

    private static func raiseFloor(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let floor = UInt32(clamping: request.body["floor"]?.integer ?? 0)
        _ = try await PlacementRoutes.ask(.raise(floor: floor), request, services)
        return .noContent
    }
}
