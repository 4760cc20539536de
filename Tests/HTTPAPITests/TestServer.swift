import Cluster
import ContactCentre
import HTTPAPI
import Logging
import NIOCore
import NIOPosix
import NodeIO
import Primitives
import Routing
import SecureTransport
import ServiceLifecycle
import Synchronization

/// A whole node with its API on a loopback port, in this process.
struct TestServer: Sendable {
    static let key = try? TokenKey.make()

    let node: ClusterNode
    let system: TandemSystem
    let port: Int
    let isSecure: Bool
    let authorityFile: String?

    /// Starts a server, runs `body` with it, and stops it gracefully.
    static func run(
        authority: TestAuthority? = nil, nodes: [NodeID] = [NodeID("n1")],
        log: (any LogHandler)? = nil, told: ToldCalls? = nil, beforeClosing: @escaping @Sendable () async -> Void = {},
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        var settings = ClusterNode.Settings(
            cluster: "test", node: NodeID("n1"), map: ShardMap(shardCount: 8, nodes: nodes), table: .contactCentre,
            incarnation: 1)
        if let told { settings.traced = { told.take($0) } }
        let loops = (0..<2).map { _ in NIOEntityLoop(group.next()) }
        let node = ClusterNode(
            settings,
            world: NodeWorld(
                clock: SystemClock(), loops: loops, log: VolatileLog(node: NodeID("n1"), map: settings.map), seed: 7))
        let system = TandemSystem(node: node)
        let silent = SilentTransport()
        node.start(transport: silent)
        defer { node.stop() }
        let follower = CentreFollower(node: node)
        follower.start()
        guard let key else { throw TestFailure("no token key") }
        var logger = Logger(label: "test") { _ in log ?? SwiftLogNoOpLogHandler() }
        logger.logLevel = log == nil ? .critical : .info
        let (ports, portSource) = AsyncStream.makeStream(of: Int.self)
        let server = APIServer(
            .init(host: "127.0.0.1", port: 0, tls: try authority?.serverContext(), version: "test"), system: system,
            follower: follower, conversations: InspectingLister(system: system),
            tokens: try TokenVerifier(keySet: try key.publicKeySet()), group: group,
            executor: { CallerExecutor(loop: NIOEntityLoop($0)) }, logger: logger,
            listening: { portSource.yield($0?.port ?? 0) }, beforeClosing: beforeClosing)
        let services = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw TestFailure("the server did not start") }
            let started = TestServer(
                node: node, system: system, port: port, isSecure: authority != nil,
                authorityFile: authority?.authorityFile)
            do {
                try await body(started)
            } catch {
                await services.triggerGracefulShutdown()
                throw error
            }
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Whether this node leads the entity's shard.
    func leads(_ entity: EntityID) -> Bool { node.leader(of: node.map.shard(of: entity)) == node.id }

    static func token(
        _ subject: String, _ roles: [String], divisions: [String] = ["*"], expiresIn: Span = .seconds(3_600)
    ) throws -> String {
        guard let key else { throw TestFailure("no token key") }
        return try key.sign(
            TokenClaims(
                subject: subject, roles: roles, divisions: divisions, expires: SystemClock().now + expiresIn))
    }

    func client(_ role: String) throws -> TestClient {
        TestClient(server: self, token: try Self.token(role, [role]))
    }

    func agent(_ id: String) throws -> TestClient { TestClient(server: self, token: try Self.token(id, ["agent"])) }
}

/// What the node of a server told of calls for traced requests.
final class ToldCalls: Sendable {
    private let list = Mutex<[TracedCall]>([])

    func take(_ call: TracedCall) { list.withLock { $0.append(call) } }
    var calls: [TracedCall] { list.withLock { $0 } }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// One node needs no links.
final class SilentTransport: Transport {
    func send(_ frame: Frame, to peer: NodeID, on linkClass: LinkClass) -> Bool { false }
}

/// Finds the conversations in the node's shards, and reads each as anybody would.
struct InspectingLister: ConversationLister {
    let system: TandemSystem

    func list(limit: Int, after: ConversationID?) async throws -> [ConversationView] {
        let count = system.node.settings.map.groups(on: system.node.id).count
        let (stream, source) = AsyncStream.makeStream(of: [ConversationID].self)
        system.node.inspect { inspection in
            source.yield(
                inspection.entities.compactMap { id, entity in
                    (entity as? ConversationState)?.work == nil ? nil : ConversationID(id.key)
                })
        }
        var ids: [ConversationID] = []
        var iterator = stream.makeAsyncIterator()
        for _ in 0..<count { ids += await iterator.next() ?? [] }
        var views: [ConversationView] = []
        for id in ids.sorted().filter({ id in after.map { id > $0 } ?? true }).prefix(limit) {
            if case .view(let view) = try await system.conversation(id).perform(.view) { views.append(view) }
        }
        return views
    }
}
