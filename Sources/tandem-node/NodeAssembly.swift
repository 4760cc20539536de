import Cluster
import ContactCentre
import Foundation
import HTTPAPI
import Logging
import Membership
import NIOCore
import NIOPosix
import NodeIO
import NodeLog
import Primitives
import Routing
import SecureTransport
import ServiceLifecycle
import UnixSignals

/// Configuration in, running node out: the graph of objects and their order of start and stop.
struct NodeAssembly {
    private let configuration: NodeConfiguration
    private let credentials: Credentials
    private let logger: Logger

    init(_ configuration: NodeConfiguration, _ credentials: Credentials, logger: Logger) {
        self.configuration = configuration
        self.credentials = credentials
        self.logger = logger
    }

    func run() async throws {
        let clock = SystemClock()
        let entityLoops = MultiThreadedEventLoopGroup(
            numberOfThreads: configuration.loops == 0 ? System.coreCount : configuration.loops)
        let controlLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let storage = try openStorage(at: clock.now)
        let map = try await ClusterEntry(configuration: configuration, credentials: credentials, logger: logger)
            .map(storage, group: controlLoop)
        let node = try makeNode(map, clock, entityLoops, controlLoop, storage)
        let transport = makeTransport(node, entityLoops, controlLoop)
        node.start(transport: transport)
        let follower = CentreFollower(node: node)
        follower.start()
        let port = try await transport.start()
        logger.info(
            "node started",
            metadata: [
                "tandem.cluster": "\(configuration.cluster)", "tandem.port": "\(port)",
                "tandem.shards": "\(node.map.groups(on: node.id).count)",
                "tandem.epoch": "\(node.settings.incarnation)",
            ])
        for (role, token) in try credentials.developmentTokens(now: clock.now) {
            print("development token, \(role): \(token)")
        }
        let check = FounderCheck(
            configuration: configuration, credentials: credentials, storage: storage, node: node, logger: logger)
        await waitUntilReady(NodeReadiness(node, follower))
        let unasked = try await check.ask(check.others, every: .milliseconds(200), for: .seconds(5), controlLoop)
        let founders = Task { try await check.ask(unasked, every: .seconds(2), for: nil, controlLoop) }
        let system = TandemSystem(node: node)
        let api = APIServer(
            .init(
                host: configuration.http.endpoint.host, port: configuration.http.endpoint.port,
                tls: credentials.https, version: TandemNode.version),
            system: system, follower: follower, conversations: ConversationDirectory(system: system),
            tokens: credentials.verifier, group: entityLoops,
            executor: { CallerExecutor(loop: NIOEntityLoop($0)) }, logger: logger,
            beforeClosing: { [drain = Drain(node: node, logger: logger)] in await drain.run() })
        var services = ServiceGroupConfiguration(
            services: [.init(service: api)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // A client that never ends its request does not keep the node from stopping.
        services.maximumGracefulShutdownDuration = Drain.limit + .seconds(10)
        let group = ServiceGroup(configuration: services)
        try await group.run()
        founders.cancel()
        node.membership.leave()
        await transport.stop()
        node.stop()
        storage.close()
        logger.info("node stopped")
        try await entityLoops.shutdownGracefully()
        try await controlLoop.shutdownGracefully()
    }

    /// Clients that come before the node knows who leads would only wait. When the cluster is in trouble the node listens
    /// all the same after a while, and says why it is not ready.
    private func waitUntilReady(_ readiness: NodeReadiness) async {
        let began = ContinuousClock.now
        while readiness.reason != nil, ContinuousClock.now - began < .seconds(5) {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func openStorage(at now: Instant) throws -> NodeStorage {
        let directory = configuration.data.directory
        let storage: NodeStorage
        do {
            storage = try NodeStorage(
                directory: directory, cluster: configuration.cluster, node: configuration.node.name, now: now
            ) { [logger] error in
                logger.critical("the log cannot go on; the node ends", metadata: ["tandem.error": "\(error)"])
                _exit(70)
            }
        } catch {
            throw Failure("\(directory): \(error)\nThe node did not start; nothing was changed.", code: 1)
        }
        if storage.recovered.report.hasDamage {
            logger.warning("the log had damage", metadata: ["tandem.report": "\(storage.recovered.report)"])
        }
        return storage
    }

    private func makeNode(
        _ map: ShardMap, _ clock: SystemClock, _ loops: MultiThreadedEventLoopGroup,
        _ control: MultiThreadedEventLoopGroup, _ storage: NodeStorage
    ) throws -> ClusterNode {
        var entropy = SystemRandomNumberGenerator()
        var settings = ReplicatedLog.Settings(
            node: configuration.node, map: map, seed: entropy.next(),
            snapshotBytes: configuration.data.snapshotBytes,
            die: { [logger] reason in
                logger.critical("the log cannot go on; the node ends", metadata: ["tandem.error": "\(reason)"])
                _exit(70)
            })
        configuration.detection.apply(to: &settings)
        settings.dutyChanged = { [logger] duty in logger.warning("\(duty)") }
        settings.leaderChanged = { [logger] shard, leader in
            logger.debug("shard \(shard) is led by \(leader?.name ?? "nobody")")
        }
        let log = try ReplicatedLog(
            settings, recovered: storage.recovered,
            writer: storage.writer, shelf: storage.shelf, loop: NIOEntityLoop(control.next()), clock: clock)
        // A log that begins counts as a forced recovery: the time of the start names it, and only grows.
        let incarnation = UInt64(clamping: clock.now.microseconds)
        var node = ClusterNode.Settings(
            cluster: configuration.cluster, node: configuration.node, map: map, table: .contactCentre,
            incarnation: incarnation)
        node.life = storage.life
        node.disk = storage.disk
        node.announceRefused = { [logger] reason in
            logger.warning("the registry does not take what this node says of itself: \(reason)")
            if reason == .otherDisk { _exit(1) }
        }
        node.replaceAfter = configuration.replaceAfter
        configuration.detection.apply(to: &node.swim)
        node.replacing = { [logger] lost in
            logger.warning(
                "node \(lost) has been away for too long; what it keeps is put on others",
                metadata: ["tandem.minutes": "\(configuration.replaceAfter.milliseconds / 60_000)"])
        }
        node.metadata = MemberMetadata(
            address: configuration.advertised.text, zone: configuration.zone, version: TandemNode.version)
        node.memberChanged = { [logger] change in
            let line: Logger.Message = "node \(change.member.id) \(change.kind)"
            switch change.kind {
            case .updated: logger.debug(line)
            case .suspected, .confirmed, .died: logger.warning(line)
            case .joined, .refuted, .left, .forgotten: logger.notice(line)
            }
        }
        node.traced = { [logger] call in
            logger.info(
                "traced call",
                metadata: Logger.Metadata(
                    uniqueKeysWithValues: call.fields.map { ($0.name, Logger.MetadataValue.string($0.value)) }))
        }
        node.diverged = { [logger] divergence in
            logger.critical(
                "replicas differ; this one does not lead while another can. Keep a copy of the data directory and report it",
                metadata: ["tandem.error": "\(divergence)"])
        }
        return ClusterNode(
            node,
            world: NodeWorld(
                clock: clock, loops: loops.makeIterator().map { NIOEntityLoop($0) },
                control: NIOEntityLoop(control.next()), log: log,
                load: { [load = ProcessorLoad(cores: System.coreCount)] in load.thousandths },
                disk: { [thread = storage.thread] in thread.counters.figures },
                certificateEnds: { [ends = credentials.clusterEnds] in ends }, seed: entropy.next()))
    }

    private func makeTransport(
        _ node: ClusterNode, _ entityLoops: MultiThreadedEventLoopGroup, _ controlLoop: MultiThreadedEventLoopGroup
    ) -> TLSTransport {
        var entropy = SystemRandomNumberGenerator()
        let hello = node.hello(.control)
        let map = node.map
        let peers = configuration.peers.filter { map.member($0.node) != nil }
        var settings = TLSTransport.Configuration(
            listenHost: configuration.listen.host, listenPort: configuration.listen.port, tls: credentials.cluster,
            hello: .init(
                cluster: hello.cluster, node: hello.node, incarnation: hello.incarnation,
                methodTable: hello.methodTable, shardCount: hello.shardCount, disk: hello.disk),
            peers: peers.map { .init($0.node, host: $0.endpoint.host, port: $0.endpoint.port) },
            randomSeed: entropy.next())
        settings.members = map.members
        return TLSTransport(
            configuration: settings, delegate: node,
            loop: { $0 == .control ? controlLoop.next() : entityLoops.next() }, logger: logger)
    }
}
