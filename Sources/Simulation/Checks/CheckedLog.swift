internal import Cluster
internal import Primitives

/// What the logs of all nodes have told their shards in a run, held against the promises of Raft (paper, figure 3):
/// election safety, state machine safety, and leadership that was asked for.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, on its one thread.
final class CommitLedger: @unchecked Sendable {
    private struct Shard {
        /// What was committed at each index, on whatever node.
        var records: [UInt64: UInt64] = [:]
        var leaders: [UInt64: NodeID] = [:]
        /// The newest term in which a node was told that it leads.
        var newestTerm: UInt64 = 0
        /// When a node was last told that it leads.
        var changed = Instant.zero
        /// What its leader has appended and not committed, in order, and since when.
        var waiting: ArraySlice<(hash: UInt64, since: Instant)> = []
        /// When a record was last committed that had waited for long.
        var heldUp = Instant.zero
        /// The newest committed change of the members, and the decision that it carried out.
        var members: (index: UInt64, decision: UInt64) = (0, 0)
    }

    /// A commit that takes longer was held up: by a hand-over, say, which makes proposals wait.
    private static let promptCommit = Span.milliseconds(50)

    private let world: SimulatedWorld

    private var shards: [ShardID: Shard] = [:]
    private(set) var violation: String?
    /// How often a node was told that it leads.
    private(set) var leaderships: UInt64 = 0

    init(world: SimulatedWorld) { self.world = world }

    func committed(_ record: CommittedRecord, of shard: ShardID, on node: NodeID) {
        let hash = StableHash.of(record.record)
        if let known = shards[shard]?.records[record.index], known != hash {
            report("log: \(node) commits another record at index \(record.index) of shard \(shard) than before")
        }
        shards[shard, default: Shard()].records[record.index] = hash
        guard let first = shards[shard]?.waiting.first, first.hash == hash else { return }
        shards[shard]?.waiting.removeFirst()
        if world.now - first.since > Self.promptCommit { shards[shard]?.heldUp = world.now }
    }

    /// The leader of a shard has a record that is to be committed.
    func appended(_ record: [UInt8], to shard: ShardID, in term: UInt64) {
        guard term == newestTerm(of: shard) else { return }
        shards[shard]?.waiting.append((StableHash.of(record), world.now))
    }

    func leads(_ node: NodeID, _ shard: ShardID, in term: UInt64) {
        if let other = shards[shard]?.leaders[term], other != node {
            report("log: \(other) and \(node) lead shard \(shard) in term \(term)")
        }
        var known = shards[shard] ?? Shard()
        known.leaders[term] = node
        known.newestTerm = max(known.newestTerm, term)
        known.changed = world.now
        known.waiting = []
        leaderships += 1
        shards[shard] = known
    }

    /// The members of a group as its leader knows them: one change at a time, and none that undoes a later decision.
    func leads(_ configuration: LedConfiguration, on node: NodeID) {
        let shard = configuration.shard
        if configuration.pending > 1 {
            report("members: \(node) changes those of group \(shard) \(configuration.pending) times at once")
        }
        guard configuration.isCommitted else { return }
        let known = shards[shard]?.members ?? (index: 0, decision: 0)
        if configuration.index > known.index, configuration.decision < known.decision {
            report(
                "members: \(node) carries out decision \(configuration.decision) in group \(shard) after decision "
                    + "\(known.decision)")
        }
        if configuration.index > known.index {
            shards[shard, default: Shard()].members = (configuration.index, configuration.decision)
        }
    }

    /// The newest leadership of a shard at this moment.
    func newestTerm(of shard: ShardID) -> UInt64 { shards[shard]?.newestTerm ?? 0 }

    /// When a node was last told that it leads the shard.
    func lastChange(of shard: ShardID) -> Instant { shards[shard]?.changed ?? .zero }

    /// When a record of the shard last waited for long; now, if one does.
    func lastHeldUp(of shard: ShardID) -> Instant {
        guard let first = shards[shard]?.waiting.first, world.now - first.since > Self.promptCommit else {
            return shards[shard]?.heldUp ?? .zero
        }
        return world.now
    }

