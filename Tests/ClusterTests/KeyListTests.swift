import Cluster
import Primitives
import Testing

/// Lists over all shards.
@Suite struct KeyListTests {
    @Test func `keys are listed over the shards of all nodes, in order`() async throws {
        let cluster = TestCluster(nodes: 3)
        let keys = (1...3).flatMap { node in
            (0..<4).map { cluster.counter(on: NodeID("n\(node)"), skip: $0).key }
        }
        for key in keys { cluster.call(.add(1), EntityID(.queue, key)) }
        cluster.settle()
        let found = Keys()
        let node = cluster.node(NodeID("n1"))
        for number in 0..<cluster.map.shardCount {
            node.submitList(.queue, after: "", limit: 100, on: ShardID(number)) { result in
                if case .success(.typed(let list)) = result { found.take((list as? KeyList)?.keys ?? []) }
                if case .success(.bytes(let bytes)) = result { found.take((try? KeyList(decoding: bytes))?.keys ?? []) }
            }
        }
        cluster.settle()
        #expect(found.keys.sorted() == keys.sorted())
    }

    /// Proof for `@unchecked Sendable`: filled by a cluster that one synchronous stretch of a test moves.
    private final class Keys: @unchecked Sendable {
        private(set) var keys: [String] = []
        func take(_ more: [String]) { keys += more }
    }
}
