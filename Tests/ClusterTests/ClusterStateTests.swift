import Cluster
import Primitives
import Testing

/// The registry as a value: what it decides, in which order, and that what was overtaken settles nothing.
@Suite struct ClusterStateTests {
    private let ids = (1...5).map { NodeID("n\($0)") }

    private func founded(_ nodes: Int = 5) -> RegistryDesk {
        var desk = RegistryDesk()
        desk.ask(.found(ShardMap(shardCount: 8, nodes: Array(ids.prefix(nodes)), replicationFactor: 3)))
        return desk
    }

    @Test func `before it is founded it refuses, and it is founded once`() {
        var desk = RegistryDesk()
        #expect(desk.ask(.map(since: 0)) == .refused(.notFounded))
        let map = ShardMap(shardCount: 8, nodes: ids, replicationFactor: 3)
        #expect(desk.ask(.found(map)) == .done)
        #expect(desk.ask(.found(ShardMap(shardCount: 8, nodes: [ids[0]]))) == .done)
        #expect(desk.ask(.map(since: 0)) == .map(map))
        #expect(desk.ask(.map(since: 1)) == .map(nil))
    }

    @Test func `a move begins, and ends when the group's leader confirms its own decision`() {
        var desk = founded()
        let shard = ShardID(0)
        #expect(desk.map.replicas(of: shard) == [ids[0], ids[1], ids[2]])
        guard case .operation(let begun) = desk.ask(.move(shard, from: ids[1], to: ids[3])) else {
            Issue.record("no operation")
            return
        }
        #expect(begun.state == .running && begun.steps.map(\.state) == [.running])
        #expect(desk.map.target(of: shard) == [ids[0], ids[3], ids[2]])
        #expect(desk.ask(.move(shard, from: ids[2], to: ids[4])) == .refused(.isMoving))
        let decision = desk.map.place(of: shard).decision
        desk.ask(.reached(shard, .settled, decision: decision - 1))
        #expect(desk.map.target(of: shard) != nil, "another decision settles nothing")
        desk.ask(.reached(shard, .settled, decision: decision))
        #expect(desk.map.replicas(of: shard) == [ids[0], ids[3], ids[2]])
        #expect(desk.map.target(of: shard) == nil)
        #expect(desk.state.operations.last?.state == .done)
        // Who stayed kept its name; who came has one of its own.
        let names = desk.map.place(of: shard).replicas
        #expect(names.map(\.decision) == [0, decision, 0])
    }

    @Test func `each stage of a move has its time, told once, and of its own decision only`() {
        var desk = founded()
        let shard = ShardID(0)
        desk.ask(.move(shard, from: ids[1], to: ids[3]))
        let decision = desk.map.place(of: shard).decision
        var step: Cluster.Operation.Step? { desk.state.operations.last?.steps.first }
        desk.ask(.reached(shard, .learning, decision: decision - 1))
        #expect(step?.learning == .zero, "another decision")
        let epoch = desk.map.epoch
        desk.ask(.reached(shard, .learning, decision: decision))
        desk.ask(.reached(shard, .exchanging, decision: decision))
        #expect(desk.map.epoch == epoch, "the map stays as it was")
        let seen = step
        // A new leader begins with what it finds, and says so.
        desk.ask(.reached(shard, .learning, decision: decision))
        #expect(step == seen)
        desk.ask(.reached(shard, .settled, decision: decision))
        let times = step.map { [$0.started, $0.learning, $0.exchanging, $0.ended] } ?? []
        #expect(times.count == 4 && times == times.sorted() && Set(times).count == 4, "\(times)")
        // What does not move has no stages.
        desk.ask(.reached(shard, .learning, decision: decision))
        #expect(step?.learning == times[1])
    }

    @Test func `a node that comes back to a group comes back under another name`() {
        var desk = founded()
        let shard = ShardID(0)
        let before = desk.map.replica(of: ids[1], in: shard)
        desk.ask(.move(shard, from: ids[1], to: ids[3]))
        _ = desk.settleAll()
        desk.ask(.move(shard, from: ids[3], to: ids[1]))
        _ = desk.settleAll()
        let after = desk.map.replica(of: ids[1], in: shard)
        #expect(before != nil && after != nil && before != after)
    }

    @Test func `no more groups move at a time than was asked for`() {
        var desk = founded()
        desk.ask(.drain(ids[0]))
        var most = 0
        for _ in 0..<200 {
            let moving = desk.map.groups.filter { desk.map.place(of: $0).target != nil }
            most = max(most, moving.count)
            guard let group = moving.first else { break }
            desk.ask(.reached(group, .settled, decision: desk.map.place(of: group).decision))
        }
        #expect(most == ClusterState.usualConcurrency)
        #expect(desk.map.groups(on: ids[0]).isEmpty)
        #expect(desk.state.operations.last?.state == .done)
        #expect(desk.ask(.remove(ids[0])) == .done)
        #expect(!desk.map.nodes.contains(ids[0]))
    }

