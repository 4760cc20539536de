import HTTPAPI
import JSONDocuments
import Testing

/// The description of the API against the API.
@Suite struct OpenAPITests {
    @Test func `the document has every route with its roles, and no other`() async throws {
        try await TestServer.run { server in
            let answer = try await TestClient(server: server).send("GET", "/api/v1/openapi.json")
            #expect(answer.status == 200)
            let document = try JSONParserForDocuments.parse(answer.bytes)
            #expect(document["openapi"]?.text == "3.1.0")
            var described: Set<APIRoutes.Summary> = []
            for path in document["paths"]?.members ?? [] {
                for operation in path.value.members ?? [] {
                    let roles = (operation.value["x-roles"]?.list ?? []).compactMap(\.text)
                    described.insert(
                        .init(method: operation.name.uppercased(), template: path.name, roles: roles))
                }
            }
            #expect(described == Set(APIRoutes.summaries))
            #expect(described.count == APIRoutes.summaries.count)
            #expect(APIRoutes.summaries.count >= 30)
        }
    }

    @Test func `every described operation exists, and needs a token where it says so`() async throws {
        try await TestServer.run { server in
            let client = TestClient(server: server)
            for route in APIRoutes.summaries {
                let path = route.template.replacing(/\{\w+\}/, with: "x")
                let answer = try await client.send(route.method, path)
                #expect(answer.status == (route.roles.isEmpty ? 200 : 401), "\(route): \(answer)")
            }
        }
    }

    @Test func `operation ids are unique and references lead somewhere`() async throws {
        try await TestServer.run { server in
            let bytes = try await TestClient(server: server).send("GET", "/api/v1/openapi.json").bytes
            let document = try JSONParserForDocuments.parse(bytes)
            var names: [String] = []
            for path in document["paths"]?.members ?? [] {
                names += (path.value.members ?? []).compactMap { $0.value["operationId"]?.text }
            }
            #expect(Set(names).count == names.count)
            var references: Set<String> = []
            Self.collect(document, &references)
            for reference in references {
                var place: JSONValue? = document
                for part in reference.dropFirst(2).split(separator: "/") { place = place?[String(part)] }
                #expect(place != nil, "\(reference)")
            }
            #expect(!references.isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `answers have the shapes that the document gives them`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            try await centre.goOnQueue()
            let id = try await centre.create()
            _ = try await centre.offer()
            _ = try await centre.create(["mediaType": "voice", "queue": "service", "priority": -3])
            let shapes: [(String, Schema)] = [
                ("skills/german", .skillView), ("queues/service", .queueView), ("agents/ana", .liveAgentView),
                ("queues/service/members", .memberPage), ("conversations/\(id)", .conversation),
                ("conversations", .page(.conversation)), ("queues/service/waiting", .waiting), ("cluster", .cluster),
                ("cluster/shards", .shards), ("cluster/health", .clusterHealth),
                ("agents", .page(.agentView)), ("queues", .page(.queueView)), ("skills", .page(.skillView)),
            ]
            for (path, schema) in shapes {
                let answer = try await centre.admin.send("GET", "/api/v1/\(path)")
                #expect(answer.status == 200)
                #expect(schema.problems(of: try answer.body) == [], "\(path): \(answer)")
            }
            let refused = try await centre.admin.send("PUT", "/api/v1/skills/x", json: ["no": 1])
            #expect(Schema.problem.problems(of: try refused.body) == [])
        }
    }

    private static func collect(_ value: JSONValue, _ references: inout Set<String>) {
        if let reference = value["$ref"]?.text { references.insert(reference) }
        for member in value.members ?? [] { collect(member.value, &references) }
        for item in value.list ?? [] { collect(item, &references) }
    }
}
