import Cluster
import Primitives
import Testing

/// Where groups should be, as a pure function of the map.
@Suite struct PlacementPlanTests {
    /// A map of nodes with zones, in which every group was founded on the first three nodes that it names.
    private func map(_ shards: UInt32, _ zones: [String], founders: Int? = nil, factor: Int = 3) -> ShardMap {
        let names = zones.indices.map { NodeID("n\($0 + 1)") }
        var map = ShardMap(
            shardCount: shards, nodes: Array(names.prefix(founders ?? names.count)), replicationFactor: factor)
        for name in names.dropFirst(founders ?? names.count) {
            map.members.append(ClusterMember(node: name, number: map.nextNumber))
            map.nextNumber += 1
        }
        for (name, zone) in zip(names, zones) { map.change(name) { $0.profile.zone = zone } }
        return map
    }

    private func replicas(_ plan: PlacementPlan, _ shards: UInt32) -> [NodeID: Int] {
        var counts: [NodeID: Int] = [:]
        for place in plan.places.prefix(Int(shards)) { for node in place { counts[node, default: 0] += 1 } }
        return counts
    }

    private func leaders(_ plan: PlacementPlan, _ shards: UInt32) -> [NodeID: Int] {
        var counts: [NodeID: Int] = [:]
        for place in plan.places.prefix(Int(shards)) { counts[place[0], default: 0] += 1 }
        return counts
    }

    @Test func `a balanced cluster moves nothing`() {
        for nodes in [1, 3, 4, 5, 8] {
            let map = map(64, [String](repeating: "", count: nodes), factor: min(3, nodes))
            #expect(PlacementPlan(map, balances: true).changes.isEmpty, "\(nodes) nodes")
        }
    }

    @Test func `new nodes get their share, and no more moves than that takes`() {
        let map = map(64, [String](repeating: "", count: 5), founders: 3)
        let plan = PlacementPlan(map, balances: true)
        let counts = replicas(plan, 64).values
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(counts)")
        let led = leaders(plan, 64).values
        #expect(led.count == 5 && (led.max() ?? 0) - (led.min() ?? 0) <= 1, "\(led)")
        // 192 replicas on five nodes: 38 or 39 for each of the two new ones.
        let moved = plan.changes.reduce(0) { sum, change in sum + change.to.count { !change.from.contains($0) } }
        #expect((76...78).contains(moved), "\(moved) replicas move")
    }

    @Test func `copies go to different zones where there are as many`() {
        let map = map(32, ["a", "a", "b", "b", "c"])
        let plan = PlacementPlan(map, balances: true)
        for place in plan.places {
            let zones = Set(place.compactMap { node in map.member(node)?.zone })
            #expect(zones == ["a", "b", "c"], "\(place)")
        }
        // One zone has one node: it keeps a copy of each.
        #expect(replicas(plan, 32)[NodeID("n5")] == 32)
    }

    @Test func `a node that drains is emptied, and only what it kept moves`() {
        var map = map(64, [String](repeating: "", count: 5))
        map.change(NodeID("n2")) { $0.isDraining = true }
        let plan = PlacementPlan(map, balances: false)
        #expect(plan.places.allSatisfy { !$0.contains(NodeID("n2")) })
        for change in plan.changes {
            #expect(change.from.contains(NodeID("n2")) && change.to.count == 3, "\(change)")
            #expect(change.from.filter { $0 != NodeID("n2") } == Array(change.to.prefix(2)), "\(change)")
        }
    }

    @Test func `where no other node is left a replica stays and leads last`() {
        var map = map(4, ["", "", ""])
        map.change(NodeID("n1")) { $0.isDraining = true }
        let plan = PlacementPlan(map, balances: false)
        #expect(plan.places.allSatisfy { $0.count == 3 && $0.last == NodeID("n1") }, "\(plan.places)")
    }

    @Test func `one copy grows to three when there are three nodes`() {
        var map = map(8, ["", "", ""], founders: 1, factor: 1)
        map.replicationFactor = 3
        let plan = PlacementPlan(map, balances: true)
        #expect(plan.places.allSatisfy { Set($0).count == 3 })
        let led = leaders(plan, 8).values
        #expect((led.max() ?? 0) - (led.min() ?? 0) <= 1, "\(led)")
    }

    private func bytes(_ plan: PlacementPlan, _ nodes: Int) -> [UInt64] {
        (1...nodes).map { plan.bytes(on: NodeID("n\($0)")) }
    }

