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
    /// A sync that takes much longer now and then, in thousandths.
    private let slowPerThousand: Int
    private let die: (LogError) -> Void
    private var queue: [(items: [LogItem], round: UInt64?, done: @Sendable (WriteOutcome) -> Void)] = []
    /// What else needs the log, between two batches.
    private var visits: [() -> Void] = []
    private var isSyncing = false
    private var refusedRound: UInt64 = 0

    /// - Parameter die: the process ends, since nobody knows what the disk holds.
    init(
        world: SimulatedWorld, life: NodeLife, log: WriteAheadLog, longest: Span, slowPerThousand: Int,
        die: @escaping (LogError) -> Void
    ) {
        self.world = world
        self.life = life
        self.log = log
        self.longest = longest
        self.slowPerThousand = slowPerThousand
        self.die = die
    }

    func write(
        _ items: [LogItem], round: UInt64?, done: @escaping @Sendable (WriteOutcome) -> Void
    ) -> Bool {
        queue.append((items, round, done))
        if !isSyncing { begin() }
        return true
    }

    func compact(keeping segments: Int, done: @escaping @Sendable ([UInt32]) -> Void) {
        visits.append { [self] in
            guard carryOut({ () throws(LogError) in _ = try log.compact() }) else { return }
            done(log.groupsPinning(oldest: max(0, log.olderSegments - segments)))
        }
        if !isSyncing { begin() }
    }

    private func begin() {
        guard life.isAlive else { return }
        let visits = visits
        self.visits = []
        for visit in visits where life.isAlive { visit() }
        guard life.isAlive, !queue.isEmpty else { return }
        isSyncing = true
        let batch = queue
        queue = []
        var written: [@Sendable (WriteOutcome) -> Void] = []
        for part in batch {
            guard part.round ?? .max > refusedRound else {
                part.done(.refused)
                continue
            }
            do throws(LogError) {
                try log.append(part.items)
                written.append(part.done)
            } catch {
                if error.isFatal { return die(error) }
                refusedRound = max(refusedRound, part.round ?? 0)
                part.done(error == .reserve ? .refused : .failed(error))
            }
        }
        carryOut { () throws(LogError) in _ = try log.prepare() }
        var pause = longest > .zero ? world.span(50...max(51, longest.microseconds)) : .microseconds(1)
        if world.chance(slowPerThousand) { pause = pause + world.span(20_000...600_000) }
        world.after(pause) { [self] in
            guard life.isAlive, carryOut({ () throws(LogError) in _ = try log.sync() }) else { return }
            isSyncing = false
            for done in written { done(.durable) }
            begin()
        }
    }

    /// - Returns: false when nothing was done, or the process is gone.
    @discardableResult
    private func carryOut(_ body: () throws(LogError) -> Void) -> Bool {
        do {
            try body()
            return true
        } catch {
            if error.isFatal, life.isAlive { die(error) }
            return false
        }
    }
}