    /// A leadership was confirmed that was asked about when a newer one had begun already.
    func confirmedTooLate(_ node: NodeID, _ shard: ShardID, _ term: UInt64) {
        report(
            "log: \(node) is told that it leads shard \(shard) in term \(term), though a later leader was told before")
    }

    /// The only copy of these shards is gone; they begin anew.
    func forget(where isLost: (ShardID) -> Bool) { shards = shards.filter { !isLost($0.key) } }

    func report(_ text: String) { violation = violation ?? text }
}

/// The replicated log of a node with the ledger beside it.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, on its one thread.
final class CheckedLog: ShardLog, @unchecked Sendable {
    private let log: ReplicatedLog
    private let node: NodeID
    private let ledger: CommitLedger
    /// The questions under way: the term that asked, and whether a later one had begun by then.
    private var rounds: [ShardID: [UInt64: (term: UInt64, isOver: Bool)]] = [:]

    init(_ log: ReplicatedLog, node: NodeID, ledger: CommitLedger) {
        self.log = log
        self.node = node
        self.ledger = ledger
    }

    func open(_ shard: ShardID, tell: @escaping @Sendable (ShardLogEvent) -> Void) {
        // The log must not keep what keeps the log: a node that has crashed is never stopped.
        log.open(shard) { [weak self] event in
            self?.check(event, of: shard)
            tell(event)
        }
    }

    private func check(_ event: ShardLogEvent, of shard: ShardID) {
        switch event {
        case .committed(let records): for record in records { ledger.committed(record, of: shard, on: node) }
        case .leading(let term): ledger.leads(node, shard, in: term)
        case .confirmed(let round):
            if let asked = rounds[shard]?[round], asked.isOver { ledger.confirmedTooLate(node, shard, asked.term) }
            rounds[shard]?[round] = nil
        case .following: rounds[shard] = nil
        case .restored, .snapshotWanted: break
        }
    }

    func append(_ record: [UInt8], to shard: ShardID, term: UInt64) -> UInt64? {
        ledger.appended(record, to: shard, in: term)
        return log.append(record, to: shard, term: term)
    }

    func confirm(_ round: UInt64, of shard: ShardID, term: UInt64) -> Bool {
        let isOver = ledger.newestTerm(of: shard) > term
        if log.confirm(round, of: shard, term: term) {
            if isOver { ledger.confirmedTooLate(node, shard, term) }
            return true
        }
        rounds[shard, default: [:]][round] = (term, isOver)
        return false
    }

    func snapshot(_ state: [UInt8], of shard: ShardID, through index: UInt64) {
        log.snapshot(state, of: shard, through: index)
    }

    func compared(_ shard: ShardID, differs: Bool) { log.compared(shard, differs: differs) }
    func leader(of shard: ShardID) -> NodeID? { log.leader(of: shard) }
    func denied(_ shard: ShardID, by node: NodeID, leader: NodeID?) {
        log.denied(shard, by: node, leader: leader)
    }

    func start(send: @escaping @Sendable (Frame, NodeID) -> Bool, telling listener: ShardLogListener) {
        log.start(send: send, telling: listener)
    }

    func follow(_ map: ShardMap) { log.follow(map) }

    func stop() { log.stop() }
    func received(_ frame: Frame, from peer: NodeID) { log.received(frame, from: peer) }
    func linkChanged(_ peer: NodeID, isUp: Bool) { log.linkChanged(peer, isUp: isUp) }
    func suspected(_ peer: NodeID) { log.suspected(peer) }
    func drain() { log.drain() }
    func report(_ body: @escaping @Sendable ([ShardReport]) -> Void) { log.report(body) }
    func figures(_ body: @escaping @Sendable (LogFigures) -> Void) { log.figures(body) }

    func transfer(_ shard: ShardID, to heir: NodeID, begun: @escaping @Sendable (Bool) -> Void) {
        log.transfer(shard, to: heir, begun: begun)
    }
}
