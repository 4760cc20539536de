import Cluster
import Primitives
import Testing

/// The committed state of a shard in bytes, and shards that go on from it (architecture, section 7).
@Suite struct SnapshotTests {
    private let n1 = NodeID("n1")

    /// The state of the only shard of a cluster, asked for now and encoded behind what waits.
    private func state(of cluster: TestCluster) -> (index: UInt64, state: [UInt8])? {
        let log = cluster.log(n1)
        log.askForState(of: ShardID(0))
        cluster.settle()
        return log.states[ShardID(0)]
    }

    private func counters(_ count: Int, in cluster: TestCluster) -> [EntityID] {
        let counters = (0..<count).map { EntityID(.queue, "k\($0)") }
        for (place, counter) in counters.enumerated() { cluster.call(.add(UInt64(place)), counter) }
        return counters
    }

    @Test func `a shard that begins from a snapshot holds what the records amount to, and goes on`() throws {
        let cluster = TestCluster(nodes: 1, shardCount: 1)
        let counters = counters(5, in: cluster)
        let before = try #require(state(of: cluster))
        cluster.log(n1).cut(ShardID(0))
        cluster.call(.add(100), counters[0])
        let known = counters.map { cluster.committed($0)?.taken }
        cluster.crash(n1)
        cluster.start(n1)
        cluster.settle()
        #expect(counters.map { cluster.committed($0)?.taken } == known)
        #expect(known[0] == [0, 100])
        cluster.call(.add(7), counters[1])
        #expect(cluster.committed(counters[1])?.taken == [1, 7])
        #expect(try #require(state(of: cluster)).index == before.index + 2)
    }

    @Test func `two replicas with the same records have the same bytes`() throws {
        let cluster = TestCluster(nodes: 1, shardCount: 1)
        _ = counters(30, in: cluster)
        let first = try #require(state(of: cluster))
        // The other one has replayed what this one has decided.
        cluster.crash(n1)
        cluster.start(n1)
        cluster.settle()
        let second = try #require(state(of: cluster))
        #expect(first.index == second.index)
        #expect(first.state == second.state)
    }

    @Test func `what is committed between two slices is not in the snapshot`() throws {
        let cluster = TestCluster(nodes: 1, shardCount: 1)
        // More than a slice holds.
        let counters = counters(2_500, in: cluster)
        let quiet = try #require(state(of: cluster))
        let log = cluster.log(n1)
        log.askForState(of: ShardID(0))
        var rounds = 0
        // A command between any two pieces of work: to one that is written already, and to one that is not.
        while rounds < 6 {
            rounds += 1
            cluster.node(n1).submit(CounterCommand.add(1), to: counters[0]) { _ in }
            cluster.node(n1).submit(CounterCommand.add(2), to: counters[2_400]) { _ in }
            cluster.world.step()
        }
        cluster.settle()
        let busy = try #require(log.states[ShardID(0)])
        #expect(cluster.committed(counters[2_400])?.taken.count == 7)
        #expect(busy.index == quiet.index)
        #expect(busy.state == quiet.state)
    }

    @Test func `a reader behind the snapshot of a peer is told to look at the state`() throws {
        let source = TestCluster(nodes: 1, shardCount: 1)
        let cluster = TestCluster(nodes: 1, shardCount: 1)
        _ = counters(3, in: source)
        _ = try #require(state(of: source))
        let reading = Resets()
        _ = cluster.node(n1).events.read(nil, after: nil) { item in
            if case .reset = item { reading.count += 1 }
            return true
        }
        cluster.log(n1).takeOver(ShardID(0), from: source.log(n1))
        cluster.settle()
        #expect(reading.count == 1)
        #expect(cluster.committed(EntityID(.queue, "k2"))?.taken == [2])
    }

    @Test func `a command that waited when a snapshot came has an unknown outcome`() throws {
        let source = TestCluster(nodes: 1, shardCount: 1)
        let cluster = TestCluster(nodes: 1, shardCount: 1)
        _ = counters(3, in: source)
        _ = try #require(state(of: source))
        cluster.log(n1).isImmediate = false
        let answer = cluster.call(.add(9), cluster.counter(on: n1))
        #expect(answer.isOpen)
        cluster.log(n1).takeOver(ShardID(0), from: source.log(n1))
        cluster.settle()
        guard case .outcomeUnknown = answer.error else {
            Issue.record("answered \(answer.results)")
            return
        }
    }

    /// Proof for `@unchecked Sendable`: used by one synchronous test.
    private final class Resets: @unchecked Sendable { var count = 0 }
}
