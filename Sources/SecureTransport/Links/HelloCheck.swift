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
    /// The peers that this node knows, with the number of the disk that each has; 0 where that is not known.
    let disk: (NodeID) -> UInt64?

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
            if disk(theirs.node) == nil {
                return Refusal(
                    reason: .unknownNode,
                    detail:
                        "node '\(theirs.node)' is no member of the cluster; it joins with a token, and not under a name "
                        + "that was removed with its data")
            }
            if ours.node <= theirs.node {
                return Refusal(reason: .wrongDirection, detail: "'\(theirs.node)' dialled; the lower id does that")
            }
        }
        if let known = disk(theirs.node), known != 0, known != theirs.disk {
            return Refusal(
                reason: .wrongDisk,
                detail:
                    "node '\(theirs.node)' comes with another data directory than it had; bring that one back, or replace "
                    + "the node (tandemctl node replace \(theirs.node)), remove it and let it join anew")
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
