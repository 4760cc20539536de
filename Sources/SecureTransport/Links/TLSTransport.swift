public import Cluster
public import Logging
public import NIOCore
import NIOPosix
public import Primitives
import Synchronization

/// Links between nodes over mutual TLS 1.3: one per peer and class, dialled by the node with the lower id.
///
/// A link is up once certificate, hello and welcome agree; it reconnects for ever with a jittered delay. Connections
/// are accepted on the control loop; a link then works on the loop of its class, which is asked for once per peer.
/// The delegate is held until the transport is released.
public final class TLSTransport: Transport {
    /// Connections that the system may hold before they are accepted.
    private static let backlog: Int32 = 128

    private let environment: LinkEnvironment
    private let peers: PeerTable
    private let acceptLoop: any EventLoop
    private let listener = Mutex<(any Channel)?>(nil)

    /// - Parameter loop: the loop for a link of this class; the control loop should run no entity code.
    public init(
        configuration: Configuration, delegate: any TransportDelegate,
        loop: @escaping @Sendable (LinkClass) -> any EventLoop, logger: Logger
    ) {
        let environment = LinkEnvironment(configuration: configuration, delegate: delegate, logger: logger)
        self.environment = environment
        acceptLoop = loop(.control)
        peers = PeerTable(environment: environment, loop: loop)
    }

    /// Counters since the start.
    public var figures: TransportFigures { environment.figures }

    /// Uses another certificate for all connections from now on; those that exist go on with theirs.
    public func replaceContext(_ context: TLSContext) { environment.tls = context }

    /// Binds, then dials the peers with a higher id.
    /// - Returns: the bound port.
    /// - Throws: when the certificate is not this node's own, or the address cannot be bound; nothing runs then.
    @discardableResult public func start() async throws -> Int {
        let configuration = environment.configuration
        let hello = configuration.hello
        guard let own = environment.tls.identity, own.cluster == hello.cluster, own.node == hello.node else {
            throw TLSError.configuration("the certificate is not for node '\(hello.node)' of '\(hello.cluster)'")
        }
        let environment = self.environment
        let peers = self.peers
        let bound = try await ServerBootstrap(group: acceptLoop, childGroup: acceptLoop)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 256 << 10, high: 1 << 20))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.accept(channel, peers, environment) }
            }
            .bind(host: configuration.listenHost, port: configuration.listenPort)
            .get()
        listener.withLock { $0 = bound }
        peers.start()
        return bound.localAddress?.port ?? configuration.listenPort
    }

    private static func accept(
        _ channel: any Channel, _ peers: PeerTable, _ environment: LinkEnvironment
    ) throws {
        guard environment.admit() else {
            let address = channel.remoteAddress?.ipAddress ?? "unknown address"
            let limit = environment.configuration.unverifiedLimit
            environment.refusals.note(
                .tooManyConnections, peer: address, detail: "\(limit) connections are not verified yet")
            throw TLSError.failed("too many connections")
        }
        let tls: TLSHandler
        do {
            tls = try environment.tls.makeServerHandler(handshakeTimeout: environment.configuration.handshakeTimeout)
        } catch {
            environment.leave()
            throw error
        }
        let link = LinkHandler(
            connection: environment.nextConnection(), role: .accepting(peers: peers), tls: tls,
            environment: environment)
        // From here on the handler gives the place back, when it is removed at the latest.
        try channel.pipeline.syncOperations.addHandlers([tls, link])
    }

    /// Closes all links, each reported, and returns when their sockets are closed.
    public func stop() async {
        let bound = listener.withLock { listener in
            defer { listener = nil }
            return listener
        }
        try? await bound?.close()
        await peers.stop()
    }

    public func follow(_ members: [ClusterMember]) { peers.follow(members) }

    public func send(_ frame: Frame, to peer: NodeID, on linkClass: LinkClass) -> Bool {
        guard let links = peers[peer] else {
            environment.figures.countRefusedSend()
            return false
        }
        return links.slot(linkClass).send(frame)
    }
}
