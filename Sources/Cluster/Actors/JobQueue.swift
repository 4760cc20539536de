internal import Synchronization
internal import Primitives

/// What runs the jobs of a ``JobQueue``, each in the form that its kind of executor asks for.
protocol JobRunning: AnyObject, Sendable {
    func run(_ job: UnownedJob)
}

/// The jobs of one executor, on one of the node's loops.
///
/// A drain is bounded and yields by a short delay: a loop that only runs its own jobs would never poll its sockets.
final class JobQueue: Sendable {
    /// Jobs run before the loop gets to its sockets again.
    private static let drainLimit = 256
    static let yield = Span.microseconds(20)

    private struct Jobs {
        var waiting: [UnownedJob] = []
        /// An empty array that keeps its room, so that a batch allocates nothing.
        var spare: [UnownedJob] = []
        var isDraining = false
    }

    let loop: any EntityLoop
    private let jobs = Mutex(Jobs())

    init(loop: any EntityLoop) { self.loop = loop }

    func enqueue(_ job: UnownedJob, for runner: any JobRunning) {
        guard loop.isCurrent else { return loop.execute { runner.run(job) } }
        let starts = jobs.withLock { jobs in
            jobs.waiting.append(job)
            defer { jobs.isDraining = true }
            return !jobs.isDraining
        }
        if starts { loop.execute { self.drain(for: runner) } }
    }

    /// Runs what waits and what that brings, up to the limit; the rest after a short delay.
    private func drain(for runner: any JobRunning) {
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
            for job in batch { runner.run(job) }
            done += batch.count
            batch.removeAll(keepingCapacity: true)
        }
        jobs.withLock { jobs in swap(&batch, &jobs.spare) }
        loop.schedule(after: Self.yield) { self.drain(for: runner) }
    }
}
