internal import Cluster
internal import NodeLog
internal import Primitives

/// The thread of a node's log in virtual time: the production log over a simulated disk, a batch at a time.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class SimulatedLogWriter: LogWriter, @unchecked Sendable {
    private let world: SimulatedWorld
    private let life: NodeLife
    private let log: WriteAheadLog
    /// Longest time of one sync; zero answers at once.
    private let longest: Span
    private var queue: [(items: [LogItem], done: @Sendable () -> Void)] = []
    /// What else needs the log, between two batches.
    private var visits: [() -> Void] = []
    private var isSyncing = false

    init(world: SimulatedWorld, life: NodeLife, log: WriteAheadLog, longest: Span) {
        self.world = world
        self.life = life
        self.log = log
        self.longest = longest
    }

    func write(_ items: [LogItem], done: @escaping @Sendable () -> Void) -> Bool {
        queue.append((items, done))
        if !isSyncing { begin() }
        return true
    }

    func compact(keeping segments: Int, done: @escaping @Sendable ([UInt32]) -> Void) {
        visits.append { [self] in
            carryOut { () throws(LogError) in _ = try log.compact() }
            done(log.groupsPinning(oldest: max(0, log.olderSegments - segments)))
        }
        if !isSyncing { begin() }
    }

    private func begin() {
        guard life.isAlive else { return }
        for visit in visits { visit() }
        visits = []
        guard !queue.isEmpty else { return }
        isSyncing = true
        let batch = queue
        queue = []
        carryOut { () throws(LogError) in
            for part in batch { try log.append(part.items) }
            _ = try log.prepare()
        }
        let pause = longest > .zero ? world.span(50...max(51, longest.microseconds)) : .microseconds(1)
        world.after(pause) { [self] in
            guard life.isAlive else { return }
            carryOut { () throws(LogError) in _ = try log.sync() }
            isSyncing = false
            for part in batch { part.done() }
            begin()
        }
    }

    private func carryOut(_ body: () throws(LogError) -> Void) {
        do { try body() } catch { preconditionFailure("the simulated log failed: \(error)") }
    }
}
