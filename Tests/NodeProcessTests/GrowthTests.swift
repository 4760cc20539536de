import Foundation
import Testing

/// `tandem-node` and `tandemctl` as docs/operations.md has an operator use them: growing, and who is kept out.
@Suite(.serialized, .timeLimit(.minutes(3))) struct GrowthTests {
    private let cluster = ProcessCluster()

    private func token(for node: String, of names: [String]) async throws -> String {
        var token = ""
        // A founder is ready before it has written down that the cluster is founded.
        try await cluster.wait("a token can be made") {
            let answer = try await cluster.ask(names, "join-token", "create", "--node", node)
            token = answer.text
            return answer.code == 0
        }
        return token
    }

    private func members(_ names: [String]) async throws -> [String: String] {
        let text = try await cluster.control("cluster", "members", "--output", "json", of: names)
        let nodes = try JSONDecoder().decode([Node].self, from: Data(text.utf8))
        return Dictionary(uniqueKeysWithValues: nodes.map { ($0.id, $0.state) })
    }

    private struct Node: Decodable {
        let id: String
        let state: String
    }

    private struct Shards: Decodable {
        struct Shard: Decodable {
            let leader: String?
            let replicas: [Replica]
        }
        struct Replica: Decodable {
            let node: String
        }
        let items: [Shard]
    }

    private func shards(_ names: [String]) async throws -> [Shards.Shard] {
        let text = try await cluster.control("shards", "list", "--output", "json", of: names)
        return try JSONDecoder().decode(Shards.self, from: Data(text.utf8)).items
    }

    private func isRefused(_ name: String, because reason: String) async throws {
        try cluster.start(name)
        let answer = try await cluster.end(of: name)
        let isTold = answer.complaints.contains(reason) && answer.complaints.contains("The node did not start")
        #expect(answer.code == 1 && isTold, "\(answer.text)\(answer.complaints)")
    }

    @Test func `one node becomes three, with three copies of everything, and the founder may die`() async throws {
        try await cluster.prepare()
        try await cluster.prepareFounder("n1")
        try await cluster.startAndWait("n1")
        _ = try await cluster.control("apply", "-f", "centre.yaml", of: ["n1"])
        var names = ["n1"]
        for name in ["n2", "n3"] {
            try await cluster.prepareJoiner(name, seeds: names, token: try await token(for: name, of: names))
            try await cluster.startAndWait(name)
            names.append(name)
        }
        try await cluster.wait("all see all others alive") {
            for name in names where try await members([name]) != ["n1": "alive", "n2": "alive", "n3": "alive"] {
                return false
            }
            return true
        }
        _ = try await cluster.control("shards", "rebalance", "--concurrent", "8", "--wait", of: names)
        let placed = try await shards(names)
        #expect(placed.count == 8)
        #expect(placed.allSatisfy { $0.replicas.map(\.node).sorted() == names })

        cluster.signal(SIGKILL, "n1")
        #expect(try await cluster.end(of: "n1").code == SIGKILL)
        let rest = ["n2", "n3"]
        try await cluster.wait("the others lead every shard") {
            try await shards(rest).allSatisfy { rest.contains($0.leader ?? "") }
        }
        let again = try await cluster.control("apply", "-f", "centre.yaml", of: rest)
        #expect(again.contains("unchanged"))
        try await cluster.startAndWait("n1")
        for name in names {
            cluster.signal(SIGTERM, name)
            #expect(try await cluster.end(of: name).code == 0)
        }
    }

    @Test func `whoever has no right to join is told why, and nothing changes`() async throws {
        try await cluster.prepare()
        try await cluster.prepareFounder("n1")
        try await cluster.startAndWait("n1")

        let forAnother = try await token(for: "n4", of: ["n1"])
        try await cluster.prepareJoiner("n2", seeds: ["n1"], token: forAnother)
        try await isRefused("n2", because: "another node")

        try await cluster.makeAuthority("strangers")
        try await cluster.prepareJoiner("n4", seeds: ["n1"], token: forAnother, certificates: "strangers")
        try await isRefused("n4", because: "authority")

        try await cluster.prepareJoiner("n4", seeds: ["n1"], token: forAnother)
        try await cluster.startAndWait("n4")
        try await cluster.prepareJoiner("n3", seeds: ["n1", "n4"], token: forAnother)
        try await isRefused("n3", because: "token")

        cluster.signal(SIGTERM, "n4")
        #expect(try await cluster.end(of: "n4").code == 0)
        try cluster.wipe("n4")
        try await cluster.prepareJoiner("n4", seeds: ["n1"], token: try await token(for: "n4", of: ["n1"]))
        try await isRefused("n4", because: "another disk")
        #expect(try await members(["n1"]).keys.sorted() == ["n1", "n4"])
    }
}
