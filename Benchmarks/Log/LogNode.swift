import Cluster
import Foundation
import Logging
import NIOCore
import NIOPosix
import NodeIO
import NodeLog
import Primitives
import SecureTransport

/// A node as `tandem-node` assembles it, without the API.
struct LogNode {
    struct Settings {
        var node: String
        var nodes: [String]
        var data: String
        var certificates: String?
        /// Of the first node; each next one listens on the next.
        var port = 0
        var shardCount: UInt32
        var loops: Int
        var log = LogSettings()
    }

    static let cluster = "bench"

    let node: ClusterNode
    let storage: NodeStorage
    let log: ReplicatedLog
    private let transport: TLSTransport?

    static func start(_ settings: Settings, table: MethodTable) async throws -> LogNode {
        let id = NodeID(settings.node)
        let clock = SystemClock()
        var entropy = SystemRandomNumberGenerator()
        let entities = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops)
        let control = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let map = ShardMap(
            shardCount: settings.shardCount, nodes: settings.nodes.map { NodeID($0) },
            replicationFactor: ShardMap.defaultReplicationFactor(nodes: settings.nodes.count))
        let storage = try NodeStorage(
            directory: settings.data, cluster: cluster, node: settings.node, settings: settings.log, now: clock.now
        ) { error in
            FileHandle.standardError.write(Data("the log cannot go on: \(error)\n".utf8))
            _exit(70)
        }
        let log = try ReplicatedLog(
            .init(node: id, map: map, seed: entropy.next()), recovered: storage.recovered, writer: storage.writer,
            shelf: storage.shelf, loop: NIOEntityLoop(control.next()), clock: clock)
        let node = ClusterNode(
            .init(
                cluster: cluster, node: id, map: map, table: table,
                incarnation: UInt64(clamping: clock.now.microseconds)),
            world: NodeWorld(
                clock: clock, loops: entities.makeIterator().map { NIOEntityLoop($0) },
                control: NIOEntityLoop(control.next()), log: log, seed: entropy.next()))
        guard let certificates = settings.certificates else {
            node.start(transport: NoTransport())
            return LogNode(node: node, storage: storage, log: log, transport: nil)
        }
        let hello = node.hello(.control)
        let tls = try TLSContext.cluster(
            cluster, authorityFile: "\(certificates)/authority.pem",
            certificateFile: "\(certificates)/\(settings.node).pem", keyFile: "\(certificates)/\(settings.node).key")
        let peers = settings.nodes.enumerated().map { (NodeID($1), settings.port + $0) }
        let transport = TLSTransport(
            configuration: .init(
                listenHost: "127.0.0.1", listenPort: peers.first { $0.0 == id }?.1 ?? settings.port, tls: tls,
                hello: .init(
                    cluster: cluster, node: id, incarnation: hello.incarnation, methodTable: hello.methodTable,
                    shardCount: hello.shardCount),
                peers: peers.map { .init($0.0, host: "127.0.0.1", port: $0.1) }, randomSeed: entropy.next()),
            delegate: node, loop: { $0 == .control ? control.next() : entities.next() },
            logger: Logger(label: "bench"))
        node.start(transport: transport)
        _ = try await transport.start()
        return LogNode(node: node, storage: storage, log: log, transport: transport)
    }

    /// Waits until every node is linked and every shard has a leader.
    /// - Throws: ``BenchError`` after a minute.
    func ready() async throws {
        let map = node.settings.map
        for _ in 0..<3_000 {
            let isLed = (0..<map.shardCount).allSatisfy { node.leader(of: ShardID($0)) != nil }
            if isLed, node.connected.count == map.nodes.count { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw BenchError("after a minute not every shard has a leader; nodes linked: \(node.connected)")
    }
}

/// A node alone has nobody to send to.
final class NoTransport: Transport {
    func send(_ frame: Frame, to peer: NodeID, on linkClass: LinkClass) -> Bool { false }
}
