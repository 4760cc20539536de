import Cluster
import Consensus
import NodeLog
import Primitives
import Testing

/// A node that keeps a replica which the group does not count yet hears from nobody who leads; it has to ask.
@Suite struct OutsideTests {
    private let ids = (1...4).map { NodeID("n\($0)") }

    /// The log of n4, which is to get a replica of group 0 from n3.
    private func newcomer() throws -> ReplicatedLog {
        var map = ShardMap(shardCount: 4, nodes: Array(ids.prefix(3)), replicationFactor: 3)
        map.members.append(ClusterMember(node: ids[3], number: 4))
        map.epoch += 1
        map.send(ShardID(0), to: [ids[0], ids[1], ids[3]], by: map.epoch)
        let world = TestWorld()
        let log = try ReplicatedLog(
            ReplicatedLog.Settings(node: ids[3], map: map, seed: 1), recovered: .of([]), writer: TestWriter(),
            shelf: nil, loop: TestLoop(world: world), clock: SetClock(world: world))
        log.open(ShardID(0)) { _ in }
        log.start(send: { _, _ in true }, telling: ShardLogListener())
        world.drain()
        return log
    }

    @Test func `it takes those who keep the group for its leaders, one after the other`() throws {
        let log = try newcomer()
        let group = ShardID(0)
        #expect(log.map.hosts(ids[3], group))
        #expect(log.leader(of: group) == ids[0])
        log.denied(group, by: ids[0], leader: ids[2])
        #expect(log.leader(of: group) == ids[2])
        log.linkChanged(ids[2], isUp: false)
        #expect(log.leader(of: group) == ids[0])
        // Who is not taken for the leader has nothing to deny.
        log.denied(group, by: ids[1], leader: nil)
        #expect(log.leader(of: group) == ids[0])
    }
}
