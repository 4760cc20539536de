public import Consensus
public import NodeLog
public import Primitives
internal import Synchronization

/// Why a node's log cannot go on.
public enum LogFailure: Sendable, CustomStringConvertible {
    /// A group has found that a promise of Raft is broken.
    case brokenPromise(String)
    /// The write-ahead log refuses what fits no log: a defect.
    case refused(LogError)
    /// The disk is full, and the reserve for terms and votes is used up.
    case noSpaceForVotes

    public var description: String {
        switch self {
        case .brokenPromise(let what): "a promise of the log is broken (\(what)); keep the data directory and report it"
        case .refused(let error): "the log refuses what its groups want written (\(error)); report it"
        case .noSpaceForVotes: "the disk is full, and no votes can be kept; free space and start the node again"
        }
    }
}

/// Whether a node should lead, and why not.
public enum LeaderDuty: Sendable, Equatable, CustomStringConvertible {
    case leads
    /// The median of the cluster's clocks is so far ahead of this node's (behind, where negative).
    case clockIsOff(by: Span)
    case diskIsFull
    /// It is about to stop.
    case drains

    public var description: String {
        switch self {
        case .leads: "this node leads shards again"
        case .clockIsOff(let distance):
            "this node's clock is \(distance.milliseconds.magnitude) ms \(distance < .zero ? "ahead of" : "behind") the others'; "
                + "it hands its shards over; set the clock and start the node again"
        case .drains: "this node is about to stop; it hands its shards over"
        case .diskIsFull: "the disk has been full for a while; the node hands its shards over; free space"
        }
    }
}

/// The replicated log of a node: one Raft group for each shard that it keeps, over one write-ahead log.
///
/// Groups live on one loop that runs no entity code; shards reach it through an inbox that is emptied in batches.
public final class ReplicatedLog: ShardLog {
    /// What a node's groups are made from.
    public struct Settings: Sendable {
        public var node: NodeID
        public var map: ShardMap
        public var raft: RaftSettings
        public var tick: Span
        public var seed: UInt64
        /// A group is asked for a snapshot after so many bytes of records, or after as many as its last one had.
        public var snapshotBytes: Int
        /// Bytes handed to the writer in one piece, and what one group has more: far below what the log takes at once,
        /// half a segment.
        public var submissionBytes = 4 << 20
        /// Called when the log cannot go on. It has stopped by then; the node must end.
        public var die: @Sendable (LogFailure) -> Void
        /// Told when the node should lead no more, and when it should again.
        public var dutyChanged: @Sendable (LeaderDuty) -> Void = { _ in }
        /// Told when another node leads a shard, or none does, as far as this one knows.
        public var leaderChanged: @Sendable (ShardID, NodeID?) -> Void = { _, _ in }
        /// Always nil outside the simulator.
        public var planted: PlantedBug?

        public init(
            node: NodeID, map: ShardMap, raft: RaftSettings = ReplicatedLog.defaultSettings,
            tick: Span = .milliseconds(50), seed: UInt64, snapshotBytes: Int = 1 << 20, planted: PlantedBug? = nil,
            die: @escaping @Sendable (LogFailure) -> Void = { preconditionFailure("this node must end: \($0)") }
        ) {
            self.node = node
            self.map = map
            self.raft = raft
            self.tick = tick
            self.seed = seed
            self.snapshotBytes = snapshotBytes
            self.planted = planted
            self.die = die
        }
    }

    /// Architecture, section 7; the driver vouches for idle groups.
    public static var defaultSettings: RaftSettings {
        var settings = RaftSettings()
        settings.heartbeatsByDriver = true
        settings.entryBytes = LogLimits.entryBytes
        // Proposals wait while a transfer is under way, so that also a busy heir catches up.
        settings.transferLag = 1_024
        return settings
    }

    /// For a tick of 20 ms: elections after 10 to 15 ticks without a word, where they are usually after 20 to 30 of 50 ms.
    public static var quickSettings: RaftSettings {
        var settings = defaultSettings
        settings.heartbeatTicks = 1
        settings.electionTicks = 10
        settings.electionJitterTicks = 5
        // As long as usual: a hand-over waits for an heir, not for a loss.
        settings.transferTicks = 50
        return settings
    }

