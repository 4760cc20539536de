import Cluster
import Primitives
import Testing

/// A repeated request has one effect and the same answer (promise 6).
@Suite struct IdempotencyTests {
    private let n1 = NodeID("n1")
    private let n2 = NodeID("n2")
    private let key = RequestKey(scope: "ann POST /x 1", body: 11)

    @Test(arguments: [false, true]) func `the same key has one effect and the same answer`(_ isRemote: Bool) {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        let from = isRemote ? n1 : n2
        let first = cluster.call(.add(3), counter, from: from, key: key)
        cluster.settle()
        cluster.call(.add(5), counter)
        let again = cluster.call(.add(3), counter, from: from, key: key)
        cluster.settle()
        #expect(first.reply == .total(3))
        #expect(again.reply == .total(3))
        #expect(cluster.committed(counter)?.taken == [3, 5])
    }

    @Test func `a retry through another node finds the first`() {
        let cluster = TestCluster(nodes: 3)
        let counter = cluster.counter(on: n2)
        let first = cluster.call(.add(3), counter, from: n1, key: key)
        cluster.settle()
        let again = cluster.call(.add(3), counter, from: NodeID("n3"), key: key)
        cluster.settle()
        #expect(first.reply == again.reply)
        #expect(cluster.committed(counter)?.taken == [3])
    }

    @Test func `the same key with another body is refused and changes nothing`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        cluster.call(.add(3), counter, key: key)
        let other = cluster.call(.add(4), counter, key: RequestKey(scope: key.scope, body: 12))
        #expect(other.error == .keyReused)
        #expect(cluster.committed(counter)?.taken == [3])
        #expect(cluster.call(.add(3), counter, key: key).reply == .total(3))
    }

    @Test func `another scope is another request`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        cluster.call(.add(3), counter, key: key)
        #expect(cluster.call(.add(3), counter, key: RequestKey(scope: "ben", body: 11)).reply == .total(6))
    }

    @Test func `a refusal is kept like any other answer`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        cluster.call(.add(1), counter)
        #expect(cluster.call(.refuse, counter, key: key).reply == .refused)
        #expect(cluster.call(.refuse, counter, key: key).reply == .refused)
        // The add, one refusal, and this question.
        #expect(cluster.call(.view, counter).reply == .view([1], [], decisions: 3))
    }

    @Test func `a duplicate of a request under way waits for the same answer`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        cluster.log(n1).isImmediate = false
        let first = cluster.call(.add(3), counter, key: key)
        let again = cluster.call(.add(3), counter, key: key)
        let other = cluster.call(.add(3), counter, key: RequestKey(scope: key.scope, body: 99))
        #expect(first.isOpen && again.isOpen && other.isOpen)
        cluster.log(n1).commitAll()
        #expect(first.reply == .total(3))
        #expect(again.reply == .total(3))
        #expect(other.error == .keyReused)
        #expect(cluster.committed(counter)?.taken == [3])
    }

    @Test func `the answer survives a restart`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        cluster.call(.add(3), counter, key: key)
        cluster.crash(n1)
        cluster.start(n1)
        cluster.settle()
        #expect(cluster.call(.add(3), counter, key: key).reply == .total(3))
        #expect(cluster.committed(counter)?.taken == [3])
    }

    @Test func `a request that was lost before it was durable is executed anew`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        cluster.log(n1).isImmediate = false
        cluster.call(.add(3), counter, key: key)
        cluster.crash(n1)
        cluster.log(n1).isImmediate = true
        cluster.start(n1)
        cluster.settle()
        #expect(cluster.call(.add(3), counter, key: key).reply == .total(3))
        #expect(cluster.committed(counter)?.taken == [3])
    }

    @Test func `an answer is kept for 24 hours of shard time and no longer`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        cluster.call(.add(3), counter, key: key)
        cluster.world.stall(.seconds(24 * 3_600 - 60))
        #expect(cluster.call(.add(3), counter, key: key).reply == .total(3))
        cluster.world.stall(.seconds(120))
        // Expiry follows the entries of the shard.
        cluster.call(.add(1), counter, key: RequestKey(scope: "other", body: 1))
        #expect(cluster.call(.add(3), counter, key: key).reply == .total(7))
    }
}
