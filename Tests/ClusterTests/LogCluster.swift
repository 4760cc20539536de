import Cluster
import Consensus
import NodeLog
import Primitives

/// The replicated logs of three nodes, without shards above and with disks that do what the test says.
///
/// Proof for `@unchecked Sendable`: made, used and dropped by one synchronous test, which never leaves its thread.
final class LogCluster: @unchecked Sendable {
    /// Proof for `@unchecked Sendable`: as for the cluster.
    final class Member: @unchecked Sendable {
        let writer = TestWriter()
        let clock: SetClock
        var log: ReplicatedLog?
        /// The term in which each shard was last told that it leads; nil where it follows.
        var leads: [ShardID: UInt64] = [:]
        var committed: [ShardID: [[UInt8]]] = [:]
        var duties: [LeaderDuty] = []

        init(clock: SetClock) { self.clock = clock }
    }

    let world = TestWorld()
    let map = ShardMap(shardCount: 4, nodes: ["n1", "n2", "n3"].map { NodeID($0) }, replicationFactor: 3)
    private(set) var members: [NodeID: Member] = [:]
    private var isCut: Set<NodeID> = []

    /// - Parameters:
    ///   - recovered: what nodes find at their start, where it is not nothing.
    ///   - full: nodes whose disks are full from the start.
    init(recovered: [String: RecoveredLog] = [:], full: Set<String> = []) throws {
        for id in map.nodes {
            let member = Member(clock: SetClock(world: world))
            member.writer.isFull = full.contains(id.name)
            members[id] = member
            var settings = ReplicatedLog.Settings(node: id, map: map, seed: UInt64(members.count))
            settings.dutyChanged = { member.duties.append($0) }
            let log = try ReplicatedLog(
                settings, recovered: recovered[id.name] ?? .of([]), writer: member.writer, shelf: nil,
                loop: TestLoop(world: world),
                clock: member.clock)
            member.log = log
            for shard in map.groups(on: id) { log.open(shard) { member.take($0, of: shard) } }
            log.start(
                send: { [weak self] in self?.send($0, from: id, to: $1) ?? false }, telling: ShardLogListener())
        }
        for one in map.nodes {
            for other in map.nodes where one != other { members[one]?.log?.linkChanged(other, isUp: true) }
        }
        run(.seconds(5))
    }

    subscript(id: String) -> Member {
        guard let member = members[NodeID(id)] else { preconditionFailure("there is no \(id)") }
        return member
    }

    private func send(_ frame: Frame, from: NodeID, to: NodeID) -> Bool {
        guard !isCut.contains(from), !isCut.contains(to) else { return false }
        world.execute { [weak self] in self?.members[to]?.log?.received(frame, from: from) }
        return true
    }

    func run(_ length: Span) {
        world.drain()
        world.advance(length)
    }

    /// The links of a node are cut, or there again.
    func cut(_ id: String, isUp: Bool) {
        let node = NodeID(id)
        if isUp { isCut.remove(node) } else { isCut.insert(node) }
        for peer in map.nodes where peer != node {
            members[peer]?.log?.linkChanged(node, isUp: isUp)
            members[node]?.log?.linkChanged(peer, isUp: isUp)
        }
    }

    /// Who leads each shard, by what the shards were told.
    var leaders: [String] {
        (0..<map.shardCount).map { number in
            let leading = members.compactMap { id, member in member.leads[ShardID(number)].map { (id, $0) } }
            return leading.max { $0.1 < $1.1 }?.0.name ?? "-"
        }
    }

    /// Appends a record at whoever leads a shard.
    func append(_ record: [UInt8], to shard: ShardID) {
        for member in members.values {
            if let term = member.leads[shard] { _ = member.log?.append(record, to: shard, term: term) }
        }
    }
}

extension LogCluster.Member {
    func take(_ event: ShardLogEvent, of shard: ShardID) {
        switch event {
        case .committed(let records): committed[shard, default: []] += records.map(\.record)
        case .leading(let term): leads[shard] = term
        case .following: leads[shard] = nil
        case .restored, .snapshotWanted, .confirmed: break
        }
    }
}

/// A node's clock: the test's time, set wrong by as much as the test likes.
///
/// Proof for `@unchecked Sendable`: used only through a ``LogCluster``, by one synchronous test.
final class SetClock: NodeClock, @unchecked Sendable {
    private let world: TestWorld
    var error = Span.zero

    init(world: TestWorld) { self.world = world }
    var now: Instant { world.now + error }
}

/// A disk that writes at once, or is full.
///
/// Proof for `@unchecked Sendable`: used only through a ``LogCluster``, by one synchronous test.
final class TestWriter: LogWriter, @unchecked Sendable {
    var isFull = false
    private(set) var written: [LogItem] = []
    private(set) var refusals = 0

    func write(_ items: [LogItem], round: UInt64?, done: @escaping @Sendable (WriteOutcome) -> Void) -> Bool {
        if isFull, round != nil {
            refusals += 1
            done(.refused)
        } else {
            written += items
            done(.durable)
        }
        return true
    }

    func compact(keeping segments: Int, done: @escaping @Sendable (_ pinning: [UInt32]) -> Void) { done([]) }

    /// The indices of the entries of a shard in the order in which they were written.
    func indices(of shard: ShardID) -> [UInt64] {
        written.flatMap { item -> [UInt64] in
            guard case .entries(shard.number, let entries) = item else { return [] }
            return entries.map(\.index)
        }
    }
}
