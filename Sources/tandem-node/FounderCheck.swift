import Cluster
import Foundation
import Logging
import NIOPosix
import NodeIO
import Primitives
import SecureTransport

/// Asks the other founders of a cluster whether they know this node, and with this data directory.
///
/// A founder starts from its file alone, so one whose disk was wiped would take the cluster for a new one, and two of three
/// would be a majority of it. It asks each of the others until all have answered, in every life, and ends as soon as one of
/// them knows better.
struct FounderCheck {
    let configuration: NodeConfiguration
    let credentials: Credentials
    let storage: NodeStorage
    let node: ClusterNode
    let logger: Logger

    /// The founders that are to be asked; none when all have answered in an earlier life.
    var others: [NodeConfiguration.Peer] {
        get throws {
            guard configuration.join == nil, try !storage.isKnownToFounders else { return [] }
            return configuration.peers.filter { $0.node != configuration.node }
        }
    }

    /// Asks until all of them that are members have answered, or the time is up.
    /// - Returns: those that have not answered.
    @discardableResult func ask(
        _ peers: [NodeConfiguration.Peer], every pause: Duration, for limit: Duration?,
        _ group: MultiThreadedEventLoopGroup
    ) async throws -> [NodeConfiguration.Peer] {
        guard !peers.isEmpty else { return [] }
        let began = ContinuousClock.now
        let client = JoinClient(tls: credentials.cluster, group: group)
        let request = JoinRequest(configuration, storage)
        var open = peers
        while true {
            for peer in open {
                let answer = await client.ask(
                    host: peer.endpoint.host, port: peer.endpoint.port, expecting: peer.node, request, secret: "")
                switch answer {
                case .accepted: open.removeAll { $0.node == peer.node }
                case .refused(let reason): end(peer.node, reason)
                case .notNow: break
                }
            }
            let map = node.map
            open.removeAll { map.member($0.node) == nil }
            guard !open.isEmpty else { break }
            if let limit, ContinuousClock.now - began > limit { return open }
            try await Task.sleep(for: pause)
        }
        try storage.noteKnownToFounders()
        return []
    }

    private func end(_ founder: NodeID, _ reason: String) {
        logger.critical(
            "\(founder) knows this node with another data directory, or not at all; the node ends",
            metadata: ["tandem.reason": "\(reason)"])
        _exit(1)
    }
}