    @Test func `a node that keeps something or is in use is not removed`() {
        var desk = founded()
        #expect(desk.ask(.remove(ids[0])) == .refused(.isNotDraining))
        desk.ask(.drain(ids[0]))
        #expect(desk.ask(.remove(ids[0])) == .refused(.isNotEmpty))
        #expect(desk.ask(.remove(NodeID("n9"))) == .refused(.unknownNode))
    }

    @Test func `a cancelled operation leaves what is done, and takes back what moves`() {
        var desk = founded()
        guard case .operation(let begun) = desk.ask(.drain(ids[0])) else {
            Issue.record("no operation")
            return
        }
        let moving = desk.map.groups.filter { desk.map.target(of: $0) != nil }
        let old = moving.map { desk.map.place(of: $0).decision }
        guard case .operation(let ended) = desk.ask(.cancel(operation: begun.number)) else {
            Issue.record("no operation")
            return
        }
        #expect(ended.state == .cancelled && ended.steps(in: .waiting) == 0 && ended.steps(in: .running) == 0)
        for (group, decision) in zip(moving, old) {
            // It is to go back, by a decision of its own: the word of the old one settles nothing.
            #expect(desk.map.target(of: group) == desk.map.replicas(of: group))
            #expect(desk.map.place(of: group).decision > decision)
            // Who was to keep it may be one of its voters by now: it stays until the leader says that it is not.
            for name in begun.steps.first(where: { $0.shard == group })?.to ?? [] {
                #expect(desk.map.hosts(name, group))
            }
            desk.ask(.reached(group, .settled, decision: decision))
            #expect(desk.map.target(of: group) != nil)
        }
        _ = desk.settleAll()
        #expect(desk.map.groups.allSatisfy { desk.map.target(of: $0) == nil })
        #expect(desk.ask(.cancel(operation: begun.number)) == .refused(.isOver))
        #expect(desk.ask(.undrain(ids[0])) == .done)
    }

    @Test func `what goes back does not hold up others, and a node that nobody can stand in for is not replaced`() {
        var desk = founded()
        for shard in [ShardID(0), ShardID(5)] {
            guard case .operation(let begun) = desk.ask(.move(shard, from: ids[1], to: ids[3])) else {
                Issue.record("no operation")
                continue
            }
            desk.ask(.cancel(operation: begun.number))
            #expect(desk.map.target(of: shard) == desk.map.replicas(of: shard))
        }
        desk.ask(.move(ShardID(1), from: ids[1], to: ids[0]))
        #expect(desk.map.target(of: ShardID(1)) == [ids[0], ids[2], ids[3]])
        var three = founded(3)
        #expect(three.ask(.replace(ids[0])) == .refused(.noRoom))
        #expect(three.map.members.allSatisfy { !$0.isDraining })
    }

