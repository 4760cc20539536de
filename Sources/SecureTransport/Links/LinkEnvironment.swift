import Cluster
import Logging
import Primitives
import Synchronization

/// What all links of a node share.
final class LinkEnvironment: Sendable {
    let configuration: TLSTransport.Configuration
    let delegate: any TransportDelegate
    let figures = TransportFigures()
    let refusals: RefusalLog
    let logger: Logger
    private let context: Mutex<TLSContext>
    private let connections = Mutex<UInt64>(0)
    private let unverified = Mutex(0)
    /// Nodes that want to join and wait for their answers, and how many may.
    private let joining = Mutex(0)
    private static let joinLimit = 4

    init(configuration: TLSTransport.Configuration, delegate: any TransportDelegate, logger: Logger) {
        self.configuration = configuration
        self.delegate = delegate
        self.logger = logger
        refusals = RefusalLog(logger: logger, figures: figures)
        context = Mutex(configuration.tls)
    }

    /// The context of the next connection.
    var tls: TLSContext {
        get { context.withLock { $0 } }
        set { context.withLock { $0 = newValue } }
    }

    /// A number for a connection, unique in this process.
    func nextConnection() -> UInt64 {
        connections.withLock {
            $0 += 1
            return $0
        }
    }

    /// Takes a place among the inbound connections that are not verified yet; false when all are taken.
    func admit() -> Bool {
        unverified.withLock {
            guard $0 < configuration.unverifiedLimit else { return false }
            $0 += 1
            return true
        }
    }

    /// Takes a place among those that wait for an answer to their wish to join; false when all are taken.
    func beginJoin() -> Bool {
        joining.withLock {
            guard $0 < Self.joinLimit else { return false }
            $0 += 1
            return true
        }
    }

    func endJoin() { joining.withLock { $0 -= 1 } }

    func leave() { unverified.withLock { $0 -= 1 } }

    func hello(_ linkClass: LinkClass) -> Hello {
        let template = configuration.hello
        return Hello(
            cluster: template.cluster, node: template.node, linkClass: linkClass, incarnation: template.incarnation,
            methodTable: template.methodTable, shardCount: template.shardCount, disk: template.disk)
    }
}
