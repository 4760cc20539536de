import Cluster
import HTTPAPI
import JSONDocuments
import Primitives
import Testing

/// The cluster's own pages.
@Suite struct ClusterTests {
    @Test func `one node of one is up, live and ready`() async throws {
        try await TestServer.run { server in
            let body = try await server.client("admin").send("GET", "/api/v1/cluster").body
            let nodes = body["nodes"]?.list ?? []
            #expect(nodes.map { $0["state"]?.text } == ["alive"])
            #expect(nodes.first?["shardsLed"]?.integer == 8)
            #expect(body["registryLeader"]?.text == server.node.id.name)
            #expect(try await TestClient(server: server).send("GET", "/livez").status == 200)
            #expect(try await TestClient(server: server).send("GET", "/readyz").status == 200)
            let head = try await TestClient(server: server).send("HEAD", "/livez")
            #expect(head.status == 200 && head.bytes.isEmpty)
        }
    }

    @Test func `a transfer names what is wrong with it`() async throws {
        try await TestServer.run { server in
            let admin = try server.client("admin")
            func transfer(_ shard: String, _ heir: String) async throws -> Int {
                let path = "/api/v1/cluster/shards/\(shard)/transfer-leader"
                return try await admin.send("POST", path, json: ["to": .text(heir)]).status
            }
            let node = server.node.id.name
            #expect(try await transfer("0", node) == 200)
            #expect(try await transfer("8", node) == 404)
            #expect(try await transfer("-1", node) == 404)
            #expect(try await transfer("0", "n9") == 409)
            #expect(try await admin.send("GET", "/api/v1/cluster/shards?leader=n9").status == 400)
            let shards = try await admin.send("GET", "/api/v1/cluster/shards?node=\(node)").body
            #expect(shards["items"]?.list?.count == 8)
        }
    }

    @Test func `a node that is about to stop is not ready and goes on serving`() async throws {
        try await TestServer.run { server in
            server.node.drain()
            let client = try server.client("admin")
            #expect(try await client.send("GET", "/readyz").status == 503)
            #expect(try await client.send("GET", "/livez").status == 200)
            #expect(try await client.send("GET", "/api/v1/queues").status == 200)
        }
    }

    @Test func `a node without a majority is not ready, and says that nothing was done`() async throws {
        try await TestServer.run(nodes: ["n1", "n2", "n3"].map { NodeID($0) }) { server in
            let ready = try await TestClient(server: server).send("GET", "/readyz")
            #expect(ready.status == 503)
            #expect(ready.header("Retry-After") != nil)
            let admin = try server.client("admin")
            let nodes = try await admin.send("GET", "/api/v1/cluster").body["nodes"]?.list ?? []
            #expect(nodes.map { $0["state"]?.text } == ["alive", "unseen", "unseen"])
            // Two of three shards are led elsewhere: one of these ids lives there.
            for number in 0..<10 {
                let path = "/api/v1/conversations/c-0000000000000000000000000\(number)"
                let answer = try await admin.send("GET", path)
                guard answer.status != 404 else { continue }
                #expect(answer.status == 503)
                #expect(try answer.text("type") == "not-executed")
                return
            }
            Issue.record("every id lives on the one node that is up")
        }
    }
}
