import Cluster
import Primitives

/// Compares the other side's hello with its certificate and with our own hello.
struct HelloCheck {
    struct Refusal: Equatable {
        var reason: RefusalReason
        var detail: String
    }

    /// Larger payloads are no hello.
    static let sizeLimit = 1_024

    let ours: Hello
    /// The peers that this node knows.
    let isKnown: (NodeID) -> Bool

    /// - Parameter dialled: the peer and class that this side dialled; nil on the accepting side.
    func refusal(of theirs: Hello, certificate: NodeIdentity, dialled: (NodeID, LinkClass)?) -> Refusal? {
        if theirs.cluster != ours.cluster || certificate.cluster != ours.cluster {
            return Refusal(reason: .wrongCluster, detail: "cluster '\(theirs.cluster)', this node: '\(ours.cluster)'")
        }
        if certificate.node != theirs.node {
            return Refusal(
                reason: .wrongName, detail: "node '\(theirs.node)' with the certificate of '\(certificate.node)'")
        }
        if let (peer, linkClass) = dialled {
            if theirs.node != peer {
                return Refusal(reason: .wrongName, detail: "node '\(theirs.node)' answered for '\(peer)'")
            }
            if theirs.linkClass != linkClass {
                return Refusal(reason: .wrongDirection, detail: "\(theirs.linkClass) answered for \(linkClass)")
            }
        } else {
            if !isKnown(theirs.node) {
                return Refusal(reason: .unknownNode, detail: "node '\(theirs.node)' is not among this node's peers")
            }
            if ours.node <= theirs.node {
                return Refusal(reason: .wrongDirection, detail: "'\(theirs.node)' dialled; the lower id does that")
            }
        }
        if theirs.methodTable != ours.methodTable {
            return Refusal(reason: .wrongMethodTable, detail: "another build: its method table differs")
        }
        if theirs.shardCount != ours.shardCount {
            return Refusal(
                reason: .wrongShardCount, detail: "\(theirs.shardCount) shards, this node: \(ours.shardCount)")
        }
        return nil
    }
}
