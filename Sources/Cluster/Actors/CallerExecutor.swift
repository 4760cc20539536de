internal import Synchronization
internal import Primitives

/// Runs tasks on a loop of the node, so that their calls to shards of that loop are taken up at once, and so that tasks of
/// a connection of that loop stay where its bytes come from.
///
/// The faces of entities are `nonisolated async`, and so is all that stands between them and ``ClusterNode/submit``. A task
/// that prefers this executor runs such code without a hop; on a shard's own executor each piece of it would be a job of
/// its own (decision 0003).
public final class CallerExecutor: TaskExecutor, JobRunning {
    /// Calls that a task may make without a pause before the loop gets to its sockets again.
    private static let callLimit = 256

    private let jobs: JobQueue
    /// Calls since the task that runs was taken up; negative while none runs. Written on the loop only.
    private let calls = Atomic<Int>(-1)

    public init(loop: any EntityLoop) { jobs = JobQueue(loop: loop) }

    public func enqueue(_ job: consuming ExecutorJob) { jobs.enqueue(UnownedJob(job), for: self) }

    func run(_ job: UnownedJob) {
        calls.store(0, ordering: .relaxed)
        job.runSynchronously(on: asUnownedTaskExecutor())
        calls.store(-1, ordering: .relaxed)
    }

    /// Counts a call that is answered without a pause; on the loop only.
    /// - Returns: `complete`, and after too many calls one that gives the loop time before it answers.
    func counted<Answer>(_ complete: @escaping @Sendable (Answer) -> Void) -> @Sendable (Answer) -> Void
    where Answer: Sendable {
        let count = calls.load(ordering: .relaxed)
        guard count >= 0 else { return complete }
        calls.store(count + 1, ordering: .relaxed)
        guard count >= Self.callLimit else { return complete }
        return { [jobs] answer in jobs.loop.schedule(after: JobQueue.yield) { complete(answer) } }
    }

    public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }
}
