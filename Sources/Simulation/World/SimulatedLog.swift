internal import Cluster
internal import Primitives

/// A node's log: records become durable after a while, in order per shard. A crash keeps what is durable and a part of
/// what is under way; a wipe keeps nothing.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class SimulatedLog: ShardLog, @unchecked Sendable {
    private struct Line {
        var durable: [[UInt8]] = []
        var underWay: [[UInt8]] = []
        var lastDue = Instant.zero
    }

    private let world: SimulatedWorld
    private var life: NodeLife
    private var lines: [ShardID: Line] = [:]
    /// Longest time to become durable; zero acknowledges at once.
    let longest: Span

    init(world: SimulatedWorld, life: NodeLife, longest: Span) {
        self.world = world
        self.life = life
        self.longest = longest
    }

    func append(
        _ record: [UInt8], index: UInt64, to shard: ShardID, committed: @escaping @Sendable (UInt64) -> Void
    ) -> Bool {
        world.note("", UInt64(shard.number), index, StableHash.of(record), keep: false)
        guard longest > .zero else {
            lines[shard, default: Line()].durable.append(record)
            return true
        }
        var line = lines[shard] ?? Line()
        line.underWay.append(record)
        line.lastDue = max(line.lastDue, world.now + world.span(50...max(51, longest.microseconds)))
        lines[shard] = line
        let life = life
        world.at(line.lastDue) { [self] in
            guard life.isAlive, var line = lines[shard], !line.underWay.isEmpty else { return }
            line.durable.append(line.underWay.removeFirst())
            lines[shard] = line
            committed(index)
        }
        return false
    }

    func records(of shard: ShardID) -> [[UInt8]] { lines[shard]?.durable ?? [] }

    /// The node is gone: a random part of what was under way reached the disk.
    func crash() {
        for shard in lines.keys.sorted() {
            guard var line = lines[shard] else { continue }
            let kept = line.underWay.isEmpty ? 0 : world.random { Int($0.pick(0...Int64(line.underWay.count))) }
            line.durable += line.underWay.prefix(kept)
            line.underWay = []
            lines[shard] = line
        }
    }

    func restart(_ life: NodeLife, wiped: Bool) {
        self.life = life
        if wiped { lines = [:] }
    }
}