    enum Input: Sendable {
        case open(ShardID, @Sendable (ShardLogEvent) -> Void)
        case propose(ShardID, term: UInt64, [UInt8])
        case confirm(ShardID, term: UInt64, round: UInt64)
        case state(ShardID, through: UInt64, [UInt8])
        case stored(ShardID, SnapshotMark, size: Int, Bool)
        case pinning([UInt32])
        case transfer(ShardID, to: NodeID, begun: @Sendable (Bool) -> Void)
        case drain
        case report(@Sendable ([ShardReport]) -> Void)
        case figures(@Sendable (LogFigures) -> Void)
        case compared(ShardID, differs: Bool)
        case read(SnapshotTransfer.Receiver, StoredMark, SnapshotPiece?)
        case received(ShardID, ReplicaID, StoredMark, SnapshotFiles.Taken?, from: NodeID)
        case frame(Frame, NodeID)
        case link(NodeID, isUp: Bool)
        case suspected(NodeID)
        case follow(ShardMap)
        case kept(ShardMap?)
        case durable(LogSubmission)
        case refused(LogSubmission)
        case failed(LogError)
    }

    private let node: NodeID
    private let standings = ReplicaStandings()
    private let followed: Mutex<ShardMap>
    private let loop: any EntityLoop
    private let clock: any NodeClock
    private let inbox: Mutex<[Input]> = Mutex([])
    private let leaders: Mutex<LeaderTable>
    private let driver: RaftDriver
    private let leaderChanged: @Sendable (ShardID, NodeID?) -> Void
    private let corrections = Mutex(Corrections())
    private let listener: Mutex<ShardLogListener> = Mutex(ShardLogListener())

    /// - Parameters:
    ///   - recovered: what the node's log held at its start.
    ///   - shelf: keeps the snapshots; without one the log grows for ever.
    ///   - loop: runs the groups; no entity code.
    /// - Throws: ``RestoreError`` when what was recovered makes no sense as a group's log, ``SnapshotError`` when a
    ///   snapshot that the log counts on cannot be read.
    public init(
        _ settings: Settings, recovered: RecoveredLog, writer: any LogWriter, shelf: (any SnapshotShelf)?,
        loop: any EntityLoop, clock: any NodeClock
    ) throws {
        node = settings.node
        followed = Mutex(settings.map)
        leaderChanged = settings.leaderChanged
        self.loop = loop
        self.clock = clock
        let map = settings.map
        leaders = Mutex(LeaderTable(node: settings.node, groups: map.groupCount))
        driver = try RaftDriver(
            settings, recovered: recovered, writer: writer, shelf: shelf, standings: standings, loop: loop,
            clock: clock)
        guessLeaders(of: map.groups, by: map)
    }

    public func start(
        send: @escaping @Sendable (Frame, NodeID) -> Bool, telling listener: ShardLogListener
    ) {
        self.listener.withLock { $0 = listener }
        let give: @Sendable (Input) -> Void = { [weak self] in self?.give($0) }
        let publish: @Sendable ([(ShardID, NodeID?)]) -> Void = { [weak self, leaderChanged] changes in
            self?.leaders.withLock { for (shard, leader) in changes { $0.hear(leader, of: shard) } }
            if let self { guessLeaders(of: changes.map(\.0), by: map) }
            for (shard, leader) in changes { leaderChanged(shard, leader) }
            listener.leadersChanged(Set(changes.map(\.0)))
        }
        let take: @Sendable (Placing) -> Void = { [weak self] change in
            self?.followed.withLock { $0 = change.map }
            self?.guessLeaders(of: change.map.groups, by: change.map)
            listener.placed(change)
        }
        loop.execute { [driver] in
            driver.start(send: send, give: give, publish: publish, placed: take, reached: listener.reached)
        }
    }

    public func stop() { loop.execute { [driver] in driver.stop() } }

    // MARK: from shards and links

    public func open(_ shard: ShardID, tell: @escaping @Sendable (ShardLogEvent) -> Void) { give(.open(shard, tell)) }

    public func append(_ record: [UInt8], to shard: ShardID, term: UInt64) -> UInt64? {
        give(.propose(shard, term: term, record))
        return nil
    }

    public func confirm(_ round: UInt64, of shard: ShardID, term: UInt64) -> Bool {
        // The only replica cannot have been deposed.
        if standings.isAlone(shard) { return true }
        give(.confirm(shard, term: term, round: round))
        return false
    }

    public func snapshot(_ state: [UInt8], of shard: ShardID, through index: UInt64) {
        give(.state(shard, through: index, state))
    }

