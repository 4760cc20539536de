public import Primitives

/// Everything that a node is told at its start, checked as a whole.
///
/// Written as YAML (`cluster-config/three-nodes/n1.yaml` is a commented example); ``init(yaml:)`` reads it. Paths are relative to the
/// working directory of the process. Whether the files exist is checked by whoever opens them.
public struct NodeConfiguration: Sendable, Equatable {
    /// A host name or address with a TCP port.
    public struct Endpoint: Sendable, Equatable, Hashable {
        public var host: String
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Where clients reach the node.
    public struct HTTP: Sendable, Equatable {
        public var endpoint: Endpoint
        /// PEM files; HTTPS if both are there, which is required unless the host is a loopback address.
        public var certificate: String?
        public var key: String?

        public var isSecure: Bool { certificate != nil }
    }

    /// A node of the cluster and where the others reach it.
    public struct Peer: Sendable, Equatable {
        public var node: NodeID
        public var endpoint: Endpoint
    }

    /// PEM files for the links between the nodes.
    public struct TLS: Sendable, Equatable {
        public var authority: String
        public var certificate: String
        public var key: String
    }

    /// Files that decide whose bearer tokens are accepted.
    public struct Tokens: Sendable, Equatable {
        /// JSON Web Key Set with the public keys.
        public var jwks: String
        /// PEM file of a private key: the node then prints development tokens at its start. `nil` in production.
        public var developmentKey: String?
    }

    /// What this node keeps on its disk.
    public struct DataSettings: Sendable, Equatable {
        /// Where the log and the snapshots lie; made when it does not exist. One node a directory.
        public var directory: String
        /// A shard is stored as a snapshot after so many bytes of records, or after as many as its last one had: less
        /// means a faster restart and a shorter log, more means less work. `snapshotKiB` in the file, default 1 MiB.
        public var snapshotBytes: Int
    }

    /// The least severe messages that are written.
    public enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// How soon silence counts as loss.
    public enum Detection: String, Sendable, CaseIterable {
        /// For machines that are busy at times: an election after 1 to 1.5 s of silence.
        case usual
        /// After 0.2 to 0.3 s: for machines with cores to spare and a quiet network. A node that is held up for so long
        /// loses what it leads.
        case quick
    }

    /// The name in the certificates of all nodes.
    public var cluster: String
    public var node: NodeID
    /// What fails together with this node (a rack, a room, a data centre); empty when there are no zones.
    public var zone: String
    /// Where this node listens for the others.
    public var listen: Endpoint
    public var http: HTTP
    /// The nodes that found the cluster, this one included, sorted by id; empty for a node that joins.
    public var peers: [Peer]
    /// How it joins; nil for a founder.
    public var join: Join?
    /// Where the other nodes reach this one.
    public var advertised: Endpoint
    public var tls: TLS
    public var tokens: Tokens
    public var data: DataSettings
    /// A power of two from 1 to 1,024; equal on all nodes. Default 64.
    public var shardCount: UInt32
    /// Event loops that run entities, 0 to 256; 0 (the default) means one per core.
    public var loops: Int
    /// Default `info`.
    public var logLevel: LogLevel
    /// What a node keeps that has been away for so long is put on others; zero: never. Default 15 minutes.
    public var replaceAfter: Span
    /// Equal on all nodes, best. Default `usual`.
    public var detection: Detection
}
