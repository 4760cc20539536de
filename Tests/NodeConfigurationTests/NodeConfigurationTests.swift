import Foundation
import NodeIO
import Primitives
import Testing

@Suite struct NodeConfigurationTests {
    /// A correct text, line by line, so that a test can replace one.
    private static let good: [(key: String, line: String)] = [
        ("cluster", "cluster: dev"),
        ("node", "node: n1"),
        ("listen", "listen: {host: 127.0.0.1, port: 7101}"),
        ("http", "http: {host: 127.0.0.1, port: 8081}"),
        ("peers", "peers: [{node: n2, host: b, port: 7102}, {node: n1, host: a, port: 7101}]"),
        ("tls", "tls: {authority: a.pem, certificate: n1.pem, key: n1.key}"),
        ("tokens", "tokens: {jwks: jwks.json, developmentKey: tokens.key}"),
        ("data", "data: {directory: /var/lib/tandem, snapshotKiB: 64}"),
        ("shards", "shards: {count: 128}"),
        ("loops", "loops: 3"),
        ("log", "log: {level: debug}"),
    ]

    private func text(_ key: String = "", replacedBy line: String? = nil) -> String {
        Self.good.compactMap { $0.key == key ? line : $0.line }.joined(separator: "\n")
    }

    private func problems(_ text: String) -> [String] {
        do {
            _ = try NodeConfiguration(yaml: text)
            return []
        } catch {
            return error.problems.map { "\($0.path): \($0.text)" }
        }
    }

    @Test func `every field is read`() throws {
        let read = try NodeConfiguration(yaml: text())
        #expect(read.cluster == "dev")
        #expect(read.node == NodeID("n1"))
        #expect(read.listen == NodeConfiguration.Endpoint(host: "127.0.0.1", port: 7101))
        #expect(read.http.endpoint == NodeConfiguration.Endpoint(host: "127.0.0.1", port: 8081))
        #expect(!read.http.isSecure)
        #expect(read.peers.map(\.node.name) == ["n1", "n2"])
        #expect(read.peers.map(\.endpoint.host) == ["a", "b"])
        #expect([read.tls.authority, read.tls.certificate, read.tls.key] == ["a.pem", "n1.pem", "n1.key"])
        #expect(read.tokens.jwks == "jwks.json")
        #expect(read.tokens.developmentKey == "tokens.key")
        #expect(read.data.directory == "/var/lib/tandem")
        #expect(read.data.snapshotBytes == 65_536)
        #expect(read.shardCount == 128)
        #expect(read.loops == 3)
        #expect(read.logLevel == .debug)
    }

