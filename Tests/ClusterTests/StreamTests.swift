import Cluster
import Primitives
import Testing

/// Logged messages: exactly once and in order per pair of shards, whatever the links do (architecture, section 3).
@Suite struct StreamTests {
    private let n1 = NodeID("n1")
    private let n2 = NodeID("n2")

    /// A counter on each of two nodes.
    private func pair() -> (TestCluster, EntityID, EntityID) {
        let cluster = TestCluster(nodes: 2)
        return (cluster, cluster.counter(on: n1), cluster.counter(on: n2))
    }

    @Test func `messages arrive once and in order`() {
        let (cluster, source, target) = pair()
        for start in stride(from: UInt64(0), to: 1_000, by: 10) {
            cluster.call(.passOn(to: target.key, (start..<start + 10).map { $0 }), source)
        }
        cluster.settle()
        #expect(cluster.committed(target)?.taken == Array(0..<1_000))
    }

    @Test func `messages between shards of one node arrive as well, also to the sender's own shard`() {
        let cluster = TestCluster(nodes: 1)
        let source = cluster.counter(on: n1)
        for skip in 0..<20 {
            let target = cluster.counter(on: n1, skip: skip)
            cluster.call(.passOn(to: target.key, [7]), source)
            cluster.settle()
            #expect(cluster.committed(target)?.taken == [7])
        }
    }

    @Test func `frames that come twice have one effect`() {
        let (cluster, source, target) = pair()
        for number in UInt64(1)...5 { cluster.call(.passOn(to: target.key, [number]), source) }
        let posts = cluster.takePosts { $0.frame.type == .stream }
        #expect(!posts.isEmpty)
        for post in posts + posts.reversed() + posts { cluster.deliver(post) }
        cluster.settle()
        #expect(cluster.committed(target)?.taken == [1, 2, 3, 4, 5])
    }

    @Test func `what a cut lost is sent again when the link is up`() {
        let (cluster, source, target) = pair()
        cluster.call(.passOn(to: target.key, [1, 2]), source)
        cluster.cutOff(n2)
        cluster.call(.passOn(to: target.key, [3]), source)
        cluster.heal(n2)
        cluster.settle()
        #expect(cluster.committed(target)?.taken == [1, 2, 3])
    }

    @Test func `what arrived although its acknowledgement was lost is not taken again`() {
        let (cluster, source, target) = pair()
        cluster.call(.passOn(to: target.key, [1, 2]), source)
        for post in cluster.takePosts(where: { $0.frame.type == .stream }) { cluster.deliver(post) }
        cluster.cutOff(n2)
        cluster.call(.passOn(to: target.key, [3]), source)
        cluster.heal(n2)
        cluster.settle()
        #expect(cluster.committed(target)?.taken == [1, 2, 3])
    }

    @Test func `a lost frame is sent again in time though no link was lost`() {
        let (cluster, source, target) = pair()
        cluster.call(.passOn(to: target.key, [1]), source)
        #expect(!cluster.takePosts { $0.frame.type == .stream }.isEmpty)
        cluster.call(.passOn(to: target.key, [2]), source)
        for _ in 0..<10 {
            cluster.settle()
            cluster.world.advance(.seconds(1))
        }
        cluster.settle()
        #expect(cluster.committed(target)?.taken == [1, 2])
    }

    @Test func `what a node drops that does not lead yet is sent again as soon as it leads`() {
        let (cluster, source, target) = pair()
        cluster.cutOff(n2)
        cluster.call(.passOn(to: target.key, [1, 2]), source)
        cluster.heal(n2)
        #expect(!cluster.takePosts { $0.frame.type == .stream }.isEmpty, "dropped")
        // The mark that a new leader sends unasked is under way.
        cluster.settle()
        #expect(cluster.committed(target)?.taken == [1, 2], "without waiting")
    }

    @Test func `what the mark of a new leader does not cover is sent again, though it covers some of it`() {
        let (cluster, source, target) = pair()
        cluster.call(.passOn(to: target.key, [1]), source)
        for post in cluster.takePosts(where: { $0.frame.type == .stream }) { cluster.deliver(post) }
        cluster.cutOff(n2)
        cluster.call(.passOn(to: target.key, [2, 3]), source)
        cluster.heal(n2)
        #expect(!cluster.takePosts { $0.frame.type == .stream }.isEmpty, "dropped")
        cluster.settle()
        #expect(cluster.committed(target)?.taken == [1, 2, 3], "without waiting")
    }

    @Test func `frames that overtake each other leave no gap and change no order`() {
        let (cluster, source, target) = pair()
        cluster.call(.passOn(to: target.key, [1]), source)
        cluster.call(.passOn(to: target.key, [2]), source)
        let posts = cluster.takePosts { $0.frame.type == .stream }
        #expect(posts.count == 2)
        for post in posts.reversed() { cluster.deliver(post) }
        #expect(cluster.committed(target)?.taken == [1])
        for _ in 0..<10 {
            cluster.settle()
            cluster.world.advance(.seconds(1))
        }
        cluster.settle()
        #expect(cluster.committed(target)?.taken == [1, 2])
    }

