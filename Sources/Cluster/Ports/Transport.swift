public import Primitives

/// The connections between two nodes, kept apart so that one kind of traffic never waits behind another.
public enum LinkClass: UInt8, Sendable, CaseIterable, CustomStringConvertible {
    /// Pings, later consensus ticks and gossip: on a thread that runs no entity code.
    case control = 0
    /// Calls, replies, streams and soft messages.
    case calls = 1
    /// Event feeds, later snapshots.
    case bulk = 2

    public var description: String {
        switch self {
        case .control: "control"
        case .calls: "calls"
        case .bulk: "bulk"
        }
    }
}

/// What two nodes tell each other before a link is up. Checked on both sides; a difference refuses the link.
public struct Hello: WireValue, Equatable {
    public var cluster: String
    public var node: NodeID
    public var linkClass: LinkClass
    /// New at each start without a log; peers close what an older incarnation held (forced recovery).
    public var incarnation: UInt64
    /// Hash of the numeric method table: two builds that differ never talk past each other.
    public var methodTable: UInt64
    public var shardCount: UInt32
    /// The number of the node's data directory (``NodeProfile/disk``); 0 without one.
    public var disk: UInt64

    public init(
        cluster: String, node: NodeID, linkClass: LinkClass, incarnation: UInt64, methodTable: UInt64,
        shardCount: UInt32, disk: UInt64 = 0
    ) {
        self.cluster = cluster
        self.node = node
        self.linkClass = linkClass
        self.incarnation = incarnation
        self.methodTable = methodTable
        self.shardCount = shardCount
        self.disk = disk
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(cluster)
        writer.write(node.name)
        writer.write(linkClass.rawValue)
        writer.write(incarnation)
        writer.write(methodTable)
        writer.write(shardCount)
        writer.write(disk)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        cluster = try reader.readString()
        node = NodeID(try reader.readString())
        let raw = try reader.read(UInt8.self)
        guard let linkClass = LinkClass(rawValue: raw) else { throw .unknownTag("link class", Int(raw)) }
        self.linkClass = linkClass
        incarnation = try reader.read(UInt64.self)
        methodTable = try reader.read(UInt64.self)
        shardCount = try reader.read(UInt32.self)
        disk = try reader.read(UInt64.self)
    }
}

/// Carries frames between nodes, real (TLS) or simulated. One link per peer and class, used both ways; the node with
/// the lower id dials. Order holds inside a link; nothing holds between links.
public protocol Transport: AnyObject, Sendable {
    /// Queues a frame on a link. Thread-safe; never blocks.
    /// - Returns: false when no link is up or its buffer is full: then nothing was sent.
    func send(_ frame: Frame, to peer: NodeID, on linkClass: LinkClass) -> Bool
    /// Links to these nodes are wanted from now on, and to no others.
    func follow(_ members: [ClusterMember])
    /// What happened to the links since the start.
    var linkFigures: LinkFigures { get }
}

extension Transport {
    /// For a transport whose peers are fixed.
    public func follow(_ members: [ClusterMember]) {}
    public var linkFigures: LinkFigures { LinkFigures() }
}

/// What the transport tells the node. Called on the link's own loop; each call returns quickly.
public protocol TransportDelegate: AnyObject, Sendable {
    /// The link is up: the peer's certificate, name and hello agree.
    func linkUp(_ peer: Hello)
    /// The link is gone; everything in flight on it may or may not have arrived.
    func linkDown(_ peer: NodeID, _ linkClass: LinkClass, reason: String)
    /// Frames in the order of their link; never `hello`, `welcome`, `refusal`, `ping` or `pong`.
    func received(_ frames: [Frame], from peer: NodeID, on linkClass: LinkClass)
    /// A node whose certificate says what it says here wants to join.
    /// - Parameters:
    ///   - digest: of the token that it shows.
    ///   - answer: called once, on any loop.
    func join(_ request: JoinRequest, digest: [UInt8], answer: @escaping @Sendable (JoinAnswer) -> Void)
}

extension TransportDelegate {
    /// For a node that takes nobody in.
    public func join(_ request: JoinRequest, digest: [UInt8], answer: @escaping @Sendable (JoinAnswer) -> Void) {
        answer(.refused("this node takes nobody in"))
    }
}
