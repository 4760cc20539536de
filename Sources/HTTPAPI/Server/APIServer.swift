public import Cluster
public import ContactCentre
import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore
import Primitives
public import SecureTransport
public import ServiceLifecycle
import Synchronization

/// The HTTP API of one node (`/api/v1`): any node answers any request.
///
/// A service: ``run()`` listens until a graceful shutdown. That closes the listener, serves the connections that stand
/// until the node has handed over what it leads, ends event streams, lets requests under way finish, and closes. With a TLS context it speaks HTTPS only.
public struct APIServer: Service {
    /// What a server is told at its start.
    public struct Settings: Sendable {
        /// A host name or address to listen at.
        public var host: String
        /// 0 lets the system choose.
        public var port: Int
        /// Nil: plain HTTP, for loopback only.
        public var tls: TLSContext?
        /// The version of the program, as `/cluster` and the OpenAPI document show it.
        public var version: String

        public init(host: String, port: Int, tls: TLSContext? = nil, version: String) {
            self.host = host
            self.port = port
            self.tls = tls
            self.version = version
        }
    }

    /// A comment goes to each event stream so often; a reader that has not taken the last one is cut off.
    public static let heartbeat = TimeAmount.seconds(15)
    /// Connections served at once; further ones wait in the system's backlog.
    public static let connectionLimit = 20_000
    /// A connection without a request for so long is closed.
    public static let idleTimeout = TimeAmount.seconds(120)
    /// How long a node that stops, and has handed over, waits for clients to leave before it closes what is idle.
    public static let patience = Duration.seconds(4)

    private let settings: Settings
    private let services: APIServices
    private let group: any EventLoopGroup
    private let executor: @Sendable (any EventLoop) -> any TaskExecutor
    private let logger: Logger
    private let listening: @Sendable (SocketAddress?) async -> Void
    private let beforeClosing: @Sendable () async -> Void

    /// - Parameters:
    ///   - system: the node that calls go through; started before ``run()``.
    ///   - follower: this node's copy of the configuration.
    ///   - conversations: lists the conversations of all shards.
    ///   - tokens: checks bearer tokens.
    ///   - group: event loops for the connections; stays the caller's.
    ///   - executor: runs the tasks of a loop's connections on that loop, and lets it get to its sockets between them.
    ///   - listening: called once, with the address that is listened at.
    ///   - beforeClosing: done in a graceful shutdown after the listener has closed; connections are served meanwhile.
    public init(
        _ settings: Settings, system: TandemSystem, follower: CentreFollower,
        conversations: any ConversationLister, tokens: TokenVerifier, group: any EventLoopGroup,
        executor: @escaping @Sendable (any EventLoop) -> any TaskExecutor, logger: Logger,
        listening: @escaping @Sendable (SocketAddress?) async -> Void = { _ in },
        beforeClosing: @escaping @Sendable () async -> Void = {}
    ) {
        self.settings = settings
        self.group = group
        self.executor = executor
        self.logger = logger
        self.listening = listening
        self.beforeClosing = beforeClosing
        services = APIServices(
            system: system, follower: follower, configuration: ConfigurationMirror(system: system),
            conversations: conversations, tokens: tokens, version: settings.version,
            started: system.node.world.clock.now, feeds: EventFeeds(), logger: logger,
            document: OpenAPIDocument.make(APIRoutes.all, version: settings.version))
    }

    /// Serves until a graceful shutdown or cancellation.
    /// - Throws: what binding the address throws.
    public func run() async throws {
        let configuration = HTTP1Channel.Configuration(idleTimeout: Self.idleTimeout)
        let tls = settings.tls
        let drain = ConnectionDrain()
        let application = Application(
            responder: APIResponder(table: RouteTable(APIRoutes.all), services: services),
            server: HTTPServerBuilder { [executor] responder in
                let plain = HTTP1Channel(responder: responder, configuration: configuration)
                guard let tls else { return DrainedChannel(base: plain, drain: drain, executor: executor) }
                let secure = SecureChannel(base: plain, context: tls)
                return DrainedChannel(base: secure, drain: drain, executor: executor)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)),
            onServerRunning: { [listening, logger] channel in
                logger.info("http server listens", metadata: ["address": "\(channel.localAddress?.description ?? "")"])
                await listening(channel.localAddress)
            },
            eventLoopGroupProvider: .shared(group), logger: logger)
        let feeds = services.feeds
        let beats = group.next().scheduleRepeatedTask(initialDelay: Self.heartbeat, delay: Self.heartbeat) { _ in
            feeds.beat()
        }
        defer { beats.cancel() }
        let ending = Mutex<Task<Void, Never>?>(nil)
        try await withGracefulShutdownHandler {
            try await application.run()
        } onGracefulShutdown: { [beforeClosing] in
            let task = Task {
                await beforeClosing()
                feeds.stop()
                await drain.empties(within: Self.patience)
                drain.release()
                // Those that the server dropped are not among the ones that it waits for itself.
                await drain.empties(within: Self.patience)
            }
            ending.withLock { $0 = task }
        }
        // The server ends at once where nobody is connected; what is to be done before the node stops takes longer.
        await ending.withLock { $0 }?.value
    }
}
