import Cluster
import HTTPAPI
import JSONDocuments
import Primitives
import Testing

/// Wishes about who keeps what, as the API takes them. A node alone has nowhere to move anything.
@Suite struct PlacementTests {
    /// A node whose registry has begun.
    private func withCluster(_ body: @escaping @Sendable (TestClient, String) async throws -> Void) async throws {
        try await TestServer.run { server in
            let admin = try server.client("admin")
            while try await admin.send("GET", "/api/v1/cluster/operations").status == 503 {
                try await Task.sleep(for: .milliseconds(10))
            }
            try await body(admin, server.node.id.name)
        }
    }

    @Test func `a rebalance is planned, done, and kept`() async throws {
        try await withCluster { admin, _ in
            let plan = try await admin.send("POST", "/api/v1/cluster/rebalance", json: ["dryRun": .flag(true)])
            let planned = try plan.body
            #expect(plan.status == 200 && planned["moves"]?.integer == 0 && planned["steps"]?.list?.isEmpty == true)
            let none = try await admin.send("GET", "/api/v1/cluster/operations").body["items"]?.list ?? ["?"]
            #expect(none.isEmpty)
            let begun = try await admin.send("POST", "/api/v1/cluster/rebalance", json: [:])
            #expect(begun.status == 202 && begun.header("Location") == "/api/v1/cluster/operations/op-1")
            let operation = try begun.body
            #expect(operation["kind"]?.text == "rebalance" && operation["state"]?.text == "done")
            let shown = try await admin.send("GET", "/api/v1/cluster/operations/op-1")
            let one = try shown.body
            #expect(shown.status == 200 && one["id"]?.text == "op-1" && one["steps"]?.list?.isEmpty == true)
            #expect(Schema.operation.problems(of: one) == [], "\(one)")
            let all = try await admin.send("GET", "/api/v1/cluster/operations").body
            #expect(all["items"]?.list?.map { $0["id"]?.text } == ["op-1"])
            #expect(Schema.operations.problems(of: all) == [], "\(all)")
        }
    }

    @Test func `what cannot be done is refused with the reason, and changes nothing`() async throws {
        try await withCluster { admin, node in
            func post(_ path: String, _ body: JSONValue = [:]) async throws -> (Int, String) {
                let answer = try await admin.send("POST", "/api/v1/cluster/\(path)", json: body)
                return (answer.status, try answer.body["detail"]?.text ?? "")
            }
            let wishes: [(String, JSONValue, Int, String)] = [
                ("nodes/\(node)/drain", [:], 409, "needs a node"),
                ("nodes/n9/drain", [:], 404, "no such node"),
                ("nodes/n9/replace", [:], 404, "no such node"),
                ("nodes/\(node)/undrain", [:], 409, "drain it first"),
                ("nodes/\(node)/remove", [:], 409, "drain it first"),
                ("shards/0/move", ["from": .text(node), "to": .text("n9")], 404, "no such node"),
                ("shards/0/move", ["from": .text(node), "to": .text(node)], 409, "already"),
                ("shards/8/move", ["from": .text(node), "to": .text("n9")], 404, "0 to 7"),
                ("operations/op-7/cancel", [:], 404, "no such operation"),
                ("operations/7/cancel", [:], 404, "operation 7"),
            ]
            for (path, body, status, words) in wishes {
                let answer = try await post(path, body)
                #expect(answer.0 == status && answer.1.contains(words), "\(path): \(answer)")
            }
            #expect(try await post("shards/0/move", ["from": .text(node)]).0 == 422)
            #expect(try await post("rebalance", ["maxConcurrentMoves": .integer(99)]).0 == 422)
            #expect(try await admin.send("GET", "/api/v1/cluster/operations/op-1").status == 404)
            let none = try await admin.send("GET", "/api/v1/cluster/operations").body["items"]?.list ?? ["?"]
            #expect(none.isEmpty)
            let nodes = try await admin.send("GET", "/api/v1/cluster").body["nodes"]?.list ?? []
            #expect(nodes.map { $0["draining"]?.flag } == [false] && nodes.first?["replicas"]?.integer == 8)
        }
    }

    @Test func `only administrators may wish`() async throws {
        try await TestServer.run { server in
            let supervisor = try server.client("supervisor")
            #expect(try await supervisor.send("POST", "/api/v1/cluster/rebalance", json: [:]).status == 403)
            #expect(try await supervisor.send("GET", "/api/v1/cluster/operations").status == 403)
        }
    }

    @Test func `a join token is shown once, listed without its secret, and revoked`() async throws {
        try await withCluster { admin, _ in
            let made = try await admin.send(
                "POST", "/api/v1/cluster/join-tokens", json: ["node": .text("n4"), "expiresInSeconds": .integer(120)])
            let token = try made.body
            let id = try #require(token["id"]?.text)
            #expect(made.status == 201 && made.header("Location") == "/api/v1/cluster/join-tokens/\(id)")
            #expect(token["token"]?.text?.hasPrefix("tandem-join-") == true && token["node"]?.text == "n4")
            let items = try await admin.send("GET", "/api/v1/cluster/join-tokens").body["items"]?.list ?? []
            #expect(items.map { $0["id"]?.text } == [id] && items.allSatisfy { $0["token"] == nil })
            let gone = try await admin.send("DELETE", "/api/v1/cluster/join-tokens/\(id)")
            #expect(gone.status == 204)
            let again = try await admin.send("DELETE", "/api/v1/cluster/join-tokens/\(id)")
            #expect(again.status == 404)
            let short = try await admin.send(
                "POST", "/api/v1/cluster/join-tokens", json: ["expiresInSeconds": .integer(5)])
            #expect(short.status == 422)
        }
    }

    @Test func `the version floor is shown, and rises to no more than everybody reads`() async throws {
        try await withCluster { admin, node in
            let shown = try await admin.send("GET", "/api/v1/cluster/version-floor").body
            #expect(shown["floor"]?.integer == 1 && shown["highestPossible"]?.integer == 1)
            #expect(shown["nodes"]?.list?.map { $0["id"]?.text } == [node])
            let same = try await admin.send("POST", "/api/v1/cluster/version-floor", json: ["floor": .integer(1)])
            #expect(same.status == 204)
            let higher = try await admin.send("POST", "/api/v1/cluster/version-floor", json: ["floor": .integer(2)])
            #expect(higher.status == 409)
        }
    }
}
