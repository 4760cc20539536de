import Cluster
import Primitives
import Testing

/// Who may become a member, and with what.
@Suite struct JoiningTests {
    private let ids = (1...5).map { NodeID("n\($0)") }

    private func founded() -> RegistryDesk {
        var desk = RegistryDesk()
        desk.ask(.found(ShardMap(shardCount: 8, nodes: Array(ids.prefix(3)), replicationFactor: 3)))
        return desk
    }

    private func profile(_ disk: UInt64, address: String = "") -> NodeProfile {
        NodeProfile(zone: "a", address: address, disk: disk)
    }

    private func join(_ node: NodeID, _ disk: UInt64, token: UInt8) -> ClusterCommand {
        .join(node, profile(disk, address: "\(node):1"), digest: RegistryDesk.digest(token))
    }

    @Test func `a token lets one node in, once, and says so again when it is asked again`() {
        var desk = founded()
        #expect(desk.ask(join(ids[3], 4, token: 1)) == .refused(.unknownToken))
        #expect(desk.ask(.admit(RegistryDesk.token(1))) == .done)
        let before = desk.map.epoch
        #expect(desk.ask(join(ids[3], 4, token: 1)) == .map(desk.map))
        #expect(desk.map.epoch == before + 1 && desk.map.nodes == Array(ids.prefix(4)))
        #expect(desk.map.member(ids[3])?.number == 4 && desk.map.member(ids[3])?.profile.disk == 4)
        #expect(desk.map.groups(on: ids[3]).isEmpty)
        // The answer was lost: the same disk is the same node.
        let after = desk.map
        #expect(desk.ask(join(ids[3], 4, token: 1)) == .map(after))
        #expect(desk.ask(join(ids[4], 5, token: 1)) == .refused(.unknownToken))
        #expect(desk.map == after)
    }

    @Test func `a new node is given replicas by a rebalance`() {
        var desk = founded()
        desk.ask(.admit(RegistryDesk.token(1)))
        desk.ask(join(ids[3], 4, token: 1))
        desk.ask(.rebalance(isDryRun: false, concurrent: 4, limit: 0, sizes: []))
        _ = desk.settleAll()
        #expect(desk.map.groups(on: ids[3]).count { $0 != desk.map.meta } == 6)
    }

    @Test func `who shows another disk or a taken name is refused`() {
        var desk = founded()
        desk.ask(.admit(RegistryDesk.token(1)))
        desk.ask(.admit(RegistryDesk.token(2)))
        desk.ask(join(ids[3], 4, token: 1))
        let before = desk.map
        #expect(desk.ask(join(ids[3], 5, token: 2)) == .refused(.nameTaken))
        // A founder that has not said which disk it has: it is to ask again.
        #expect(desk.ask(join(ids[0], 5, token: 2)) == .refused(.notFounded))
        let address = NodeProfile(address: "\(ids[3]):1", disk: 9)
        #expect(desk.ask(.join(ids[4], address, digest: RegistryDesk.digest(2))) == .refused(.addressTaken))
        #expect(desk.map == before)
        // Founders say once what disk they have.
        #expect(desk.ask(.announce(ids[0], profile(7))) == .done)
        #expect(desk.ask(.announce(ids[0], profile(8))) == .refused(.otherDisk))
        #expect(desk.map.member(ids[0])?.profile.disk == 7)
        #expect(desk.ask(.announce(ids[0], profile(7, address: "elsewhere:2"))) == .done)
        #expect(desk.map.member(ids[0])?.profile.address == "elsewhere:2")
        #expect(desk.ask(join(ids[0], 5, token: 2)) == .refused(.nameTaken))
        // Its disk counts all the same.
        #expect(desk.ask(.announce(ids[1], profile(6, address: "elsewhere:2"))) == .refused(.addressTaken))
        #expect(desk.map.member(ids[1])?.profile == profile(6))
        // Who is being emptied may be gone, and the new node on its machine.
        desk.ask(.drain(ids[0]))
        let heir = NodeProfile(address: "elsewhere:2", disk: 9)
        #expect(desk.ask(.join(ids[4], heir, digest: RegistryDesk.digest(2))) == .map(desk.map))
    }

    @Test func `a token for another node, an expired and a revoked one are refused`() {
        var desk = founded()
        desk.ask(.admit(RegistryDesk.token(1, for: ids[4])))
        #expect(desk.ask(join(ids[3], 4, token: 1)) == .refused(.tokenOfAnother))
        desk.ask(.admit(RegistryDesk.token(2, expires: desk.now.microseconds + 1_500)))
        desk.ask(.due)
        desk.ask(.due)
        #expect(desk.ask(join(ids[3], 4, token: 2)) == .refused(.expiredToken))
        #expect(desk.ask(.tokens) == .tokens([RegistryDesk.token(1, for: ids[4])]))
        #expect(desk.ask(.revoke(token: "t1")) == .done)
        #expect(desk.ask(.revoke(token: "t1")) == .refused(.unknownToken))
        #expect(desk.ask(join(ids[4], 5, token: 1)) == .refused(.unknownToken))
        #expect(desk.map.members.count == 3)
    }

