import Cluster
import HTTPAPI
import JSONDocuments
import Primitives
import Testing

/// The figures of a node as monitoring and operators read them.
@Suite struct MetricsTests {
    @Test func `a family has its help and type before its samples, and everything is escaped`() {
        var text = PrometheusText()
        text.family("tandem_a_total", .counter, "One\\two\r\nthree \"four\".")
        text.sample("tandem_a_total", ["node": "n\"1\"", "zone": "a\\b\r\nc"], 3)
        text.single("tandem_b", .gauge, "B.", 0.5)
        #expect(
            text.text == """
                # HELP tandem_a_total One\\\\two\r\\nthree "four".
                # TYPE tandem_a_total counter
                tandem_a_total{node="n\\"1\\"",zone="a\\\\b\r\\nc"} 3
                # HELP tandem_b B.
                # TYPE tandem_b gauge
                tandem_b 0.5

                """)
    }

    @Test func `a histogram counts up to each bound, and ends with everything`() {
        var buckets = LatencyBuckets()
        for microseconds: UInt64 in [0, 3, 3, 1 << 40] { buckets.add(microseconds: microseconds) }
        var text = PrometheusText()
        text.histogram("tandem_c_seconds", "C.", buckets)
        let lines = text.text.split(separator: "\n")
        #expect(lines.count == 2 + LatencyBuckets.count + 2)
        #expect(lines[1] == "# TYPE tandem_c_seconds histogram")
        #expect(lines[2] == "tandem_c_seconds_bucket{le=\"1e-06\"} 1")
        #expect(lines[4] == "tandem_c_seconds_bucket{le=\"4e-06\"} 3")
        #expect(lines[24] == "tandem_c_seconds_bucket{le=\"4.194304\"} 3")
        #expect(lines[25] == "tandem_c_seconds_bucket{le=\"+Inf\"} 4")
        #expect(lines[26].hasPrefix("tandem_c_seconds_sum 1099511.6"))
        #expect(lines[27] == "tandem_c_seconds_count 4")
    }

    @Test func `each metric of a node stands once, has its type, and ends as its type wants`() {
        var figures = NodeFigures(node: NodeID("n1"))
        figures.certificateEnds = Instant.zero + .seconds(86_400)
        figures.log.groups = (0..<2).map {
            GroupFigures(
                shard: ShardID($0), role: .leader, condition: .intact, term: 7, hasLeader: true, commitLag: 5)
        }
        figures.links.refusals = ["plain_text": 2]
        let lines = NodeMetrics.text(figures, started: .zero).split(separator: "\n")
        let types = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ") }
        #expect(types.count > 40)
        #expect(Set(types.map { $0[2] }).count == types.count)
        for type in types {
            #expect(type[2].hasPrefix("tandem_"))
            #expect(type[2].hasSuffix("_total") == (type[3] == "counter"), "\(type)")
        }
        let names = Set(types.map { $0[2] })
        for line in lines where !line.hasPrefix("#") {
            let name = line.prefix { $0 != "{" && $0 != " " }
            let family = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map { name.dropLast($0.count) }
            #expect(names.contains(name) || family.map { names.contains($0) } == true, "\(line)")
        }
        #expect(lines.contains("tandem_group_commit_lag{group=\"1\"} 5"))
        #expect(lines.contains("tandem_groups_led 2"))
        #expect(lines.contains("tandem_certificate_left_seconds 86400"))
        #expect(lines.contains("tandem_links_refused_total{reason=\"plain_text\"} 2"))
    }

    @Test func `the figures of a node are read without a token, and by nothing but GET and HEAD`() async throws {
        try await TestServer.run { server in
            let client = TestClient(server: server)
            let accept = [("Accept", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")]
            let answer = try await client.send("GET", "/metrics", headers: accept)
            #expect(answer.status == 200)
            #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
            let text = String(decoding: answer.bytes, as: UTF8.self)
            #expect(text.hasSuffix("\n"))
            #expect(text.contains("tandem_node_info{node=\"n1\",version=\"test\",zone=\"\"} 1\n"))
            #expect(text.contains("tandem_peers 0\n"))
            let head = try await client.send("HEAD", "/metrics")
            #expect(head.status == 200 && head.bytes.isEmpty)
            #expect(try await client.send("GET", "/metrics", headers: [("Accept", "application/json")]).status == 406)
            #expect(try await client.send("POST", "/metrics", []).status == 405)
        }
    }

    @Test func `a repeated request is counted`() async throws {
        try await TestServer.run { server in
            _ = try await SampleCentre(server)
            let before = try await server.node.figures(of: server.node.id).calls.repeated
            let body: JSONValue = ["mediaType": "chat", "queue": "service"]
            let key = [("Idempotency-Key", "twice")]
            let integration = try server.client("integration")
            let first = try await integration.send("POST", "/api/v1/conversations", json: body, headers: key)
            let second = try await integration.send("POST", "/api/v1/conversations", json: body, headers: key)
            #expect(first.status == 201 && first.bytes == second.bytes)
            let after = try await server.node.figures(of: server.node.id).calls.repeated
            #expect(after > before)
        }
    }

    @Test func `a node that cannot be reached is named with the reason`() async throws {
        try await TestServer.run(nodes: ["n1", "n2"].map { NodeID($0) }) { server in
            let answer = try await server.client("admin").send("GET", "/api/v1/cluster/health")
            let items = try answer.body["items"]?.list ?? []
            #expect(items.map { $0["node"]?.text } == ["n1", "n2"])
            #expect(items.map { $0["reachable"]?.flag } == [true, false])
            #expect(items.first?["duty"]?.text == "leads" && items.first?["version"]?.text == "test")
            #expect(items.last?["reason"]?.text?.contains("no connection") == true)
            #expect(Schema.clusterHealth.problems(of: try answer.body) == [])
            let supervisor = try server.client("supervisor")
            #expect(try await supervisor.send("GET", "/api/v1/cluster/health").status == 403)
        }
    }
}
