internal import Membership
internal import Primitives

/// Who is there. It hints at elections and tells operators; shards open, move and close by logs alone.
extension ClusterNode {
    /// The membership as this node tells and hears of it.
    static func gossip(
        _ settings: Settings, _ world: NodeWorld, send: @escaping @Sendable (Frame, NodeID) -> Void
    ) -> GossipDriver {
        var swim = Swim(
            id: settings.node, incarnation: settings.life, metadata: settings.metadata, settings: settings.swim,
            seed: world.seed, at: world.clock.now)
        swim.admitted = Set(settings.map.nodes)
        let log = world.log
        return GossipDriver(
            swim, loop: world.control, clock: world.clock, send: send,
            describe: { told in
                var metadata = told
                metadata.leads = led(settings, log)
                metadata.load = world.load()
                return metadata
            },
            changed: { change in
                if change.kind == .confirmed { log.suspected(change.member.id) }
                settings.memberChanged(change)
            })
    }

    /// The shards that this node leads, as bits.
    private static func led(_ settings: Settings, _ log: any ShardLog) -> [UInt8] {
        var bits = [UInt8](repeating: 0, count: Int(settings.map.shardCount + 7) / 8)
        for number in 0..<settings.map.shardCount where log.leader(of: ShardID(number)) == settings.node {
            bits[Int(number / 8)] |= 1 << (number % 8)
        }
        return bits
    }
}
