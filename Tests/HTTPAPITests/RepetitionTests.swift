import HTTPAPI
import JSONDocuments
import Routing
import Primitives
import Testing

/// Repeated, simultaneous and contradicting requests for a new conversation.
@Suite struct RepetitionTests {
    private static let path = "/api/v1/conversations"

    private static func chat(externalID: String? = nil, skills: [String] = ["billing"]) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("mediaType", "chat"), .init("queue", "service"),
            .init("skills", .list(skills.map { ["skill": .text($0)] })),
        ]
        if let externalID { members.append(.init("externalId", .text(externalID))) }
        return .object(members)
    }

    private static func send(
        _ client: TestClient, _ body: JSONValue, key: String? = nil
    ) async throws -> TestAnswer {
        try await client.send("POST", path, json: body, headers: key.map { [("Idempotency-Key", $0)] } ?? [])
    }

    /// Sends one request several times at once.
    private static func send(
        _ count: Int, _ client: TestClient, _ body: JSONValue, key: String? = nil
    ) async throws -> [TestAnswer] {
        try await withThrowingTaskGroup(of: TestAnswer.self) { tasks in
            for _ in 0..<count { tasks.addTask { try await send(client, body, key: key) } }
            var answers: [TestAnswer] = []
            for try await answer in tasks { answers.append(answer) }
            return answers
        }
    }

    private static func count(_ server: TestServer) async throws -> Int? {
        try await server.client("admin").send("GET", "\(path)?limit=500").body["items"]?.list?.count
    }

    private static func expectReused(_ answer: TestAnswer) throws {
        #expect(answer.status == 422, "\(answer)")
        #expect(try answer.text("type") == "idempotency-key-reused")
    }

    // Enough keys that a key and a name share a shard more than once.
    @Test(.timeLimit(.minutes(1)))
    func `one key with another body is refused also when the source's name differs`() async throws {
        try await TestServer.run { server in
            _ = try await SampleCentre(server)
            let client = try server.client("integration")
            for number in 0..<32 {
                let key = "k-\(number)"
                let body = Self.chat(externalID: "case-\(number)")
                let first = try await Self.send(client, body, key: key)
                #expect(first.status == 201, "\(first)")
                try Self.expectReused(
                    try await Self.send(client, Self.chat(externalID: "other-\(number)"), key: key))
                try Self.expectReused(try await Self.send(client, Self.chat(), key: key))
                let again = try await Self.send(client, body, key: key)
                #expect(again.status == 201 && again.bytes == first.bytes, "\(again)")
                let named = try await Self.send(client, body, key: "other-\(key)")
                #expect(named.status == 200, "\(named)")
                #expect(try named.text("id") == first.text("id"))
            }
            #expect(try await Self.count(server) == 32)
            #expect(try await Self.send(client, Self.chat(), key: "plain").status == 201)
            try Self.expectReused(try await Self.send(client, Self.chat(externalID: "case-0"), key: "plain"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `simultaneous requests with one key and two names make one conversation`() async throws {
        try await TestServer.run { server in
            _ = try await SampleCentre(server)
            let client = try server.client("integration")
            for number in 0..<16 {
                async let left = Self.send(client, Self.chat(externalID: "left-\(number)"), key: "k-\(number)")
                async let right = Self.send(client, Self.chat(externalID: "right-\(number)"), key: "k-\(number)")
                let answers = try await [left, right].sorted { $0.status < $1.status }
                #expect(answers.map(\.status) == [201, 422], "\(answers)")
            }
            #expect(try await Self.count(server) == 16)
        }
    }

    /// The other node leads half of the shards and never answers: where it has the name's shard, a request stops
    /// between its two steps.
    @Test(.timeLimit(.minutes(1)))
    func `a request that fails halfway keeps its key, and may be repeated but not replaced`() async throws {
        try await TestServer.run(nodes: ["n1", "n2"].map { NodeID($0) }) { server in
            _ = try await SampleCentre(server)
            let client = try server.client("integration")
            let outcomes = try await withThrowingTaskGroup(of: [Int].self) { tasks in
                for number in 0..<24 {
                    tasks.addTask {
                        var statuses: [Int] = []
                        for name in ["first", "first", "other", "third"] {
                            let body = Self.chat(externalID: "\(name)-\(number)")
                            statuses.append(try await Self.send(client, body, key: "k-\(number)").status)
                        }
                        return statuses
                    }
                }
                var all: Set<[Int]> = []
                for try await one in tasks { all.insert(one) }
                return all
            }
            #expect(outcomes == [[201, 201, 422, 422], [503, 503, 422, 422], [503, 503, 503, 503]])
        }
    }

    /// The other node leads the queue: a conversation of this node is certain to end, but cannot be shown with its ticket.
    @Test(.timeLimit(.minutes(1)))
    func `what is done and cannot be shown is not called undone`() async throws {
        try await TestServer.run(nodes: ["n1", "n2"].map { NodeID($0) }) { server in
            let centre = try await SampleCentre(server)
            let name = try #require((0..<64).map { "far-\($0)" }.first { !server.leads(QueueID($0).entity) })
            try await centre.put("/queues/\(name)", ["name": "Far", "mediaTypes": ["chat"]])
            let client = try server.client("integration")
            var created: String?
            for number in 0..<64 where created == nil {
                let body: JSONValue = [
                    "mediaType": "chat", "queue": .text(name), "externalId": .text("case-\(number)"),
                ]
                let answer = try await Self.send(client, body)
                if answer.status == 201 { created = try answer.text("id") }
            }
            let path = "\(Self.path)/\(try #require(created))/end"
            let key = [("Idempotency-Key", "k")]
            for _ in 0..<2 {
                let answer = try await client.send("POST", path, headers: key)
                #expect(answer.status == 504, "\(answer)")
                #expect(try answer.text("title") == "It is done, and cannot be shown now")
            }
            #expect(try await client.send("POST", path).status == 504, "it is under way")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a refused body does not use up its key`() async throws {
        try await TestServer.run { server in
            _ = try await SampleCentre(server)
            let client = try server.client("integration")
            let wrong = Self.chat(externalID: "case-1", skills: ["magic"])
            for _ in 0..<2 {
                let refused = try await Self.send(client, wrong, key: "k-1")
                #expect(refused.status == 422, "\(refused)")
                #expect(try refused.text("type") == "invalid-fields")
            }
            #expect(try await Self.send(client, Self.chat(externalID: "case-1"), key: "k-1").status == 201)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `of simultaneous first requests with one name exactly one creates`() async throws {
        try await TestServer.run { server in
            _ = try await SampleCentre(server)
            let client = try server.client("integration")
            for number in 0..<16 {
                let answers = try await Self.send(2, client, Self.chat(externalID: "case-\(number)"))
                #expect(answers.map(\.status).sorted() == [200, 201], "\(answers)")
                #expect(Set(try answers.map { try $0.text("id") }).count == 1)
            }
            #expect(try await Self.count(server) == 16)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [nil, "case-1"])
    func `twenty simultaneous requests with one key get one answer`(externalID: String?) async throws {
        try await TestServer.run { server in
            _ = try await SampleCentre(server)
            let client = try server.client("integration")
            let answers = try await Self.send(20, client, Self.chat(externalID: externalID), key: "k-1")
            #expect(answers.count == 20)
            #expect(answers.allSatisfy { $0.status == 201 }, "\(answers.map(\.status))")
            #expect(Set(answers.map(\.bytes)).count == 1)
            #expect(Set(answers.map { $0.header("Location") }).count == 1)
            #expect(try await Self.count(server) == 1)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a repetition is answered although its skill is gone`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            try await centre.put("/skills/rare", ["name": "Rare"])
            try await Self.expectFirstAnswers(server, skills: ["rare"]) { _ in
                let removed = try await centre.admin.send("DELETE", "/api/v1/skills/rare")
                #expect(removed.status == 204, "\(removed)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a repetition is answered although its queue is gone`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            try await Self.expectFirstAnswers(server, skills: ["billing"]) { ids in
                for id in ids {
                    let ended = try await centre.admin.send("POST", "\(Self.path)/\(id)/abandon")
                    #expect(ended.status == 200, "\(ended)")
                }
                let removed = try await centre.admin.send("DELETE", "/api/v1/queues/service")
                #expect(removed.status == 204, "\(removed)")
            }
        }
    }

    /// Repeats by key, by name and by both after `remove` has taken away what the requests need.
    private static func expectFirstAnswers(
        _ server: TestServer, skills: [String], _ remove: ([String]) async throws -> Void
    ) async throws {
        let client = try server.client("integration")
        let requests: [(body: JSONValue, key: String?)] = [
            (chat(skills: skills), "k-1"), (chat(externalID: "case-2", skills: skills), "k-2"),
            (chat(externalID: "case-3", skills: skills), nil),
        ]
        var firsts: [TestAnswer] = []
        for request in requests { firsts.append(try await send(client, request.body, key: request.key)) }
        try #require(firsts.allSatisfy { $0.status == 201 }, "\(firsts)")
        try await remove(try firsts.map { try $0.text("id") })
        for (request, first) in zip(requests, firsts) {
            let again = try await send(client, request.body, key: request.key)
            #expect(again.status == (request.key == nil ? 200 : 201), "\(again)")
            #expect(try again.text("id") == first.text("id"))
            if request.key != nil { #expect(again.bytes == first.bytes) }
        }
        let named = try await send(client, requests[2].body, key: "k-3")
        #expect(named.status == 200, "a name is enough: \(named)")
        #expect(try named.text("id") == firsts[2].text("id"))
        try expectReused(try await send(client, requests[1].body, key: "k-3"))
        try expectReused(try await send(client, requests[1].body, key: "k-1"))
        try expectReused(try await send(client, chat(skills: skills + ["german"]), key: "k-1"))
        let south = TestClient(
            server: server, token: try TestServer.token("integration", ["integration"], divisions: ["south"]))
        #expect(try await send(south, requests[0].body, key: "k-1").status == 422, "its division is out of sight now")
        let fresh = try await send(client, requests[0].body, key: "k-9")
        #expect(fresh.status == 422, "\(fresh)")
        #expect(try fresh.text("type") == "invalid-fields")
        #expect(try await count(server) == 3)
    }
}
