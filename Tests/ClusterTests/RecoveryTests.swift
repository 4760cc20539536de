import Cluster
import Primitives
import Testing

/// The rules about epochs of docs/models/recovery.md: a shard that starts without its log has forgotten everything.
@Suite struct RecoveryTests {
    private let n1 = NodeID("n1")
    private let n2 = NodeID("n2")

    private func recoveries(_ cluster: TestCluster, _ entity: EntityID) -> [UInt64] {
        cluster.committed(entity)?.recovered ?? []
    }

    /// `n1` and `n2` have sent each other `1`.
    private func acquainted() -> (TestCluster, EntityID, EntityID) {
        let cluster = TestCluster(nodes: 2)
        let (one, two) = (cluster.counter(on: n1), cluster.counter(on: n2))
        cluster.call(.passOn(to: two.key, [1]), one)
        cluster.call(.passOn(to: one.key, [1]), two)
        cluster.settle()
        #expect(cluster.committed(one)?.taken == [1])
        #expect(cluster.committed(two)?.taken == [1])
        return (cluster, one, two)
    }

    @Test func `a restart with its log is no recovery`() {
        let (cluster, one, two) = acquainted()
        cluster.crash(n2)
        cluster.start(n2)
        cluster.settle()
        #expect(recoveries(cluster, one) == [])
        #expect(cluster.committed(two)?.taken == [1])
    }

    @Test func `a new incarnation is heard of without any message of its own`() {
        let (cluster, one, two) = acquainted()
        cluster.crash(n2, wipe: true)
        cluster.start(n2)
        cluster.settle()
        #expect(recoveries(cluster, one).count { $0 == UInt64(cluster.map.shard(of: two).number) } == 1)
        #expect(cluster.committed(two)?.taken ?? [] == [])
    }

    @Test func `each recovery is heard of once`() {
        let (cluster, one, two) = acquainted()
        let shard = UInt64(cluster.map.shard(of: two).number)
        for count in 1...3 {
            cluster.crash(n2, wipe: true)
            cluster.start(n2)
            cluster.settle()
            cluster.cutOff(n2)
            cluster.heal(n2)
            cluster.settle()
            #expect(recoveries(cluster, one).count { $0 == shard } == count)
        }
    }

    @Test func `the recovery is handled before any message of the new incarnation`() {
        let (cluster, one, two) = acquainted()
        cluster.crash(n2, wipe: true)
        cluster.start(n2)
        cluster.call(.passOn(to: one.key, [100]), two)
        // Nothing but the new messages gets through.
        for post in cluster.takePosts() where post.frame.type == .stream { cluster.deliver(post) }
        let state = cluster.committed(one)
        #expect(state?.recovered.contains(UInt64(cluster.map.shard(of: two).number)) == true)
        #expect(state?.taken == [1, 100])
        cluster.settle()
        #expect(cluster.committed(one)?.taken == [1, 100])
    }

    @Test func `messages of the lost incarnation are never taken after the recovery is known`() {
        let (cluster, one, two) = acquainted()
        cluster.call(.passOn(to: one.key, [50]), two)
        let old = cluster.takePosts { $0.frame.type == .stream }
        #expect(!old.isEmpty)
        cluster.crash(n2, wipe: true)
        cluster.start(n2)
        cluster.settle()
        for post in old { cluster.deliver(post) }
        cluster.settle()
        #expect(cluster.committed(one)?.taken == [1])
    }

    @Test func `messages to the lost incarnation are never taken by the new one`() {
        let (cluster, one, two) = acquainted()
        cluster.call(.passOn(to: two.key, [60]), one)
        let old = cluster.takePosts { $0.frame.type == .stream }
        #expect(!old.isEmpty)
        cluster.crash(n2, wipe: true)
        cluster.start(n2)
        for post in old { cluster.deliver(post) }
        cluster.settle()
        for post in old { cluster.deliver(post) }
        cluster.settle()
        #expect(cluster.committed(two)?.taken ?? [] == [])
    }

    @Test func `the outbox to the lost incarnation is thrown away, and what follows is taken from 1 on`() {
        let (cluster, one, two) = acquainted()
        cluster.cutOff(n2)
        cluster.call(.passOn(to: two.key, [60]), one)
        cluster.crash(n2, wipe: true)
        cluster.start(n2)
        cluster.heal(n2)
        cluster.settle()
        #expect(cluster.committed(two)?.taken ?? [] == [])
        cluster.call(.passOn(to: two.key, [61]), one)
        cluster.call(.passOn(to: one.key, [71]), two)
        cluster.settle()
        #expect(cluster.committed(two)?.taken == [61])
        #expect(cluster.committed(one)?.taken == [1, 71])
    }

