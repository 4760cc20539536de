package import Primitives

/// Balance of bytes: where nodes keep as many replicas as each other, a large one and a small one change places.
extension PlacementPlan {
    /// No shard counts for more: a petabyte.
    static let sizeLimit: UInt64 = 1 << 50
    /// A difference between two nodes that is worth no move, of what a node keeps on average: one in so many.
    private static let tolerance: UInt64 = 5
    /// Nor is one that is less than this, in bytes.
    private static let leastDifference: UInt64 = 64 << 20

    /// A node that keeps more and one that keeps less.
    private struct Pair: Hashable {
        let full: NodeID
        let empty: NodeID
    }

    /// A large replica of one node and a smaller one of another.
    private struct Exchange {
        let pair: Pair
        let large: ShardID
        let small: ShardID
        /// How far apart the two nodes are afterwards, in bytes.
        let difference: UInt64
    }

    /// What the replicas on a node come to.
    package func bytes(on node: NodeID) -> UInt64 {
        guard !sizes.isEmpty else { return 0 }
        return map.shards.reduce(0) { sum, shard in
            places[Int(shard.number)].contains(node) ? sum + sizes[Int(shard.number)] : sum
        }
    }

    /// Each exchange makes the sum of the squares of what nodes keep smaller, so that it comes to an end. Pairs of nodes
    /// between which there is none are remembered until one of the two keeps something else.
    mutating func balanceBytes() {
        guard !sizes.isEmpty, members.count > 1 else { return }
        var kept = Dictionary(
            members.map { ($0.node, bytes(on: $0.node)) }, uniquingKeysWith: { first, _ in first })
        let least = max(Self.leastDifference, kept.values.reduce(0, +) / UInt64(members.count) / Self.tolerance)
        var exhausted: Set<Pair> = []
        while let exchange = bestExchange(kept, above: least, &exhausted) {
            let (full, empty) = (exchange.pair.full, exchange.pair.empty)
            replace(full, by: empty, in: exchange.large)
            replace(empty, by: full, in: exchange.small)
            let moved = sizes[Int(exchange.large.number)] - sizes[Int(exchange.small.number)]
            kept[full, default: 0] -= moved
            kept[empty, default: 0] += moved
            exhausted = exhausted.filter { Set([$0.full, $0.empty]).isDisjoint(with: [full, empty]) }
        }
    }

    /// Of the two nodes that are furthest apart, if there is one for them.
    private func bestExchange(
        _ kept: [NodeID: UInt64], above least: UInt64, _ exhausted: inout Set<Pair>
    ) -> Exchange? {
        let ordered = members.map(\.node).sorted { (kept[$0] ?? 0, $0) < (kept[$1] ?? 0, $1) }
        for full in ordered.reversed() {
            for empty in ordered {
                let difference = (kept[full] ?? 0) - min(kept[full] ?? 0, kept[empty] ?? 0)
                guard difference > least else { break }
                let pair = Pair(full: full, empty: empty)
                if exhausted.contains(pair) { continue }
                if let exchange = exchange(between: pair, apart: difference) { return exchange }
                exhausted.insert(pair)
            }
        }
        return nil
    }

    private func exchange(between pair: Pair, apart difference: UInt64) -> Exchange? {
        let larges = candidates(from: pair.full, to: pair.empty)
        let smalls = candidates(from: pair.empty, to: pair.full)
        var best: Exchange?
        for large in larges {
            for small in smalls {
                let (one, other) = (sizes[Int(large.number)], sizes[Int(small.number)])
                guard one > other, one - other < difference else { continue }
                let moved = 2 * (one - other)
                let left = moved > difference ? moved - difference : difference - moved
                // What is gained has to be worth what is copied.
                guard left < difference, 2 * (difference - left) >= one + other, left < best?.difference ?? .max
                else { continue }
                best = Exchange(pair: pair, large: large, small: small, difference: left)
            }
        }
        return best
    }

    /// Shards that may go from one node to another as zones allow it.
    private func candidates(from node: NodeID, to other: NodeID) -> [ShardID] {
        let isSameZone = zone(node) == zone(other)
        return map.shards.filter { shard in
            let place = places[Int(shard.number)]
            guard place.contains(node), !place.contains(other) else { return false }
            return isSameZone || crowding(place.map { $0 == node ? other : $0 }) <= crowding(place)
        }
    }

    private mutating func replace(_ node: NodeID, by other: NodeID, in shard: ShardID) {
        set(shard, to: places[Int(shard.number)].map { $0 == node ? other : $0 })
    }
}
