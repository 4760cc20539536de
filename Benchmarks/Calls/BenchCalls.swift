import ArgumentParser
import Cluster
import Distributed
import Logging
import NIOCore
import NIOPosix
import NodeIO
import Primitives
import SecureTransport

/// Measures remote calls between two node processes over mutual TLS, and the short cut inside one process.
///
/// `serve` is one node, `drive` the other; the script `Benchmarks/bench-calls` runs both beside the peers.
@main
struct BenchCalls: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-calls-node", abstract: "One of the two processes of make bench-calls.",
        subcommands: [Serve.self, Drive.self])
}

/// Where the two processes find each other and their certificates.
struct Meeting: ParsableArguments {
    @Option(help: "Folder with authority.pem, n1.pem, n1.key, n2.pem, n2.key of cluster bench.") var certs: String
    @Option(help: "Port of n1; n2 listens on the next.") var port = 7591
}

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Answers until it is killed.")
    @OptionGroup var meeting: Meeting

    func run() async throws {
        let bench = try await BenchNode.start("n2", meeting)
        print("up")
        while true { try await Task.sleep(for: .seconds(3_600)) }
        _ = bench
    }
}

/// A node with one entity loop, as `tandem-node` assembles it, without the API.
struct BenchNode {
    let node: ClusterNode
    let transport: TLSTransport

    static func start(_ name: String, _ meeting: Meeting) async throws -> BenchNode {
        let id = NodeID(name)
        let clock = SystemClock()
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let control = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let map = ShardMap(shardCount: 64, nodes: [NodeID("n1"), NodeID("n2")])
        let entities = loop.next()
        let node = ClusterNode(
            .init(
                cluster: "bench", node: id, map: map, table: MethodTable(),
                incarnation: UInt64(clamping: clock.now.microseconds)),
            world: NodeWorld(
                clock: clock, loops: [NIOEntityLoop(entities)], log: VolatileLog(node: id, map: map), seed: 1))
        let hello = node.hello(.control)
        let tls = try TLSContext.cluster(
            "bench", authorityFile: "\(meeting.certs)/authority.pem", certificateFile: "\(meeting.certs)/\(name).pem",
            keyFile: "\(meeting.certs)/\(name).key")
        let settings = TLSTransport.Configuration(
            listenHost: "127.0.0.1", listenPort: meeting.port + (name == "n1" ? 0 : 1), tls: tls,
            hello: .init(
                cluster: "bench", node: id, incarnation: hello.incarnation, methodTable: hello.methodTable,
                shardCount: 64),
            peers: [
                .init(NodeID("n1"), host: "127.0.0.1", port: meeting.port),
                .init(NodeID("n2"), host: "127.0.0.1", port: meeting.port + 1),
            ], randomSeed: 1)
        let transport = TLSTransport(
            configuration: settings, delegate: node, loop: { $0 == .control ? control.next() : entities },
            logger: Logger(label: "bench"))
        node.start(transport: transport)
        try await transport.start()
        return BenchNode(node: node, transport: transport)
    }
}
