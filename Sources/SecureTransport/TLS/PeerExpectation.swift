public import Primitives

/// Whom a TLS connection must find at its other end, beyond a certificate that leads to the trusted authority.
public enum PeerExpectation: Sendable, Equatable {
    /// No certificate is asked of the peer: an HTTPS server and its clients.
    case anonymous
    /// The certificate must carry this DNS name or IP address.
    case host(String)
    /// The certificate must carry exactly one URI, that of a node of this cluster; of this very node, if one is given.
    case node(cluster: String, NodeID?)

    /// Why `identity` is not the expected node, or nil.
    func refusal(of identity: NodeIdentity) -> String? {
        guard case .node(let cluster, let node) = self else { return nil }
        if identity.cluster != cluster { return "'\(identity)' belongs to another cluster than '\(cluster)'" }
        if let node, identity.node != node { return "'\(identity)', expected node '\(node)'" }
        return nil
    }
}
