import Cluster
import Primitives
import Synchronization

/// Time, loop and disks of some nodes, all moved by hand.
///
/// Proof for `@unchecked Sendable`: made, used and dropped by one synchronous test, which never leaves its thread.
final class TestWorld: @unchecked Sendable {
    private struct Timer {
        let due: Instant
        let order: UInt64
        let work: @Sendable () -> Void
    }

    private(set) var now = Instant(microseconds: 1_760_000_000_000_000)
    /// False while a test plays a thread that is not the loop's: what it brings then waits for ``drain()``.
    var isOnLoop = true
    private var ready: [@Sendable () -> Void] = []
    private var timers: [Timer] = []
    private var lastOrder: UInt64 = 0
    private(set) var timersRun = 0

    func execute(_ work: @escaping @Sendable () -> Void) { ready.append(work) }

    func schedule(after delay: Span, _ work: @escaping @Sendable () -> Void) {
        lastOrder += 1
        timers.append(Timer(due: now + delay, order: lastOrder, work: work))
    }

    /// Runs what is ready now, and not what follows from it.
    func step() {
        let batch = ready
        ready = []
        for work in batch { work() }
    }

    /// Runs what is ready, until nothing is.
    func drain() {
        isOnLoop = true
        while !ready.isEmpty {
            let batch = ready
            ready = []
            for work in batch { work() }
        }
    }

    /// Time goes on; timers run at their time.
    func advance(_ length: Span) {
        let end = now + length
        drain()
        while let next = timers.indices.min(by: {
            (timers[$0].due, timers[$0].order) < (timers[$1].due, timers[$1].order)
        }),
            timers[next].due <= end
        {
            let timer = timers.remove(at: next)
            now = max(now, timer.due)
            timersRun += 1
            timer.work()
            drain()
        }
        now = end
    }

    /// Time goes on while the loop is busy with something else: no timer runs.
    func stall(_ length: Span) { now = now + length }
}

struct TestClock: NodeClock {
    let world: TestWorld
    var now: Instant { world.now }
}

final class TestLoop: EntityLoop, Sendable {
    let world: TestWorld
    private let isAlive = Atomic<Bool>(true)

    init(world: TestWorld) { self.world = world }
    func end() { isAlive.store(false, ordering: .relaxed) }

    var isCurrent: Bool { world.isOnLoop }
    func execute(_ work: @escaping @Sendable () -> Void) {
        world.execute { if self.isAlive.load(ordering: .relaxed) { work() } }
    }
    func schedule(after delay: Span, _ work: @escaping @Sendable () -> Void) {
        world.schedule(after: delay) { if self.isAlive.load(ordering: .relaxed) { work() } }
    }
}

/// A disk that says "durable" when the test says so; one copy, led by its node from the start.
///
/// Proof for `@unchecked Sendable`: used only through a ``TestWorld``, by one synchronous test.
final class TestLog: ShardLog, @unchecked Sendable {
    /// Records become durable at once; otherwise with ``commit(_:on:)``.
    var isImmediate = true
    let map: ShardMap
    private var durable: [ShardID: [[UInt8]]] = [:]
    private var waiting: [ShardID: [[UInt8]]] = [:]
    private var tell: [ShardID: @Sendable (ShardLogEvent) -> Void] = [:]
    /// What shards have answered to ``askForState(of:)``.
    private(set) var states: [ShardID: (index: UInt64, state: [UInt8])] = [:]
    /// Snapshots from which shards begin when they are opened.
    private var bases: [ShardID: (index: UInt64, state: [UInt8])] = [:]

    init(map: ShardMap) { self.map = map }

    func open(_ shard: ShardID, tell: @escaping @Sendable (ShardLogEvent) -> Void) {
        self.tell[shard] = tell
        let base = bases[shard]
        if let base { tell(.restored(index: base.index, state: base.state)) }
        let after = Int(base?.index ?? 0)
        tell(.committed(entries(Array((durable[shard] ?? []).dropFirst(after)), after: after)))
        tell(.leading(term: 1))
    }

    // MARK: snapshots

    /// Asks for the state after everything that is durable.
    func askForState(of shard: ShardID) {
        tell[shard]?(.snapshotWanted(through: UInt64(durable[shard]?.count ?? 0)))
    }

    func snapshot(_ state: [UInt8], of shard: ShardID, through index: UInt64) { states[shard] = (index, state) }

    /// From now on the log begins behind the last state that was asked for.
    func cut(_ shard: ShardID) { bases[shard] = states[shard] }

    /// The leadership goes elsewhere, and comes back with the snapshot of a peer.
    func takeOver(_ shard: ShardID, from other: TestLog) {
        guard let base = other.states[shard] else { return }
        durable[shard] = other.durable[shard]
        waiting[shard] = []
        tell[shard]?(.following)
        tell[shard]?(.restored(index: base.index, state: base.state))
        tell[shard]?(.leading(term: 2))
    }

    /// The leadership goes elsewhere.
    func depose(_ shard: ShardID) { tell[shard]?(.following) }

    /// The leadership comes back, and nothing happened meanwhile.
    func lead(_ shard: ShardID, term: UInt64) { tell[shard]?(.leading(term: term)) }

    private func entries(_ records: [[UInt8]], after: Int) -> [CommittedRecord] {
        records.enumerated().map { CommittedRecord(index: UInt64(after + $0 + 1), term: 1, record: $1) }
    }

    func append(_ record: [UInt8], to shard: ShardID, term: UInt64) -> UInt64? {
        guard !isImmediate || underWay(shard) > 0 else {
            durable[shard, default: []].append(record)
            return UInt64(durable[shard]?.count ?? 0)
        }
        waiting[shard, default: []].append(record)
        return nil
    }

    func confirm(_ round: UInt64, of shard: ShardID, term: UInt64) -> Bool { true }
    func leader(of shard: ShardID) -> NodeID? { map.preferredLeader(of: shard) }

    func records(of shard: ShardID) -> [[UInt8]] { durable[shard] ?? [] }

    func underWay(_ shard: ShardID) -> Int { waiting[shard]?.count ?? 0 }

    /// The next records of a shard are durable.
    func commit(_ count: Int = .max, on shard: ShardID) {
        for _ in 0..<min(count, underWay(shard)) {
            guard let next = waiting[shard]?.removeFirst() else { return }
            let known = durable[shard]?.count ?? 0
            durable[shard, default: []].append(next)
            tell[shard]?(.committed(entries([next], after: known)))
        }
    }

    func commitAll() {
        while let shard = waiting.filter({ !$0.value.isEmpty }).keys.min() { commit(on: shard) }
    }

    /// The process is gone, and with it what was not durable.
    func crash() {
        waiting = [:]
        tell = [:]
    }

    func wipe() {
        crash()
        durable = [:]
    }
}

/// What a call was answered, once.
///
/// Proof for `@unchecked Sendable`: used only through a ``TestWorld``, by one synchronous test.
final class Answer: @unchecked Sendable {
    private(set) var results: [Result<CallAnswer, CallError>] = []

    func take(_ result: Result<CallAnswer, CallError>) { results.append(result) }

    var isOpen: Bool { results.isEmpty }

    /// The reply, when the call was answered exactly once and with one.
    var reply: CounterReply? {
        guard results.count == 1, case .success(let answer) = results[0] else { return nil }
        switch answer {
        case .typed(let message): return message as? CounterReply
        case .bytes(let bytes): return try? CounterReply(decoding: bytes)
        }
    }

    var error: CallError? {
        guard results.count == 1, case .failure(let error) = results[0] else { return nil }
        return error
    }
}