    @Test func `two nodes that recover together hear each other`() {
        let (cluster, one, two) = acquainted()
        cluster.crash(n1, wipe: true)
        cluster.crash(n2, wipe: true)
        cluster.start(n1)
        cluster.start(n2)
        cluster.settle()
        cluster.call(.passOn(to: two.key, [2]), one)
        cluster.call(.passOn(to: one.key, [3]), two)
        cluster.settle()
        #expect(cluster.committed(two)?.taken == [2])
        #expect(cluster.committed(one)?.taken == [3])
    }

    @Test func `a second recovery before the first was noticed counts as one`() {
        let (cluster, one, two) = acquainted()
        cluster.cutOff(n2)
        for _ in 0..<2 {
            cluster.crash(n2, wipe: true)
            cluster.start(n2)
        }
        cluster.heal(n2)
        cluster.settle()
        #expect(recoveries(cluster, one).count { $0 == UInt64(cluster.map.shard(of: two).number) } == 1)
        cluster.call(.passOn(to: two.key, [5]), one)
        cluster.settle()
        #expect(cluster.committed(two)?.taken == [5])
    }

    @Test func `a shard that was away while its peer recovered learns of it afterwards`() {
        let (cluster, one, two) = acquainted()
        cluster.crash(n1)
        cluster.crash(n2, wipe: true)
        cluster.start(n2)
        cluster.start(n1)
        cluster.settle()
        #expect(recoveries(cluster, one).count { $0 == UInt64(cluster.map.shard(of: two).number) } == 1)
    }

    @Test func `the recovery is known after a restart and not handled again`() {
        let (cluster, one, two) = acquainted()
        cluster.crash(n2, wipe: true)
        cluster.start(n2)
        cluster.settle()
        cluster.crash(n1)
        cluster.start(n1)
        cluster.settle()
        #expect(recoveries(cluster, one).count { $0 == UInt64(cluster.map.shard(of: two).number) } == 1)
    }

    @Test func `an acknowledgement of an older incarnation trims nothing`() {
        let (cluster, one, two) = acquainted()
        let (source, target) = (cluster.map.shard(of: one), cluster.map.shard(of: two))
        cluster.crash(n2, wipe: true)
        cluster.start(n2)
        cluster.settle()
        cluster.call(.passOn(to: two.key, [8, 9]), one)
        _ = cluster.takePosts { $0.frame.type == .stream }
        let old = WireFrames.Mark(shard: target, epoch: 1, senderEpoch: 1, mark: 2)
        cluster.deliver(.init(from: n2, to: n1, linkClass: .calls, frame: old.frame(to: source)))
        cluster.cutOff(n2)
        cluster.heal(n2)
        cluster.settle()
        #expect(cluster.committed(two)?.taken == [8, 9])
    }

    @Test(arguments: [(UInt64(1), UInt64(2)), (2, 1), (1, 1)])
    func `a message with an old epoch of either end is dropped though its number would be the next`(
        _ sourceEpoch: UInt64, _ targetEpoch: UInt64
    ) {
        let (cluster, one, two) = acquainted()
        for id in [n1, n2] { cluster.crash(id, wipe: true) }
        for id in [n1, n2] { cluster.start(id) }
        cluster.settle()
        func bring(_ number: UInt64, _ sourceEpoch: UInt64, _ targetEpoch: UInt64) {
            let frame = WireFrames.stream(
                from: cluster.map.shard(of: one), epoch: sourceEpoch, to: two, of: cluster.map,
                targetEpoch: targetEpoch, first: 1, [CounterCommand.add(number).encoded])
            cluster.deliver(.init(from: n1, to: n2, linkClass: .calls, frame: frame))
        }
        bring(66, sourceEpoch, targetEpoch)
        #expect(cluster.committed(two)?.taken ?? [] == [])
        bring(77, 2, 2)
        #expect(cluster.committed(two)?.taken == [77])
    }

    @Test func `idempotency keys are lost with the shard`() {
        let (cluster, _, two) = acquainted()
        let key = RequestKey(scope: "x", body: 1)
        cluster.call(.add(5), two, key: key)
        cluster.crash(n2, wipe: true)
        cluster.start(n2)
        cluster.settle()
        #expect(cluster.call(.add(7), two, key: key).reply == .total(7))
    }
}
