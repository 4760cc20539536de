import Cluster

/// Why a link or a connection was refused or given up; the raw value is the name in figures and logs.
public enum RefusalReason: String, Sendable, Hashable, CaseIterable {
    case plainText = "plain_text"
    case protocolVersion = "protocol_version"
    case untrustedCertificate = "untrusted_certificate"
    case expiredCertificate = "expired_certificate"
    case noCertificate = "no_certificate"
    /// The certificate names another node or cluster than the expected one, or none.
    case wrongIdentity = "wrong_identity"
    /// The hello names another node than the certificate.
    case wrongName = "wrong_name"
    /// The node is no member of the cluster, as far as this one knows.
    case unknownNode = "unknown_node"
    /// The node's data directory is not the one that it is a member with.
    case wrongDisk = "wrong_disk"
    /// A node wanted to join and may not.
    case joinRefused = "join_refused"
    case wrongCluster = "wrong_cluster"
    case wrongMethodTable = "wrong_method_table"
    case wrongShardCount = "wrong_shard_count"
    /// A node with the higher id dialled, or a link answered for another class.
    case wrongDirection = "wrong_direction"
    case malformedHello = "malformed_hello"
    case oversizedFrame = "oversized_frame"
    case garbageFrame = "garbage_frame"
    case unexpectedFrame = "unexpected_frame"
    case handshakeTimeout = "handshake_timeout"
    case tooManyConnections = "too_many_connections"
    /// The other side refused us; its log says why.
    case refusedByPeer = "refused_by_peer"
    /// The connection ended without notice, or was reset.
    case truncated = "truncated"
    /// Nothing was heard on the control link for the dead-peer time.
    case silentPeer = "silent_peer"
    case unreachable = "unreachable"
    case other = "other"

    init(_ error: TLSError) {
        self =
            switch error {
            case .notTLS: .plainText
            case .protocolVersion: .protocolVersion
            case .untrustedCertificate: .untrustedCertificate
            case .expiredCertificate: .expiredCertificate
            case .noCertificate: .noCertificate
            case .wrongIdentity: .wrongIdentity
            case .refusedByPeer: .refusedByPeer
            case .handshakeTimedOut: .handshakeTimeout
            case .truncated: .truncated
            case .configuration, .tooMuchHeldBack, .unsupportedWrite, .failed: .other
            }
    }

    init(_ error: FrameError) {
        self =
            switch error {
            case .oversized: .oversizedFrame
            case .unknownType, .unknownVersion: .garbageFrame
            }
    }
}
