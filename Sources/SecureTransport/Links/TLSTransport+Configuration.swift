public import Cluster
public import Primitives

extension TLSTransport {
    /// What a node says of itself on each link; the class is added per link.
    public struct HelloTemplate: Sendable, Equatable {
        public var cluster: String
        public var node: NodeID
        public var incarnation: UInt64
        public var methodTable: UInt64
        public var shardCount: UInt32
        /// The number of the node's data directory; 0 without one.
        public var disk: UInt64

        public init(
            cluster: String, node: NodeID, incarnation: UInt64, methodTable: UInt64, shardCount: UInt32,
            disk: UInt64 = 0
        ) {
            self.cluster = cluster
            self.node = node
            self.incarnation = incarnation
            self.methodTable = methodTable
            self.shardCount = shardCount
            self.disk = disk
        }
    }

    /// Another node of the cluster and where it listens.
    public struct Peer: Sendable, Equatable {
        public var node: NodeID
        public var host: String
        public var port: Int
        /// The number of its data directory; 0 when it is not known.
        public var disk: UInt64
        /// Where it may be instead, tried in turns with the other: what the file and the cluster say differ.
        var alternate: Address?

        /// A host and a port.
        struct Address: Sendable, Equatable {
            var host: String
            var port: Int
        }

        public init(_ node: NodeID, host: String, port: Int, disk: UInt64 = 0) {
            self.node = node
            self.host = host
            self.port = port
            self.disk = disk
        }

        /// A member of the cluster; nil when it has not said where it listens.
        init?(_ member: ClusterMember) {
            let address = member.profile.address
            guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
                (1...65_535).contains(port), colon > address.startIndex
            else { return nil }
            self.init(member.node, host: String(address[..<colon]), port: port, disk: member.profile.disk)
        }
    }

    /// Everything a node's links need to know.
    public struct Configuration: Sendable {
        /// The address to bind; port 0 takes a free one.
        public var listenHost: String
        public var listenPort: Int
        /// A context made by ``TLSContext/cluster(_:authorityFile:certificateFile:keyFile:)``.
        public var tls: TLSContext
        public var hello: HelloTemplate
        /// Those that are linked until ``TLSTransport/follow(_:)`` tells of others.
        public var peers: [Peer]
        /// What was last known of all members when the node started: an address of `peers` holds until it changes here.
        public var members: [ClusterMember] = []
        /// Seeds the jitter of reconnects.
        public var randomSeed: UInt64
        public var pingInterval = Span.seconds(1)
        /// All links of a peer are closed when its control link has been silent for so long.
        public var deadPeerTimeout = Span.seconds(5)
        /// Limit of TCP connect, of the TLS handshake, and of the hello after it, each.
        public var handshakeTimeout = Span.seconds(10)
        public var firstReconnectDelay = Span.milliseconds(100)
        public var longestReconnectDelay = Span.seconds(5)
        /// Bytes that may wait on one link; `send` answers false beyond.
        public var outboundLimit = 64 << 20
        /// Inbound connections that may be unverified at the same time; others are closed at once.
        public var unverifiedLimit = 64

        public init(
            listenHost: String, listenPort: Int, tls: TLSContext, hello: HelloTemplate, peers: [Peer],
            randomSeed: UInt64
        ) {
            self.listenHost = listenHost
            self.listenPort = listenPort
            self.tls = tls
            self.hello = hello
            self.peers = peers
            self.randomSeed = randomSeed
        }
    }
}