    public func compared(_ shard: ShardID, differs: Bool) { give(.compared(shard, differs: differs)) }

    public func drain() { give(.drain) }
    public func report(_ body: @escaping @Sendable ([ShardReport]) -> Void) { give(.report(body)) }
    public func figures(_ body: @escaping @Sendable (LogFigures) -> Void) { give(.figures(body)) }

    public func transfer(_ shard: ShardID, to heir: NodeID, begun: @escaping @Sendable (Bool) -> Void = { _ in }) {
        give(.transfer(shard, to: heir, begun: begun))
    }

    public func leader(of shard: ShardID) -> NodeID? { leaders.withLock { $0[shard] } }

    public func denied(_ shard: ShardID, by peer: NodeID, leader hint: NodeID?) {
        let map = map
        if leaders.withLock({ $0.deny(shard, by: peer, hint: hint, in: map) }) { noteCorrected(shard) }
    }

    /// What was sent to whom was taken for the leader before may be lost: the node hears of it, and says again what matters.
    private func noteCorrected(_ shard: ShardID) {
        let now = clock.now
        tellCorrected(corrections.withLock { $0.note(shard, at: now) }, now)
    }

    private func tellCorrected(_ moment: Instant?, _ now: Instant) {
        guard let moment else { return }
        loop.schedule(after: moment - now) { [weak self] in
            guard let self else { return }
            let (shards, next) = corrections.withLock { $0.take(at: moment) }
            if !shards.isEmpty { listener.withLock { $0 }.leadersChanged(shards) }
            tellCorrected(next, clock.now)
        }
    }

    /// The map that is followed.
    public var map: ShardMap { followed.withLock { $0 } }

    public func follow(_ map: ShardMap) { give(.follow(map)) }

    /// Guesses who leads the groups that this node does not keep, or that do not count it yet: it hears nothing of them.
    private func guessLeaders(of groups: [ShardID], by next: ShardMap) {
        for group in groups {
            let counts = next.hosts(node, group) && !standings.isOutside(group)
            if leaders.withLock({ $0.review(group, in: next, counts: counts) }) { noteCorrected(group) }
        }
    }

    public func received(_ frame: Frame, from peer: NodeID) { give(.frame(frame, peer)) }
    public func linkChanged(_ peer: NodeID, isUp: Bool) {
        if !isUp { passOver(peer) }
        give(.link(peer, isUp: isUp))
    }

    public func suspected(_ peer: NodeID) {
        passOver(peer)
        give(.suspected(peer))
    }

    /// A node does not answer: of the groups that this one does not keep, somebody else may lead those that it led.
    private func passOver(_ peer: NodeID) {
        let map = map
        for group in map.groups where leader(of: group) == peer {
            denied(group, by: peer, leader: nil)
        }
    }

    private func give(_ input: Input) {
        let isFirst = inbox.withLock { inbox in
            inbox.append(input)
            return inbox.count == 1
        }
        if isFirst { loop.execute { [weak self] in self?.empty() } }
    }

    private func empty() {
        let inputs = inbox.withLock { inbox in
            defer { inbox = [] }
            return inbox
        }
        driver.take(inputs)
    }

    /// The state of each group, for operators and tests; called back on the log's loop, at once by whoever is on it.
    public func status(_ body: @escaping @Sendable ([ShardID: RaftStatus]) -> Void) {
        loop.execute { [driver] in body(driver.status) }
    }

    /// What became of snapshots; called back on the log's loop, at once by whoever is on it.
    public func snapshotCounters(_ body: @escaping @Sendable (SnapshotCounters) -> Void) {
        if loop.isCurrent { return body(driver.snapshotCounters) }
        loop.execute { [driver] in body(driver.snapshotCounters) }
    }

    /// The members of each group that is led here, for invariant checks; called back on the log's loop, at once by whoever
    /// is on it.
    public func configurations(_ body: @escaping @Sendable ([LedConfiguration]) -> Void) {
        if loop.isCurrent { return body(driver.configurations) }
        loop.execute { [driver] in body(driver.configurations) }
    }

    /// The term of each group, for invariant checks; called back on the log's loop, at once by whoever is on it.
    public func terms(_ body: @escaping @Sendable ([ShardID: UInt64]) -> Void) {
        if loop.isCurrent { return body(driver.terms) }
        loop.execute { [driver] in body(driver.terms) }
    }
}