    @Test func `tokens have a limit, and those that expired make room`() {
        var desk = founded()
        for number in 0..<UInt8(ClusterState.tokensKept) {
            #expect(desk.ask(.admit(RegistryDesk.token(number))) == .done)
        }
        #expect(desk.ask(.admit(RegistryDesk.token(200))) == .refused(.tooManyTokens))
        #expect(desk.ask(.admit(RegistryDesk.token(3))) == .done)
        desk.now = Instant(microseconds: 2_000_000)
        #expect(desk.ask(.admit(RegistryDesk.token(200, expires: 3_000_000))) == .done)
        #expect(desk.state.tokens.map(\.id) == ["t200"])
    }

    @Test func `the floor rises to what every member reads, and keeps others out`() {
        var desk = founded()
        #expect(desk.ask(.raise(floor: 2)) == .refused(.cannotRaise))
        for node in ids.prefix(3) {
            let newer = NodeProfile(disk: 1, formats: FormatRange(oldest: 1, newest: 3))
            #expect(desk.ask(.announce(node, newer)) == .done)
        }
        #expect(desk.ask(.raise(floor: 2)) == .done)
        #expect(desk.map.floor == 2)
        #expect(desk.ask(.raise(floor: 1)) == .refused(.cannotRaise))
        desk.ask(.admit(RegistryDesk.token(1)))
        #expect(desk.ask(join(ids[3], 4, token: 1)) == .refused(.outsideFloor))
        let old = NodeProfile(disk: 1, formats: FormatRange(oldest: 1, newest: 1))
        #expect(desk.ask(.announce(ids[0], old)) == .refused(.outsideFloor))
        let able = NodeProfile(disk: 4, formats: FormatRange(oldest: 2, newest: 4))
        #expect(desk.ask(.join(ids[3], able, digest: RegistryDesk.digest(1))) == .map(desk.map))
    }

    @Test func `a removed node is a stranger, and comes back under another number`() {
        var desk = founded()
        desk.ask(.admit(RegistryDesk.token(1)))
        desk.ask(.admit(RegistryDesk.token(2)))
        desk.ask(join(ids[3], 4, token: 1))
        desk.ask(.drain(ids[3]))
        #expect(desk.ask(.remove(ids[3])) == .done)
        #expect(desk.ask(.announce(ids[3], profile(4))) == .refused(.unknownNode))
        #expect(desk.ask(join(ids[3], 9, token: 2)) == .map(desk.map))
        #expect(desk.map.member(ids[3])?.number == 5)
    }
}

/// When what a lost node kept is put on others without being asked.
@Suite struct MissingNodesTests {
    private let ids = (1...5).map { NodeID("n\($0)") }
    private let patience = Span.seconds(900)

    private func at(_ seconds: Int64) -> Instant { Instant(microseconds: seconds * 1_000_000) }

    /// Looks every two seconds.
    private func look(
        _ missing: inout MissingNodes, _ map: ShardMap, _ present: Set<NodeID>, from: Int64, to: Int64
    ) -> [(Int64, NodeID)] {
        stride(from: from, through: to, by: 2).compactMap { second in
            missing.look(map, present: present, patience: patience, at: at(second)).map { (second, $0) }
        }
    }

    @Test func `a node that is away for long is named, and again only after a while`() {
        let map = ShardMap(shardCount: 8, nodes: ids, replicationFactor: 3)
        var missing = MissingNodes()
        let named = look(&missing, map, Set(ids.dropLast()), from: 0, to: 990)
        #expect(named.map(\.0) == [900, 960] && named.allSatisfy { $0.1 == ids[4] })
    }

    @Test func `who comes back in between begins anew`() {
        let map = ShardMap(shardCount: 8, nodes: ids, replicationFactor: 3)
        var missing = MissingNodes()
        #expect(look(&missing, map, Set(ids.dropLast()), from: 0, to: 890).isEmpty)
        #expect(look(&missing, map, Set(ids), from: 892, to: 894).isEmpty)
        #expect(look(&missing, map, Set(ids.dropLast()), from: 896, to: 1_794).isEmpty)
    }

    @Test func `who stood still itself, or is cut off from most, names nobody`() {
        let map = ShardMap(shardCount: 8, nodes: ids, replicationFactor: 3)
        var missing = MissingNodes()
        #expect(look(&missing, map, Set(ids.dropLast()), from: 0, to: 10).isEmpty)
        #expect(look(&missing, map, Set(ids.dropLast()), from: 5_000, to: 5_880).isEmpty)
        var cutOff = MissingNodes()
        #expect(look(&cutOff, map, [ids[0], ids[1]], from: 0, to: 2_000).isEmpty)
    }
}