    @Test(arguments: 1...15) func `lost, doubled and cut frames and restarts never lose or double a message`(
        _ seed: UInt64
    ) {
        var random = SeededRandom(seed: seed)
        let (cluster, source, target) = pair()
        var sent: UInt64 = 0
        for _ in 0..<150 {
            switch random.pick(0...9) {
            case 0...4:
                sent += 1
                #expect(cluster.call(.passOn(to: target.key, [sent]), source).reply == .done)
            case 5, 6:
                let posts = cluster.takePosts()
                for post in posts where !random.chance(200) {
                    cluster.deliver(post)
                    if random.chance(300) { cluster.deliver(post) }
                }
            case 7:
                cluster.cutOff(n2)
                cluster.heal(n2)
            case 8: cluster.world.advance(.milliseconds(random.pick(0...3_000)))
            default:
                let node = random.chance(500) ? n1 : n2
                cluster.crash(node)
                cluster.start(node)
            }
        }
        for _ in 0..<10 {
            cluster.settle()
            cluster.world.advance(.seconds(1))
        }
        cluster.settle()
        #expect(sent > 10)
        #expect(cluster.committed(target)?.taken == Array(1...max(1, sent)))
    }

    @Test func `what is not acknowledged is sent again after a restart of the sender`() {
        let (cluster, source, target) = pair()
        cluster.cutOff(n2)
        cluster.call(.passOn(to: target.key, [1, 2]), source)
        cluster.crash(n1)
        cluster.start(n1)
        cluster.heal(n2)
        cluster.settle()
        #expect(cluster.committed(target)?.taken == [1, 2])
    }

    // MARK: frames by hand

    /// A counter on `n2` and, as its peer, a shard that `n1` leads.
    private func receiver() -> (TestCluster, EntityID, ShardID) {
        let (cluster, source, target) = pair()
        return (cluster, target, cluster.map.shard(of: source))
    }

    private func bring(_ commands: [[UInt8]], from first: UInt64, _ to: (TestCluster, EntityID, ShardID)) -> UInt64? {
        let (cluster, target, source) = to
        let frame = WireFrames.stream(
            from: source, epoch: 1, to: target, of: cluster.map, targetEpoch: 1, first: first, commands)
        cluster.deliver(.init(from: n1, to: n2, linkClass: .calls, frame: frame))
        let marks = cluster.takePosts { $0.frame.type == .streamMark && $0.frame.shard == source }
        return marks.compactMap { WireFrames.Mark($0.frame) }.last { $0.shard == cluster.map.shard(of: target) }?.mark
    }

    @Test func `a gap is not crossed`() {
        let there = receiver()
        #expect(bring([CounterCommand.add(3).encoded], from: 3, there) == 0)
        #expect(there.0.committed(there.1)?.taken ?? [] == [])
        #expect(bring([CounterCommand.add(1).encoded, CounterCommand.add(2).encoded], from: 1, there) == 2)
        #expect(bring([CounterCommand.add(3).encoded], from: 3, there) == 3)
        #expect(there.0.committed(there.1)?.taken == [1, 2, 3])
    }

    @Test func `of a frame that is known in part only the rest is taken`() {
        let there = receiver()
        let commands = (1...4).map { CounterCommand.add(UInt64($0)).encoded }
        #expect(bring(Array(commands[0...1]), from: 1, there) == 2)
        #expect(bring(commands, from: 1, there) == 4)
        #expect(there.0.committed(there.1)?.taken == [1, 2, 3, 4])
    }

    @Test func `the mark advances also for a command that changes nothing, and it is not decided again`() {
        let there = receiver()
        #expect(bring([CounterCommand.add(1).encoded, CounterCommand.refuse.encoded], from: 1, there) == 2)
        #expect(bring([CounterCommand.refuse.encoded], from: 2, there) == 2)
        #expect(there.0.call(.view, there.1).reply == .view([1], [], decisions: 3))
    }

    @Test func `the mark advances also for a command that does not decode`() {
        let there = receiver()
        #expect(bring([[0xFF]], from: 1, there) == 1)
        #expect(bring([CounterCommand.add(2).encoded], from: 2, there) == 2)
        #expect(there.0.committed(there.1)?.taken == [2])
    }

    @Test func `an acknowledgement waits until the message is durable`() {
        let there = receiver()
        let log = there.0.log(n2)
        log.isImmediate = false
        let mark = bring([CounterCommand.add(1).encoded], from: 1, there)
        #expect(mark == nil || mark == 0)
        log.commitAll()
        there.0.world.drain()
        let marks = there.0.takePosts { $0.frame.type == .streamMark }.compactMap { WireFrames.Mark($0.frame) }
        #expect(marks.contains { $0.mark == 1 && $0.shard == there.0.map.shard(of: there.1) })
    }

    @Test func `the mark survives a restart`() {
        let there = receiver()
        #expect(bring([CounterCommand.add(1).encoded], from: 1, there) == 1)
        there.0.crash(n2)
        there.0.start(n2)
        there.0.world.drain()
        _ = there.0.takePosts()
        #expect(bring([CounterCommand.add(1).encoded, CounterCommand.add(2).encoded], from: 1, there) == 2)
        #expect(there.0.committed(there.1)?.taken == [1, 2])
    }
}
