package import Primitives

/// Since when members of the cluster have been away, in the view of one node.
///
/// Being away is gossip. It only asks: the registry decides, and what it decides needs a majority of each group.
package struct MissingNodes {
    /// Before the same node is asked for again.
    static let askAgain = Span.seconds(60)
    /// A look that comes later than this means that this node stood still, and has seen nothing.
    static let longestLook = Span.seconds(10)

    private var since: [NodeID: Instant] = [:]
    private var askedAt: [NodeID: Instant] = [:]
    private var lastLook: Instant?

    package init() {}

    /// - Parameters:
    ///   - present: who answers, this node among them.
    ///   - patience: how long a node may be away.
    /// - Returns: the node whose replicas should go elsewhere now, if there is one.
    package mutating func look(_ map: ShardMap, present: Set<NodeID>, patience: Span, at now: Instant) -> NodeID? {
        if let last = lastLook, now - last > Self.longestLook {
            let blind = now - last
            since = since.mapValues { $0 + blind }
        }
        lastLook = now
        let missing = map.nodes.filter { !present.contains($0) }
        since = since.filter { missing.contains($0.key) }
        for node in missing where since[node] == nil { since[node] = now }
        askedAt = askedAt.filter { since[$0.key] != nil }
        // Where most are away, it is this node that is cut off.
        guard missing.count * 2 < map.members.count else { return nil }
        let lost = missing.first { node in
            guard let start = since[node], now - start >= patience, !map.groups(on: node).isEmpty else { return false }
            return askedAt[node].map { now - $0 >= Self.askAgain } ?? true
        }
        if let lost { askedAt[lost] = now }
        return lost
    }
}
