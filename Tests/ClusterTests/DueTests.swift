import Cluster
import Primitives
import Testing

/// What is due is decided by who leads, and by nobody else.
@Suite struct DueTests {
    private let n1 = NodeID("n1")

    @Test func `a follower is not woken for what is due, and one that becomes leader is at once`() {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n1)
        let shard = cluster.map.shard(of: counter)
        cluster.call(.add(Counter.bell), counter)
        cluster.log(n1).depose(shard)
        cluster.settle()
        let before = cluster.world.timersRun
        let records = cluster.log(n1).records(of: shard).count
        cluster.world.advance(.seconds(10))
        #expect(cluster.world.timersRun - before < 1_000, "woken each millisecond for what only a leader may decide")
        #expect(cluster.log(n1).records(of: shard).count == records)
        cluster.log(n1).lead(shard, term: 2)
        cluster.world.advance(.milliseconds(10))
        cluster.settle()
        #expect(cluster.committed(counter)?.taken == [Counter.bell, 0])
    }
}