    @Test func `the plan of a dry run is what is done`() {
        var desk = founded(3)
        var map = desk.map
        for node in ids.dropFirst(3) {
            map.members.append(ClusterMember(node: node, number: map.nextNumber))
            map.nextNumber += 1
        }
        desk = RegistryDesk()
        desk.ask(.found(map))
        guard case .plan(let plan) = desk.ask(.rebalance(isDryRun: true, concurrent: 0, limit: 0, sizes: [])) else {
            Issue.record("no plan")
            return
        }
        #expect(desk.map == map && !plan.isEmpty)
        desk.ask(.rebalance(isDryRun: false, concurrent: 4, limit: 0, sizes: []))
        _ = desk.settleAll()
        for step in plan { #expect(desk.map.replicas(of: step.shard) == step.to) }
        #expect(desk.ask(.rebalance(isDryRun: true, concurrent: 0, limit: 0, sizes: [])) == .plan([]))
    }

    @Test(arguments: [1, 2]) func `a rebalance rests after each move, its other places go on`(places: Int) {
        var desk = founded(3)
        desk.ask(.admit(RegistryDesk.token(1, expires: .max)))
        desk.ask(.join(ids[3], NodeProfile(address: "d:1", disk: 4), digest: RegistryDesk.digest(1)))
        desk.ask(.rebalance(isDryRun: false, concurrent: places, limit: 0, sizes: []))
        let first = desk.moving
        #expect(first.count == places)
        #expect(desk.state.nextDue(soft: ClusterState.freshSoft()) == nil)
        let end = desk.now
        desk.settle(first[0])
        #expect(desk.moving == Array(first.dropFirst()))
        let due = end + ClusterState.rest
        #expect(desk.state.nextDue(soft: ClusterState.freshSoft()) == due)
        desk.now = Instant(microseconds: due.microseconds - 1)
        desk.ask(.due)
        #expect(desk.moving.count == places - 1)
        desk.now = due
        desk.ask(.due)
        #expect(desk.moving.count == places)
        #expect(desk.state.nextDue(soft: ClusterState.freshSoft()) == nil)
        // Nothing is left to wait for once it is cancelled.
        desk.settle(desk.moving[0])
        desk.ask(.cancel(operation: 1))
        #expect(desk.state.nextDue(soft: ClusterState.freshSoft()) == nil)
    }

    @Test func `copies that a shard lacks come before other moves, and wait for no rest`() {
        var map = ShardMap(shardCount: 8, nodes: Array(ids.prefix(3)), replicationFactor: 3)
        let short = ShardID(7)
        map.places[Int(short.number)].replicas.removeLast()
        var desk = RegistryDesk()
        desk.ask(.found(map))
        desk.ask(.admit(RegistryDesk.token(1, expires: .max)))
        desk.ask(.join(ids[3], NodeProfile(address: "d:1", disk: 4), digest: RegistryDesk.digest(1)))
        desk.ask(.rebalance(isDryRun: false, concurrent: 1, limit: 0, sizes: []))
        #expect(desk.moving == [short])
        desk.settle(short)
        // Nothing rests after it.
        #expect(desk.moving.count == 1 && desk.moving != [short])
    }

    @Test func `who empties a node does not rest`() {
        var desk = founded(4)
        desk.ask(.drain(ids[0]))
        let first = desk.moving
        desk.settle(first[0])
        #expect(first.count == 1 && desk.moving.count == 1 && desk.moving != first)
    }

    @Test func `the state comes back from its bytes`() throws {
        var desk = founded()
        desk.ask(.drain(ids[0]))
        desk.ask(.announce(ids[1], NodeProfile(zone: "z")))
        desk.ask(.prefer(ShardID(3), desk.map.replicas(of: ShardID(3))[1]))
        desk.ask(.admit(RegistryDesk.token(1, for: ids[2])))
        var writer = ByteWriter()
        desk.state.encodeState(into: &writer)
        var reader = ByteReader(writer.bytes)
        let copy = try ClusterState(key: ClusterState.key, decodingState: &reader)
        try reader.finish()
        #expect(copy == desk.state)
    }

    @Test func `commands and replies come back from their bytes, and any bytes give one or an error`() throws {
        var desk = founded()
        let node = ids[1]
        let commands: [ClusterCommand] = [
            .found(desk.map), .map(since: 7), .announce(node, NodeProfile(zone: "z", address: "a:1", disk: 7)),
            .reached(ShardID(2), .settled, decision: 9), .reached(ShardID(2), .learning, decision: 9),
            .move(ShardID(1), from: node, to: ids[4]), .prefer(ShardID(1), node),
            .rebalance(isDryRun: true, concurrent: 3, limit: 4, sizes: [0, 1 << 40]), .drain(node), .undrain(node),
            .remove(node),
            .replace(node), .cancel(operation: 5), .operations, .operation(5), .due,
            .join(ids[2], NodeProfile(disk: 3), digest: RegistryDesk.digest(1)), .admit(RegistryDesk.token(1)),
            .revoke(token: "t1"), .tokens, .raise(floor: 2),
        ]
        for command in commands { #expect(try ClusterCommand(decoding: command.encoded) == command) }
        desk.ask(.drain(node))
        let replies: [ClusterReply] = [
            .done, .refused(.isMoving), .map(nil), .map(desk.map), .operations(desk.state.operations.map(\.summary)),
            .operation(desk.state.operations[0]), .plan(desk.state.operations[0].steps),
            .tokens([RegistryDesk.token(1), RegistryDesk.token(2, for: node)]),
        ]
        for reply in replies { #expect(try ClusterReply(decoding: reply.encoded) == reply) }
        var random = SeededRandom(seed: 3)
        let samples = commands.map(\.encoded) + replies.map(\.encoded)
        var decoded = 0
        for round in 0..<5_000 {
            var bytes = samples[round % samples.count]
            for _ in 0..<random.pick(1...4) {
                bytes[Int(random.pick(0...Int64(bytes.count - 1)))] = UInt8(truncatingIfNeeded: random.next())
            }
            if (try? ClusterCommand(decoding: bytes)) != nil { decoded += 1 }
            if (try? ClusterReply(decoding: bytes)) != nil { decoded += 1 }
        }
        #expect(decoded > 100)
    }

    @Test func `a map that no registry can have made is refused`() throws {
        let map = ShardMap(shardCount: 8, nodes: ids, replicationFactor: 3)
        #expect(try ShardMap(decoding: map.encoded) == map)
        var bytes = map.encoded
        bytes[9] = 7  // a number of shards that is no power of two
        #expect(throws: WireError.self) { _ = try ShardMap(decoding: bytes) }
        #expect(throws: WireError.self) { _ = try ShardMap(decoding: Array(map.encoded.dropLast())) }
    }
}