    @Test func `how soon silence counts as loss is one of two words`() throws {
        #expect(try NodeConfiguration(yaml: text() + "\ndetection: quick").detection == .quick)
        #expect(
            problems(text() + "\ndetection: soon") == ["detection: is “soon”; expected one of usual, quick"])
    }

    @Test func `what may be left out has its documented default`() throws {
        let lines = Self.good.filter { !["shards", "loops", "log", "tokens", "data"].contains($0.key) }.map(\.line)
        let read = try NodeConfiguration(
            yaml: (lines + ["tokens: {jwks: j}", "data: {directory: d}"]).joined(separator: "\n"))
        #expect(read.shardCount == 64)
        #expect(read.loops == 0)
        #expect(read.data.snapshotBytes == 1 << 20)
        #expect(read.logLevel == .info)
        #expect(read.detection == .usual)
        #expect(read.tokens.developmentKey == nil)
    }

    @Test func `HTTPS listens anywhere, plain HTTP on loopback only`() throws {
        let secure = try NodeConfiguration(
            yaml: text("http", replacedBy: "http: {host: 0.0.0.0, port: 443, certificate: c.pem, key: c.key}"))
        #expect(secure.http.isSecure)
        for host in ["localhost", "::1", "127.1.2.3"] {
            #expect(problems(text("http", replacedBy: "http: {host: '\(host)', port: 80}")).isEmpty)
        }
        for host in ["0.0.0.0", "192.168.0.1", "127.example.com", "127.0.0.1.example.com", "::"] {
            let found = problems(text("http", replacedBy: "http: {host: '\(host)', port: 80}"))
            #expect(found.count == 1 && found[0].hasPrefix("http.host: is \(host), not a loopback"), "\(found)")
        }
    }

    /// One bad line each, and how the only problem begins.
    private static let bad: [(key: String, line: String?, problem: String)] = [
        ("cluster", nil, "cluster: is missing"),
        ("cluster", "cluster: de/v", "cluster: is “de/v”; expected 1 to 63"),
        ("cluster", "cluster: 'développement'", "cluster: is “dév"),
        ("cluster", "cluster: [a]", "cluster: is a list; expected a text"),
        ("cluster", "cluster: ''", "cluster: is empty"),
        ("cluster", "cluster: \(String(repeating: "a", count: 64))", "cluster: is “aaa"),
        ("node", "node: n9", "peers: does not name n9"),
        ("node", "node: -n", "node: is “-n”"),
        ("listen", nil, "listen: is missing"),
        ("listen", "listen: 7101", "listen: is “7101”; expected a mapping"),
        ("listen", "listen: {host: 127.0.0.1, port: 70000}", "listen.port: is 70000"),
        ("listen", "listen: {host: 127.0.0.1, port: '7101'}", "listen.port: is a quoted text"),
        ("listen", "listen: {host: 127.0.0.1}", "listen.port: is missing"),
        ("listen", "listen: {host: 'http://x', port: 7101}", "listen.host: is “http://x”"),
        ("listen", "listen: {host: 127.0.0.1, port: 7109}", "peers: names port 7101 for n1 (peers[1].port)"),
        ("listen", "listen: {host: 127.0.0.1, port: 7101, prot: 1}", "listen.prot: is not a known key"),
        ("http", "http: {host: 127.0.0.1, port: 7101}", "http: has port 7101, as listen has"),
        ("http", "http: {host: 127.0.0.1, port: 80, key: k}", "http.certificate: is missing"),
        ("http", "http: {host: 127.0.0.1, port: 80, certificate: c, key: ''}", "http.key: is missing"),
        ("http", "http: {host: 127.0.0.1, port: 1.5}", "http.port: is “1.5”"),
        ("data", nil, "data: is missing"),
        ("data", "data: {directory: ''}", "data.directory: is empty"),
        ("data", "data: {directory: d, snapshotKiB: 3}", "data.snapshotKiB: is 3"),
        ("peers", "peers: []", "peers: has 0 entries"),
        ("peers", "peers: {}", "peers: is a mapping; expected a list"),
        (
            "peers", "peers: [{node: n1, host: a, port: 7101}, {node: n1, host: b, port: 7102}]",
            "peers[1].node: is n1, as"
        ),
        (
            "peers", "peers: [{node: n1, host: a, port: 7101}, {node: n2, host: a, port: 7101}]",
            "peers[1].port: is a:7101"
        ),
        ("peers", "peers: [{node: n1, host: a, port: 7101}, {node: n2, host: b, port: 0}]", "peers[1].port: is 0"),
        ("peers", "peers: [{node: n1, host: a, port: 7101}, n2]", "peers[1]: is “n2”; expected a mapping"),
        ("tls", "tls: {authority: a, certificate: c}", "tls.key: is missing"),
        ("tls", "tls: {authority: a, certificate: c, key: ''}", "tls.key: is empty"),
        ("tokens", "tokens: {developmentKey: k}", "tokens.jwks: is missing"),
        ("shards", "shards: {count: 48}", "shards.count: is 48; expected a power of two"),
        ("shards", "shards: {count: 2048}", "shards.count: is 2048"),
        ("shards", "shards: {count: 0}", "shards.count: is 0"),
        ("loops", "loops: 257", "loops: is 257"),
        ("loops", "loops: many", "loops: is “many”"),
        ("log", "log: {level: loud}", "log.level: is “loud”; expected one of trace, debug"),
        ("log", "log: {level: info, file: x}", "log.file: is not a known key; known here: level"),
        ("log", "log: {level: info}\nextra: 1", "extra: is not a known key"),
    ]

    @Test func `every bad value is named with its place, and nothing else is`() {
        for (key, line, problem) in Self.bad {
            let found = problems(text(key, replacedBy: line))
            #expect(found.count == 1 && found.first?.hasPrefix(problem) == true, "\(line ?? "no \(key)"): \(found)")
        }
    }

    @Test func `all problems are reported at once, with their lines`() {
        let text = """
            cluster: dev
            node: n1
            listen: {host: 127.0.0.1, port: 0}
            http: {host: 10.0.0.1, port: 8081}
            peers:
              - {node: n1, host: a, port: 7101}
              - {node: n2, host: b, port: x}
            shards: {count: 3}
            lops: 1
            """
        do {
            _ = try NodeConfiguration(yaml: text)
            Issue.record("it was accepted")
        } catch {
            let places = error.problems.map(\.path).sorted()
            let expected = [
                "data", "http.host", "listen.port", "lops", "peers[1].port", "shards.count", "tls", "tokens",
            ]
            #expect(places == expected, "\(error)")
            #expect(error.problems.first { $0.path == "peers[1].port" }?.line == 7)
            #expect(error.description.split(separator: "\n").count == expected.count)
        }
    }

    @Test(arguments: ["", "# nothing\n", "a: [", "a: 1\na: 2", "- 1", "\t", "text"])
    func `a document of another form is one problem, not a crash`(text: String) {
        #expect(problems(text).isEmpty == false)
    }

    @Test func `a document that is too long is refused unread`() {
        #expect(problems(String(repeating: "#", count: NodeConfiguration.maximumBytes + 1)).count == 1)
    }

    @Test(arguments: [("one-node", ["n1"]), ("five-nodes", ["n1", "n2", "n3", "n4", "n5"])])
    func `the other samples are correct`(folder: String, nodes: [String]) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var zones: [String] = []
        for node in nodes {
            let file = root.appending(path: "cluster-config/\(folder)/\(node).yaml")
            let read = try NodeConfiguration(yaml: try String(contentsOf: file, encoding: .utf8))
            #expect(read.node == NodeID(node) && read.peers.map(\.node.name) == nodes)
            #expect(read.peers.first { $0.node == read.node }?.endpoint == read.listen)
            zones.append(read.zone)
        }
        #expect(zones == (nodes.count == 5 ? ["a", "a", "b", "b", "c"] : [""]))
    }

    @Test func `the sample of a node that joins is correct`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "cluster-config/joining/n4.yaml")
        let read = try NodeConfiguration(yaml: try String(contentsOf: file, encoding: .utf8))
        #expect(read.node == NodeID("n4") && read.peers.isEmpty && read.advertised == read.listen)
        #expect(read.join?.seeds.map(\.port) == [7_101, 7_102] && read.join?.tokenFile == ".run/n4.token")
    }

    @Test func `the unit starts a node as a user without rights and stops it gently`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let unit = try String(
            contentsOf: root.appending(path: "cluster-config/systemd/tandem-node@.service"), encoding: .utf8)
        var section = ""
        var settings: [String: String] = [:]
        for line in unit.split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("[") {
                section = String(line)
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            #expect(parts.count == 2, "\(line)")
            settings["\(section) \(parts[0])"] = parts.last
        }
        #expect(settings["[Service] User"] == "tandem" && settings["[Service] NoNewPrivileges"] == "yes")
        #expect(settings["[Service] ProtectSystem"] == "strict" && settings["[Service] KillSignal"] == "SIGTERM")
        // Longer than a drain may take, or the node would be killed in its midst.
        #expect(Int(settings["[Service] TimeoutStopSec"] ?? "") ?? 0 >= 30)
        #expect(settings["[Service] ExecStart"]?.contains("--config /etc/tandem/%i.yaml") == true)
    }

    @Test(arguments: ["n1", "n2", "n3"])
    func `the sample of three nodes is correct`(node: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "cluster-config/three-nodes/\(node).yaml")
        let read = try NodeConfiguration(yaml: try String(contentsOf: file, encoding: .utf8))
        #expect(read.node == NodeID(node))
        #expect(read.peers.map(\.node.name) == ["n1", "n2", "n3"])
        #expect(read.shardCount == 64)
        #expect(
            "http://127.0.0.1:808\(node.dropFirst())" == "http://\(read.http.endpoint.host):\(read.http.endpoint.port)")
    }

    // MARK: joining

    private func joining(_ join: String, without: Set<String> = ["peers", "shards"]) -> String {
        (Self.good.filter { !without.contains($0.key) }.map(\.line) + [join]).joined(separator: "\n")
    }

    @Test func `a node that joins names seeds and a token, and no peers`() throws {
        let join = "join: {seeds: [{host: a, port: 7102}, {host: b, port: 7103}], tokenFile: t}"
        let read = try NodeConfiguration(yaml: joining(join))
        #expect(read.join?.seeds.map(\.port) == [7_102, 7_103] && read.join?.tokenFile == "t" && read.peers.isEmpty)
        #expect(read.advertised == NodeConfiguration.Endpoint(host: "127.0.0.1", port: 7_101))
        #expect(read.replaceAfter == .seconds(900))
        #expect(problems(joining(join, without: [])).count == 2)
        #expect(problems(joining("join: {seeds: [], tokenFile: t}")).contains { $0.hasPrefix("join.seeds: has 0") })
        #expect(problems(joining("join: {seeds: [{host: a, port: 1}]}")).contains { $0.hasPrefix("join.tokenFile") })
    }

    @Test func `a node that listens everywhere says where it is reached`() throws {
        let join = "join: {seeds: [{host: a, port: 7102}], tokenFile: t}"
        let everywhere =
            joining(join, without: ["peers", "shards", "listen"]) + "\nlisten: {host: 0.0.0.0, port: 7101}"
        #expect(problems(everywhere).contains { $0.hasPrefix("advertise: is missing") })
        let read = try NodeConfiguration(yaml: everywhere + "\nadvertise: {host: n4.example, port: 7199}")
        #expect(read.advertised == NodeConfiguration.Endpoint(host: "n4.example", port: 7_199))
        #expect(try NodeConfiguration(yaml: text()).advertised.host == "a")
        #expect(try NodeConfiguration(yaml: text() + "\nreplaceAfterMinutes: 0").replaceAfter == .zero)
    }
}
