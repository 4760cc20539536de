import Cluster
import Logging
import Primitives

/// Hands a node's shards over before it stops, so that a restart that somebody planned costs no election and no call.
struct Drain {
    /// Longest wait: a cluster without another fit node must not keep this one from stopping.
    static let limit = Duration.seconds(10)
    /// Shortest wait: for clients to take their next request elsewhere, as each answer asks them to.
    private static let least = Duration.seconds(1)
    private static let look = Duration.milliseconds(50)

    let node: ClusterNode
    let logger: Logger

    func run() async {
        let began = ContinuousClock.now
        let led = node.shardsLed(by: node.id)
        node.drain()
        var left = led
        while ContinuousClock.now - began < wait(left) {
            try? await Task.sleep(for: Self.look)
            left = node.shardsLed(by: node.id)
        }
        logger.notice(
            "the node is about to stop",
            metadata: ["tandem.handedOver": "\(led - left)", "tandem.stillLed": "\(left)"])
    }

    private func wait(_ left: Int) -> Duration {
        left > 0 && node.settings.map.replicationFactor > 1 ? Self.limit : Self.least
    }
}
