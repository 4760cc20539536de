import Cluster
import Logging
import NIOCore
import NIOPosix
import Primitives
import SecureTransport
import Synchronization
import Testing

/// Collects the warnings of one node.
struct CapturingLog: LogHandler {
    final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func append(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.append("\(event.metadata?["tandem.reason"] ?? "") \(event.metadata?["tandem.detail"] ?? "")")
    }
}

/// A transport with its recorder, on loops shared by all tests; one loop per class unless told otherwise.
struct TestNode: Sendable {
    static let loops: [any EventLoop] = Array(MultiThreadedEventLoopGroup(numberOfThreads: 3).makeIterator())

    let transport: TLSTransport
    let delegate: RecordingDelegate
    let log = CapturingLog.Lines()

    init(
        _ name: String, _ authority: TestAuthority, peers: [(String, Int)], host: String = "127.0.0.1", port: Int = 0,
        tls: TLSContext? = nil,
        delegate: RecordingDelegate = RecordingDelegate(), oneLoop: Bool = false,
        configure: (inout TLSTransport.Configuration) -> Void = { _ in }
    ) throws {
        let hello = TLSTransport.HelloTemplate(
            cluster: TestAuthority.cluster, node: NodeID(name), incarnation: 7, methodTable: 42, shardCount: 64)
        let context = try tls ?? authority.context(certificate: authority.issue(name))
        var configuration = TLSTransport.Configuration(
            listenHost: host, listenPort: port, tls: context, hello: hello,
            peers: peers.map { TLSTransport.Peer(NodeID($0.0), host: host, port: $0.1) }, randomSeed: 1)
        configuration.firstReconnectDelay = .milliseconds(20)
        configuration.longestReconnectDelay = .milliseconds(200)
        configure(&configuration)
        let lines = log
        self.delegate = delegate
        transport = TLSTransport(
            configuration: configuration, delegate: delegate,
            loop: { oneLoop ? Self.loops[0] : Self.loops[Int($0.rawValue)] },
            logger: Logger(label: name) { _ in CapturingLog(lines: lines) })
    }

    func refusals(_ reason: RefusalReason) -> Int { transport.figures.snapshot.refusals[reason] ?? 0 }

    /// Node `b` listening and node `a` dialling it.
    static func pair(
        _ authority: TestAuthority, oneLoop: Bool = false, delegateOfB: RecordingDelegate = RecordingDelegate()
    ) async throws -> (a: TestNode, b: TestNode) {
        let b = try TestNode("b", authority, peers: [("a", 1)], delegate: delegateOfB, oneLoop: oneLoop)
        let port = try await b.transport.start()
        let a = try TestNode("a", authority, peers: [("b", port)], oneLoop: oneLoop)
        try await a.transport.start()
        try await a.waitUp("b")
        try await b.waitUp("a")
        return (a, b)
    }

    func waitUp(_ peer: String) async throws {
        try await wait("all links to \(peer) up") { delegate.upClasses(peer).count == 3 }
    }
}

/// Waits for a state, looking every few milliseconds; fails after the bound.
func wait(_ what: @autoclosure () -> String, seconds: Int64 = 20, for condition: () -> Bool) async throws {
    let deadline = NIODeadline.now() + .seconds(seconds)
    while !condition() {
        guard NIODeadline.now() < deadline else {
            Issue.record("not within \(seconds) s: \(what())")
            throw WaitError()
        }
        try await Task.sleep(for: .milliseconds(3))
    }
}

struct WaitError: Error {}
