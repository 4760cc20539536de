import ArgumentParser
import Cluster
import Logging
import Membership
import NIOCore
import NIOPosix
import NodeIO
import Primitives
import SecureTransport

/// One member of a cluster in which nothing happens but membership; the script `Benchmarks/bench-membership` runs many
/// of them beside the peer's. Reports each change of its view and, now and then, the bytes of gossip that it has sent
/// (see ``Report``), until it is killed.
@main
struct BenchMembership: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-membership-node", abstract: "One of the processes of make bench-membership.")
    /// Between two reports of the bytes of gossip.
    private static let reportEvery = Duration.seconds(2)

    @Option(help: "Number of this member, from 1.") var member: Int
    @Option(help: "How many members there are, at most 99.") var members: Int
    @Option(help: "Folder with authority.pem, n01.pem, n01.key and so on of cluster bench.") var certs: String
    @Option(help: "Port of n01; each next member listens on the next.") var port = 7_800
    @Flag(help: "SWIM without Lifeguard.") var plain = false

    func validate() throws {
        guard (2...99).contains(members) else { throw ValidationError("--members is a number from 2 to 99") }
        guard (1...members).contains(member) else { throw ValidationError("--member is one of 1 to \(members)") }
        guard (1...65_535 - members).contains(port) else { throw ValidationError("--port leaves no room") }
    }

    func run() async throws {
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let node = makeNode(on: loop)
        let transport = try makeTransport(of: node, on: loop)
        let meter = GossipMeter(transport)
        node.start(transport: meter)
        try await transport.start()
        while true {
            Report.line("gossip", "\(meter.bytes)")
            try await Task.sleep(for: Self.reportEvery)
        }
    }

    private var id: NodeID { Self.nodeID(member) }

    private static func nodeID(_ member: Int) -> NodeID { NodeID(member < 10 ? "n0\(member)" : "n\(member)") }

    private func listenPort(of member: Int) -> Int { port + member - 1 }

    /// A node with default times and one shard of entities, which nobody calls.
    private func makeNode(on loop: any EventLoop) -> ClusterNode {
        let clock = SystemClock()
        var entropy = SystemRandomNumberGenerator()
        let map = ShardMap(shardCount: 1, nodes: (1...members).map { Self.nodeID($0) })
        var settings = ClusterNode.Settings(
            cluster: "bench", node: id, map: map, table: MethodTable(),
            incarnation: UInt64(clamping: clock.now.microseconds))
        settings.metadata = MemberMetadata(address: "127.0.0.1:\(listenPort(of: member))", version: "bench")
        settings.swim.isLifeguard = !plain
        settings.memberChanged = { change in Report.line("\(change.kind)", change.member.id.name) }
        return ClusterNode(
            settings,
            world: NodeWorld(
                clock: clock, loops: [NIOEntityLoop(loop)], log: VolatileLog(node: id, map: map),
                load: { [load = ProcessorLoad(cores: System.coreCount)] in load.thousandths }, seed: entropy.next()))
    }

    private func makeTransport(of node: ClusterNode, on loop: any EventLoop) throws -> TLSTransport {
        var entropy = SystemRandomNumberGenerator()
        let hello = node.hello(.control)
        let tls = try TLSContext.cluster(
            hello.cluster, authorityFile: "\(certs)/authority.pem", certificateFile: "\(certs)/\(id.name).pem",
            keyFile: "\(certs)/\(id.name).key")
        let configuration = TLSTransport.Configuration(
            listenHost: "127.0.0.1", listenPort: listenPort(of: member), tls: tls,
            hello: .init(
                cluster: hello.cluster, node: hello.node, incarnation: hello.incarnation,
                methodTable: hello.methodTable, shardCount: hello.shardCount),
            peers: (1...members).map { .init(Self.nodeID($0), host: "127.0.0.1", port: listenPort(of: $0)) },
            randomSeed: entropy.next())
        // Links that break are the subject here, not news.
        var logger = Logger(label: "bench")
        logger.logLevel = .error
        return TLSTransport(configuration: configuration, delegate: node, loop: { _ in loop }, logger: logger)
    }
}
