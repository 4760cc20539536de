import Testing
import tandemctl

/// The view of `tandemctl watch`.
@Suite struct WatchViewTests {
    private let cluster = """
        {"cluster": "sample", "answeredBy": "n1", "shards": 8, "mapEpoch": 5, "nodes": [
            {"id": "n1", "state": "alive", "linked": true, "shardsLed": 4, "replicas": 8, "load": 0.25, "version": "1"},
            {"id": "n2\\u001b[2J", "state": "alive", "linked": false, "shardsLed": 3, "draining": true}]}
        """

    private func lines(_ operations: String?) throws -> [String] {
        WatchView.lines(
            cluster: try JSONValue(json: Array(cluster.utf8)),
            operations: try operations.map { try JSONValue(json: Array($0.utf8)) })
    }

    @Test func `nodes, what they lead, and operations stand on one screen`() throws {
        let lines = try lines(
            """
            {"items": [{"id": "op-2", "kind": "drain", "node": "n2", "state": "running", "moves": 8, "done": 4},
                {"id": "op-1", "kind": "move", "state": "done", "moves": 1, "done": 1}]}
            """)
        #expect(lines[0] == "sample: 2 nodes, 8 shards, map 5, answered by n1")
        #expect(lines[1] == "1 shards have no leader")
        #expect(lines[3].hasPrefix("NODE") && lines[3].contains("LEADS"))
        #expect(lines[4].contains("alive") && lines[4].contains("##########") && lines[4].contains("25 %"))
        #expect(lines[5].contains("alive, draining") && lines[5].contains("no"))
        #expect(lines.last == "op-2 drain n2 [############............] 4 of 8 moves")
        #expect(lines.count == 8)
    }

    @Test func `it says when nothing moves, and when nobody knows`() throws {
        #expect(try lines(#"{"items": []}"#).last == "Nothing is being moved.")
        #expect(try lines(nil).last?.contains("does not answer") == true)
    }

    @Test func `no text of a server steers the terminal`() throws {
        for line in try lines(nil) { #expect(!line.contains("\u{1B}")) }
    }

    @Test func `no more operations are shown than there is room for`() throws {
        let items = (1...20).map { #"{"id": "op-\#($0)", "kind": "move", "state": "running"}"# }
        let lines = try lines(#"{"items": [\#(items.joined(separator: ","))]}"#)
        #expect(lines.last == "and 12 more operations")
    }
}
