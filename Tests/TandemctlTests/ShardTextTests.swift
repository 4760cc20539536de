import Testing
import tandemctl

@Suite struct ShardTextTests {
    @Test func `followers are named with what they lack`() throws {
        let text = """
            {"shard": 3, "leader": "n1", "replicas": [
                {"node": "n1", "condition": "intact", "lag": 0}, {"node": "n2", "condition": "intact", "lag": 0},
                {"node": "n3", "condition": "repairing", "lag": 12}, {"node": "n4", "condition": "unknown"}]}
            """
        let shard = try JSONValue(json: Array(text.utf8))
        #expect(ShardText.followers(shard) == "n2, n3 (lacks 12) (repairing), n4 (does not answer)")
    }
}
