package import Primitives

/// Where the groups of a cluster should be, as far as possible where they are: a pure function of the map.
///
/// First what must be: no replica on a node that is to be empty, as many copies as there should be, no two in a zone while
/// another zone has room. Then, when it is asked to balance, as many replicas on each node as on any other, and as many to
/// lead, give or take one, and where sizes are known about as many bytes. Each step is the smallest that helps, so that
/// nothing moves without need; ties go by name and number, so that the same map gives the same plan.
package struct PlacementPlan {
    /// The nodes of each group, by its number; the first should lead.
    package private(set) var places: [[NodeID]]
    let map: ShardMap
    let members: [ClusterMember]
    private let zones: [NodeID: String]
    /// Bytes of each shard, by its number; empty when they are not known.
    let sizes: [UInt64]
    private var replicas: [NodeID: Int] = [:]
    private var leaders: [NodeID: Int] = [:]

    /// - Parameters:
    ///   - map: as it is, with what moves at its target.
    ///   - avoided: nodes to be emptied, beside those that drain.
    ///   - sizes: bytes of each shard, by its number, for balance; fewer than there are shards: not known.
    ///   - balances: false to do only what must be.
    package init(_ map: ShardMap, avoiding avoided: Set<NodeID> = [], sizes: [UInt64] = [], balances: Bool) {
        self.map = map
        self.sizes = sizes.count == Int(map.shardCount) ? sizes.map { min($0, Self.sizeLimit) } : []
        members = map.members.filter { !$0.isDraining && !avoided.contains($0.node) }
        // A node that has not said where it is counts as a zone of its own.
        zones = Dictionary(
            map.members.map { ($0.node, $0.zone.isEmpty ? "node \($0.node)" : "zone \($0.zone)") },
            uniquingKeysWith: { first, _ in first })
        places = map.groups.map { map.target(of: $0) ?? map.replicas(of: $0) }
        count()
        for group in map.groups {
            vacate(group)
            fill(group)
            spread(group)
        }
        guard balances else { return }
        // What changes places for its size can open the way for a move that zones forbade.
        repeat {
            balanceReplicas()
            balanceBytes()
        } while bestReplicaMove != nil
        balanceLeaders()
    }

    /// The groups whose nodes or order change, in order.
    package var changes: [(group: ShardID, from: [NodeID], to: [NodeID])] {
        map.groups.compactMap { group in
            let from = map.target(of: group) ?? map.replicas(of: group)
            let to = places[Int(group.number)]
            return from == to ? nil : (group, from, to)
        }
    }

    // MARK: counts

    private mutating func count() {
        for member in map.members {
            replicas[member.node] = 0
            leaders[member.node] = 0
        }
        for group in map.shards { count(places[Int(group.number)], 1) }
    }

    private mutating func count(_ place: [NodeID], _ sign: Int) {
        for node in place { replicas[node, default: 0] += sign }
        if let first = place.first { leaders[first, default: 0] += sign }
    }

    /// The meta group is one of many: it counts for nothing.
    mutating func set(_ group: ShardID, to place: [NodeID]) {
        if group != map.meta { count(places[Int(group.number)], -1) }
        places[Int(group.number)] = place
        if group != map.meta { count(place, 1) }
    }

    private func isEligible(_ node: NodeID) -> Bool { members.contains { $0.node == node } }
    func zone(_ node: NodeID) -> String { zones[node] ?? "" }

    /// Replicas that share their zone with another one of the group.
    func crowding(_ place: [NodeID]) -> Int { place.count - Set(place.map(zone)).count }

    /// The best node to take a replica beside these: in another zone, with few replicas.
    private func candidate(beside rest: [NodeID]) -> NodeID? {
        let taken = Set(rest.map(zone))
        return members.map(\.node).filter { !rest.contains($0) }.min { left, right in
            let one = (taken.contains(zone(left)) ? 1 : 0, replicas[left] ?? 0, left)
            let other = (taken.contains(zone(right)) ? 1 : 0, replicas[right] ?? 0, right)
            return one < other
        }
    }

    // MARK: what must be

    private mutating func vacate(_ group: ShardID) {
        for node in places[Int(group.number)] where !isEligible(node) {
            let rest = places[Int(group.number)].filter { $0 != node }
            if let heir = candidate(beside: rest) {
                set(group, to: rest + [heir])
            } else {
                // Without another node for it the replica stays, and leads only when nobody else can; but nobody is
                // lost without one that only learns.
                set(group, to: rest.count == 1 && copies == 1 ? rest : rest + [node])
            }
        }
    }

    /// Copies of each group: two nodes keep one with a vote and one that learns.
    private var copies: Int {
        map.replicationFactor == 1 && members.count == 2 && map.members.count == 2
            ? 2 : min(map.replicationFactor, members.count)
    }

    private mutating func fill(_ group: ShardID) {
        while places[Int(group.number)].count < copies {
            let place = places[Int(group.number)]
            guard let node = candidate(beside: place) else { return }
            set(group, to: place + [node])
        }
    }

    private mutating func spread(_ group: ShardID) {
        while true {
            let place = places[Int(group.number)]
            guard let better = swaps(of: place).filter({ crowding($0) < crowding(place) }).first else { return }
            set(group, to: better)
        }
    }

    /// The place with one replica on another node; who should lead goes last.
    private func swaps(of place: [NodeID]) -> [[NodeID]] {
        place.indices.reversed().compactMap { position in
            var rest = place
            rest.remove(at: position)
            guard let node = candidate(beside: rest), node != place[position] else { return nil }
            return rest + [node]
        }
    }

    // MARK: balance

    private mutating func balanceReplicas() {
        while let (group, place) = bestReplicaMove { set(group, to: place) }
    }

    /// A move from a node with many replicas to one with at least two fewer.
    private var bestReplicaMove: (ShardID, [NodeID])? {
        let ordered = members.map(\.node).sorted { (replicas[$0] ?? 0, $0) < (replicas[$1] ?? 0, $1) }
        for full in ordered.reversed() {
            for empty in ordered where (replicas[full] ?? 0) - (replicas[empty] ?? 0) > 1 {
                if let move = move(from: full, to: empty) { return move }
            }
        }
        return nil
    }

    private func move(from full: NodeID, to empty: NodeID) -> (ShardID, [NodeID])? {
        var found: (ShardID, [NodeID])?
        for group in map.shards {
            let place = places[Int(group.number)]
            guard let position = place.firstIndex(of: full), !place.contains(empty) else { continue }
            var next = place
            next[position] = empty
            guard crowding(next) <= crowding(place) else { continue }
            // Whoever follows is cheaper to move than whoever leads.
            if position > 0 { return (group, next) }
            found = found ?? (group, next)
        }
        return found
    }

    private mutating func balanceLeaders() {
        while let path = leaderPath {
            for (group, heir) in path {
                let place = places[Int(group.number)]
                set(group, to: [heir] + place.filter { $0 != heir })
            }
        }
    }

    /// Hand-overs, each to a node that keeps the shard, from a node that leads many to one that leads at least two fewer.
    private var leaderPath: [(ShardID, NodeID)]? {
        let nodes = members.map(\.node)
        guard let most = nodes.max(by: { (leaders[$0] ?? 0, $1) < (leaders[$1] ?? 0, $0) }) else { return nil }
        var reached: [NodeID: (from: NodeID, group: ShardID)] = [:]
        var frontier = [most]
        while !frontier.isEmpty {
            let node = frontier.removeFirst()
            if (leaders[most] ?? 0) - (leaders[node] ?? 0) > 1 { return path(to: node, from: most, reached) }
            for group in map.shards where places[Int(group.number)].first == node {
                for heir in places[Int(group.number)].dropFirst()
                where heir != most && reached[heir] == nil && isEligible(heir) {
                    reached[heir] = (node, group)
                    frontier.append(heir)
                }
            }
        }
        return nil
    }

    private func path(
        to end: NodeID, from start: NodeID, _ reached: [NodeID: (from: NodeID, group: ShardID)]
    ) -> [(ShardID, NodeID)] {
        var path: [(ShardID, NodeID)] = []
        var node = end
        while node != start, let step = reached[node] {
            path.insert((step.group, node), at: 0)
            node = step.from
        }
        return path
    }
}