    @Test func `a large shard and a small one change places where nodes differ much in bytes`() {
        let map = map(64, [String](repeating: "", count: 4))
        // Every fourth shard is large: by number they all were founded on the same three nodes.
        let sizes = (0..<64).map { UInt64($0 % 4 == 0 ? 8 << 30 : 1 << 30) }
        let before = bytes(PlacementPlan(map, sizes: sizes, balances: false), 4)
        let plan = PlacementPlan(map, sizes: sizes, balances: true)
        let after = bytes(plan, 4)
        func spread(_ bytes: [UInt64]) -> UInt64 { (bytes.max() ?? 0) - (bytes.min() ?? 0) }
        #expect(spread(before) == 112 << 30)
        let mean = after.reduce(0, +) / 4
        #expect(spread(after) <= mean / 5, "\(after)")
        #expect(after.reduce(0, +) == before.reduce(0, +))
        let counts = replicas(plan, 64).values
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "replicas stay balanced: \(counts)")
        // 112 GiB too many on three nodes, 7 by each exchange: no more moves than that takes.
        #expect(plan.changes.count { Set($0.from) != Set($0.to) } <= 2 * 12)
    }

    @Test func `little bytes, and little differences, move nothing`() {
        let map = map(64, [String](repeating: "", count: 4))
        let small = (0..<64).map { UInt64($0 % 4 == 0 ? 4 << 20 : 1 << 20) }
        #expect(PlacementPlan(map, sizes: small, balances: true).changes.isEmpty)
        let alike = (0..<64).map { UInt64(100 << 30) + UInt64($0 % 4) << 30 }
        #expect(PlacementPlan(map, sizes: alike, balances: true).changes.isEmpty)
        // Sizes of another number of shards are no sizes.
        #expect(PlacementPlan(map, sizes: [1 << 40], balances: true).changes.isEmpty)
        let huge = (0..<64).map { $0 == 0 ? UInt64.max : 0 }
        #expect(PlacementPlan(map, sizes: huge, balances: true).places.allSatisfy { Set($0).count == 3 })
    }

    @Test func `the largest cluster is balanced by bytes, too`() {
        let zones = (0..<16).map { $0 < 6 ? "a" : $0 < 12 ? "b" : "c" }
        let map = map(1_024, zones)
        var random = SeededRandom(seed: 3)
        let sizes = (0..<1_024).map { _ in UInt64(1 << 20) << UInt64(random.pick(0...14)) }
        let before = bytes(PlacementPlan(map, sizes: sizes, balances: false), 16)
        let plan = PlacementPlan(map, sizes: sizes, balances: true)
        let after = bytes(plan, 16)
        for zone in [0..<6, 6..<12, 12..<16] {
            func spread(_ bytes: [UInt64]) -> UInt64 { (bytes[zone].max() ?? 0) - (bytes[zone].min() ?? 0) }
            #expect(spread(after) <= before.reduce(0, +) / 16 / 5, "\(zone): \(before) \(after)")
        }
    }

    @Test func `bytes never put copies closer together than zones ask for`() {
        let map = map(32, ["a", "a", "b", "b", "c"])
        var random = SeededRandom(seed: 7)
        let sizes = (0..<32).map { _ in UInt64(1 << 20) << UInt64(random.pick(0...14)) }
        for place in PlacementPlan(map, sizes: sizes, balances: true).places {
            #expect(Set(place.compactMap { map.member($0)?.zone }) == ["a", "b", "c"], "\(place)")
        }
    }

    @Test(arguments: [false, true])
    func `any cluster is balanced by its plan, and a second plan is empty`(hasSizes: Bool) {
        var random = SeededRandom(seed: 11)
        for _ in 0..<200 {
            let nodes = Int(random.pick(3...9))
            let zones = (0..<nodes).map { _ in random.chance(500) ? "" : ["a", "b", "c"][Int(random.pick(0...2))] }
            var map = map(16, zones, founders: Int(random.pick(3...Int64(nodes))))
            for member in map.members.dropFirst(2) where random.chance(200) {
                map.change(member.node) { $0.isDraining = true }
            }
            let sizes = hasSizes ? (0..<16).map { _ in UInt64(1 << 20) << UInt64(random.pick(0...12)) } : []
            let plan = PlacementPlan(map, sizes: sizes, balances: true)
            for (group, place) in zip(map.groups, plan.places) {
                #expect(
                    Set(place).count == place.count && place.count >= min(3, map.members.count), "\(group) \(place)")
                map.send(group, to: place, by: map.epoch + 1)
                map.change(group) {
                    $0.replicas = $0.target ?? []
                    $0.target = nil
                }
            }
            let second = PlacementPlan(map, sizes: sizes, balances: true).changes
            #expect(second.isEmpty, "\(zones) \(map.members.filter(\.isDraining).map(\.node)): \(second)")
        }
    }
}
