import Cluster
import Logging
import Primitives
import ServiceLifecycle

/// Hands a node's shards over before it stops, so that a restart that somebody planned costs no election.
struct Drain: Service {
    /// Longest wait: a cluster without another fit node must not keep this one from stopping.
    static let limit = Duration.seconds(10)
    private static let look = Duration.milliseconds(50)

    let node: ClusterNode
    let logger: Logger

    func run() async throws {
        try await gracefulShutdown()
        let began = ContinuousClock.now
        let led = node.shardsLed(by: node.id)
        node.drain()
        var left = led
        while left > 0, node.settings.map.replicationFactor > 1, ContinuousClock.now - began < Self.limit {
            try await Task.sleep(for: Self.look)
            left = node.shardsLed(by: node.id)
        }
        logger.notice(
            "the node is about to stop",
            metadata: ["tandem.handedOver": "\(led - left)", "tandem.stillLed": "\(left)"])
    }
}
