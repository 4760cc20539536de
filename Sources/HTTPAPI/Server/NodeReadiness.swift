public import Cluster
public import ContactCentre
internal import Primitives

/// Whether a node can answer requests, and if not, why.
public struct NodeReadiness: Sendable {
    private let node: ClusterNode
    private let follower: CentreFollower

    public init(_ node: ClusterNode, _ follower: CentreFollower) {
        self.node = node
        self.follower = follower
    }

    /// A sentence without its full stop; nil when the node is ready.
    public var reason: String? {
        if node.drains { return "This node is about to stop" }
        let map = node.map
        let connected = node.connected.count
        guard connected * 2 > map.nodes.count else {
            return "This node sees \(connected) of \(map.nodes.count) nodes, which is no majority"
        }
        let leaderless = (0..<map.shardCount).count { node.leader(of: ShardID($0)) == nil }
        guard leaderless == 0 else { return "\(leaderless) of \(map.shardCount) shards have no leader" }
        return follower.hasHeard ? nil : "This node has not heard of the centre's configuration yet"
    }
}
