import Cluster
import Primitives
import Testing

/// Two nodes keep one vote for each group and a learner beside it (decision 0015).
@Suite struct TwoNodesTests {
    private let n1 = NodeID("n1")
    private let n2 = NodeID("n2")
    private let shard = ShardID(0)

    private func founded(_ nodes: Int) -> RegistryDesk {
        var desk = RegistryDesk()
        let ids = (1...nodes).map { NodeID("n\($0)") }
        desk.ask(.found(ShardMap(shardCount: 8, nodes: ids, replicationFactor: 1)))
        return desk
    }

    /// Two nodes after a rebalance.
    private func paired() -> RegistryDesk {
        var desk = founded(2)
        desk.ask(.rebalance(isDryRun: false, concurrent: 0, limit: 0, sizes: []))
        _ = desk.settleAll()
        return desk
    }

    private func join(_ name: String, _ number: UInt8, _ desk: inout RegistryDesk) {
        desk.ask(.admit(RegistryDesk.token(number)))
        let profile = NodeProfile(disk: UInt64(number))
        guard case .map = desk.ask(.join(NodeID(name), profile, digest: RegistryDesk.digest(number))) else {
            Issue.record("\(name) does not join")
            return
        }
    }

    @Test func `the second of two nodes learns what the first one keeps, and the other way round`() {
        let desk = paired()
        let map = desk.map
        #expect(map.replicationFactor == 1)
        for group in map.groups {
            #expect(Set(map.replicas(of: group)) == [n1, n2])
            let voters = [n1, n2].filter { map.votes($0, in: group) }
            #expect(voters == [map.replicas(of: group)[0]], "\(group)")
        }
        let led = map.shards.count { map.preferredLeader(of: $0) == n1 }
        #expect(led == 4)
        #expect(PlacementPlan(map, balances: true).changes.isEmpty)
    }

    @Test func `one node grows to two and to three`() {
        var desk = founded(1)
        join("n2", 2, &desk)
        desk.ask(.rebalance(isDryRun: false, concurrent: 0, limit: 0, sizes: []))
        #expect(desk.settleAll() > 0)
        #expect(desk.map.groups.allSatisfy { desk.map.replicas(of: $0).count == 2 })
        #expect(desk.map.shards.count { desk.map.preferredLeader(of: $0) == n2 } == 4)
        join("n3", 3, &desk)
        desk.ask(.rebalance(isDryRun: false, concurrent: 0, limit: 0, sizes: []))
        _ = desk.settleAll()
        #expect(desk.map.replicationFactor == 3)
        #expect(desk.map.groups.allSatisfy { desk.map.replicas(of: $0).count == 3 })
        for node in desk.map.nodes { #expect(desk.map.groups.allSatisfy { desk.map.votes(node, in: $0) }) }
    }

    @Test func `leadership cannot be handed to a learner, but the vote can move there`() {
        var desk = paired()
        let (voter, learner) = (desk.map.replicas(of: shard)[0], desk.map.replicas(of: shard)[1])
        let names = desk.map.place(of: shard).replicas
        #expect(desk.ask(.prefer(shard, learner)) == .refused(.onlyLearns))
        #expect(desk.ask(.move(shard, from: learner, to: voter)) == .refused(.alreadyThere))
        guard case .operation = desk.ask(.move(shard, from: voter, to: learner)) else {
            Issue.record("the vote does not move")
            return
        }
        #expect(desk.map.target(of: shard) == [learner, voter])
        #expect(desk.map.votes(voter, in: shard), "until the group's leader has confirmed it")
        _ = desk.settleAll()
        #expect(desk.map.replicas(of: shard) == [learner, voter])
        #expect(desk.map.votes(learner, in: shard) && !desk.map.votes(voter, in: shard))
        // Both had their part of the log and keep their names.
        #expect(Set(desk.map.place(of: shard).replicas) == Set(names))
    }

    @Test func `a move of the vote that is cancelled goes back`() {
        var desk = paired()
        let before = desk.map.replicas(of: shard)
        desk.ask(.move(shard, from: before[0], to: before[1]))
        desk.ask(.cancel(operation: desk.state.operations.last?.number ?? 0))
        _ = desk.settleAll()
        #expect(desk.map.replicas(of: shard) == before)
    }

    @Test func `one of two can be drained and removed, and nothing is lost with it`() {
        var desk = paired()
        desk.ask(.drain(n2))
        _ = desk.settleAll()
        #expect(desk.map.groups.allSatisfy { desk.map.replicas(of: $0) == [n1] })
        #expect(desk.ask(.remove(n2)) == .done)
    }

    @Test func `the only voter of something is not replaced without it`() {
        var desk = paired()
        #expect(desk.ask(.replace(n2)) == .refused(.onlyVote))
        #expect(desk.map.member(n2)?.isDraining == false)
    }

    @Test func `of three copies none is dropped for want of a node`() {
        var desk = RegistryDesk()
        let ids = (1...3).map { NodeID("n\($0)") }
        desk.ask(.found(ShardMap(shardCount: 8, nodes: ids, replicationFactor: 3)))
        desk.ask(.drain(ids[2]))
        _ = desk.settleAll()
        #expect(desk.map.groups.allSatisfy { desk.map.replicas(of: $0).count == 3 })
    }
}
