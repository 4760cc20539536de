internal import Synchronization
internal import Primitives

/// The executor of one shard: serial executor and task executor at once, on one of the node's loops.
///
/// Jobs always run in the two-argument form and every task that enters a shard is started with this preference, so
/// that nothing leaves the loop's thread (decision 0003). A drain is bounded and yields by a short delay: a loop that
/// only runs its own jobs would never poll its sockets.
public final class ShardExecutor: SerialExecutor, TaskExecutor, Sendable {
    /// Jobs run before the loop gets to its sockets again.
    private static let drainLimit = 256
    private static let yield = Span.microseconds(20)

    private struct Jobs {
        var waiting: [UnownedJob] = []
        /// An empty array that keeps its room, so that a batch allocates nothing.
        var spare: [UnownedJob] = []
        var isDraining = false
    }

    public let loop: any EntityLoop
    private let jobs = Mutex(Jobs())
    /// How deep the loop is inside this shard's work; written on the loop only.
    private let entered = Atomic<Int>(0)

    public init(loop: any EntityLoop) { self.loop = loop }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard loop.isCurrent else { return loop.execute { self.run(job) } }
        let starts = jobs.withLock { jobs in
            jobs.waiting.append(job)
            defer { jobs.isDraining = true }
            return !jobs.isDraining
        }
        if starts { loop.execute { self.drain() } }
    }

    /// Runs what waits and what that brings, up to the limit; the rest after a short delay.
    private func drain() {
        var done = 0
        var batch: [UnownedJob] = []
        jobs.withLock { jobs in swap(&batch, &jobs.spare) }
        while done < Self.drainLimit {
            let goesOn = jobs.withLock { jobs in
                swap(&batch, &jobs.waiting)
                jobs.isDraining = !batch.isEmpty
                if batch.isEmpty { swap(&batch, &jobs.spare) }
                return jobs.isDraining
            }
            guard goesOn else { return }
            for job in batch { run(job) }
            done += batch.count
            batch.removeAll(keepingCapacity: true)
        }
        jobs.withLock { jobs in swap(&batch, &jobs.spare) }
        loop.schedule(after: Self.yield) { self.drain() }
    }

    private func run(_ job: UnownedJob) {
        entered.add(1, ordering: .relaxed)
        job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        entered.subtract(1, ordering: .relaxed)
    }

    /// Begins a piece of this shard's work that is not a job; false, and nothing begun, off the loop.
    func enters() -> Bool {
        guard loop.isCurrent else { return false }
        entered.add(1, ordering: .relaxed)
        return true
    }

    func leaves() { entered.subtract(1, ordering: .relaxed) }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    /// Answers for the shard, not for its loop, which runs many shards.
    public func isIsolatingCurrentContext() -> Bool? { loop.isCurrent && entered.load(ordering: .relaxed) > 0 }

    public func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "not on this shard's executor")
    }
}
