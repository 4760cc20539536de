internal import Synchronization

/// The executor of the ``Shard`` actor, on one of the node's loops.
final class ShardExecutor: SerialExecutor, JobRunning {
    /// For tasks that call what this shard keeps.
    let callers: CallerExecutor
    private let jobs: JobQueue
    /// How deep the loop is inside this shard's work; written on the loop only.
    private let entered = Atomic<Int>(0)

    var loop: any EntityLoop { jobs.loop }

    init(loop: any EntityLoop) {
        jobs = JobQueue(loop: loop)
        callers = CallerExecutor(loop: loop)
    }

    func enqueue(_ job: consuming ExecutorJob) { jobs.enqueue(UnownedJob(job), for: self) }

    func run(_ job: UnownedJob) {
        entered.add(1, ordering: .relaxed)
        job.runSynchronously(on: asUnownedSerialExecutor())
        entered.subtract(1, ordering: .relaxed)
    }

    /// Begins a piece of this shard's work that is not a job; false, and nothing begun, off the loop.
    func enters() -> Bool {
        guard loop.isCurrent else { return false }
        entered.add(1, ordering: .relaxed)
        return true
    }

    func leaves() { entered.subtract(1, ordering: .relaxed) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Answers for the shard, not for its loop, which runs many shards.
    func isIsolatingCurrentContext() -> Bool? { loop.isCurrent && entered.load(ordering: .relaxed) > 0 }

    func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "not on this shard's executor")
    }
}
