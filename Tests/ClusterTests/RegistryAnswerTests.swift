import Cluster
import Primitives
import Testing

/// What the registry answers: at its largest it still fits into a frame between two nodes.
@Suite struct RegistryAnswerTests {
    /// What stands around a reply in its frame takes less than a KiB.
    private static let room = Frame.maximumPayload - 1_024
    private static let shards: UInt32 = 1_024
    /// As many as a group may have.
    private static let nodes = (1...ShardPlace.replicaLimit).map { node($0) }

    /// With the longest name that a configuration takes, 63 letters.
    private static func node(_ number: Int) -> NodeID {
        let digits = "\(number)"
        return NodeID(String(repeating: "n", count: 63 - digits.count) + digits)
    }

    /// A step for each group, from all nodes to all.
    private static func operation(_ number: UInt64) -> Cluster.Operation {
        Cluster.Operation(
            number: number, kind: .rebalance, node: nodes[0], created: Instant(microseconds: 7), concurrent: 16,
            steps: (0..<UInt32(Cluster.Operation.stepLimit)).map { .init(ShardID($0), from: nodes, to: nodes) })
    }

    private static func map() -> ShardMap {
        ShardMap(shardCount: shards, nodes: nodes, replicationFactor: nodes.count)
    }

    /// A registry that keeps as many of these operations as it may.
    private static func desk() -> RegistryDesk {
        var desk = RegistryDesk()
        desk.state.apply(.founded(map()), at: .zero)
        for number in 1...UInt64(ClusterState.operationsKept) {
            desk.state.apply(.began(operation(number)), at: .zero)
        }
        return desk
    }

    @Test func `a list of all operations fits, which it would not with their steps`() throws {
        var desk = Self.desk()
        let reply = desk.ask(.operations)
        guard case .operations(let listed) = reply else {
            Issue.record("\(reply)")
            return
        }
        let newestFirst = Array((1...UInt64(ClusterState.operationsKept)).reversed())
        #expect(listed.map(\.number) == newestFirst)
        #expect(listed.allSatisfy { $0.steps == Int(Self.shards) + 1 && $0.steps(in: .waiting) == $0.steps })
        #expect(reply.encoded.count <= Self.room)
        #expect(try ClusterReply(decoding: reply.encoded) == reply)
        #expect(Self.operation(1).encoded.count * ClusterState.operationsKept > Frame.maximumPayload)
    }

    @Test func `one operation with all its steps fits, and so does a plan`() throws {
        var desk = Self.desk()
        // 1,025 steps with 2 times 16 names each are 2.1 MB.
        let reply = desk.ask(.operation(1))
        #expect(reply == .operation(Self.operation(1)))
        #expect(reply.encoded.count <= Self.room)
        #expect(ClusterReply.plan(Self.operation(1).steps).encoded.count <= Self.room)
        #expect(desk.ask(.operation(99)) == .refused(.unknownOperation))
    }

    @Test func `the map of the largest cluster fits, and so do all tokens`() {
        var map = Self.map()
        let text = String(repeating: "z", count: NodeProfile.textLimit)
        map.members = (1...ShardMap.memberLimit).map { number in
            ClusterMember(
                node: Self.node(number), number: UInt32(number),
                profile: NodeProfile(zone: text, address: text, disk: .max))
        }
        let names = (1...UInt32(ShardPlace.replicaLimit)).map { ReplicaName(number: $0, decision: 1 << 40) }
        for group in map.groups {
            map.change(group) { place in
                place.decision = 1 << 40
                place.replicas = names
                place.target = names
                place.leaving = names
            }
        }
        #expect(ClusterReply.map(map).encoded.count <= Self.room)
        let tokens = (1...ClusterState.tokensKept).map { number in
            JoinToken(
                id: text, digest: RegistryDesk.digest(1), node: Self.node(number), expires: Instant(microseconds: 1))
        }
        #expect(ClusterReply.tokens(tokens).encoded.count <= Self.room)
    }

    @Test func `a summary counts the steps, and tells when one of them moved last`() throws {
        var desk = RegistryDesk()
        let ids = (1...5).map { NodeID("n\($0)") }
        desk.ask(.found(ShardMap(shardCount: 8, nodes: ids, replicationFactor: 3)))
        let began = desk.now
        desk.ask(.drain(ids[0]))
        let first = try #require(desk.state.operations.last)
        #expect(first.summary.id == first.id && first.summary.node == ids[0] && first.summary.moved == began)
        let moving = desk.map.groups.filter { desk.map.target(of: $0) != nil }
        let group = try #require(moving.first)
        let settled = desk.now
        desk.ask(.reached(group, .settled, decision: desk.map.place(of: group).decision))
        let second = try #require(desk.state.operations.last)
        #expect(second.summary.moved == settled && second.steps(in: .done) == first.steps(in: .done) + 1)
        for operation in [first, second] {
            #expect(operation.summary.steps == operation.steps.count)
            for state in Cluster.Operation.State.allCases {
                #expect(operation.summary.steps(in: state) == operation.steps(in: state))
            }
        }
    }
}
