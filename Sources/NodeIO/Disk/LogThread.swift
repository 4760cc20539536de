import Dispatch
import Glibc
public import NodeLog
import Primitives
import Synchronization

/// The thread that owns the log: it writes what arrived during the last sync as one batch, syncs, and says so.
///
/// Nothing blocks an event loop or Swift's pool. A fatal error of the log calls `die` and ends the thread; completions of
/// what was not durable then never run.
public final class LogThread: Sendable {
    public struct Settings: Sendable, Equatable {
        /// One batch takes about so many bytes. A 256 KiB sync took 0.2 to 0.5 ms here, one of 1 MiB up to 4 ms.
        public var batchBytes: Int
        /// What waits may have so many bytes; more is turned away.
        public var queueBytes: Int
        /// After so long without work the durable mark is synced too, so that recovery need not guess.
        public var idle: Duration

        public init(
            batchBytes: Int = 256 << 10, queueBytes: Int = 64 << 20, idle: Duration = .milliseconds(100)
        ) {
            self.batchBytes = batchBytes
            self.queueBytes = queueBytes
            self.idle = idle
        }
    }

    /// What became of a submission.
    public enum Outcome: Sendable, Equatable {
        /// It is on stable storage.
        case durable
        /// Nothing of it was written.
        case refused(LogError)
    }

    /// Whether a submission was taken.
    public enum Admission: Sendable, Equatable {
        case accepted
        /// The queue holds as many bytes as it may. Nothing will be written; wait for completions.
        case queueFull
        /// The thread has ended or is about to.
        case stopped
    }

    private enum Work: Sendable {
        case items([LogItem], bytes: Int, round: UInt64?, @Sendable (Outcome) -> Void)
        /// Something else that needs the log, between two batches.
        case visit(@Sendable (WriteAheadLog) throws(LogError) -> Void)
    }

    private struct Queue: Sendable {
        var work: [Work] = []
        var bytes = 0
        var isStopping = false
        var isWaiting = false
        var counters = LogCounters()
        var space = LogSpace.ample
    }

    private let queue = Mutex(Queue())
    private let arrivals = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let settings: Settings
    private let fault: LogFault
    private let die: @Sendable (LogError) -> Void
    private let log: Mutex<WriteAheadLog?>

    /// - Parameters:
    ///   - log: opened by the caller; from now on the thread's own.
    ///   - fault: ``LogFault/acknowledgeBeforeDurable`` for the simulator's tests of itself, else none.
    ///   - die: ends the process, with the log's last word; must not return to business.
    public init(
        log: sending WriteAheadLog, settings: Settings = Settings(), fault: LogFault = .none,
        die: @escaping @Sendable (LogError) -> Void
    ) {
        self.settings = settings
        self.fault = fault
        self.die = die
        self.log = Mutex(log)
    }

    /// Starts the thread; once.
    public func start() {
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<LogThread>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(code == 0, "no thread can be made for the log: error \(code)")
        pthread_detach(thread)
    }

    // MARK: from any thread

    /// Hands items over; those of one submission are written together and in order.
    /// - Parameters:
    ///   - round: once something of a round is refused, everything behind it of that round and of earlier ones is, too.
    ///   - completion: runs on the log's thread, unless the process ends before; has to be quick.
    public func submit(
        _ items: [LogItem], round: UInt64? = nil, completion: @escaping @Sendable (Outcome) -> Void
    ) -> Admission {
        let bytes = items.reduce(0) { $0 + $1.bytes }
        let (admission, wakes) = queue.withLock { queue in
            if queue.isStopping { return (Admission.stopped, false) }
            if queue.bytes + bytes > settings.queueBytes, queue.bytes > 0 { return (.queueFull, false) }
            queue.bytes += bytes
            queue.work.append(.items(items, bytes: bytes, round: round, completion))
            defer { queue.isWaiting = false }
            return (.accepted, queue.isWaiting)
        }
        if wakes { arrivals.signal() }
        return admission
    }

    /// Runs `body` with the log, between two batches: compaction, questions. It holds up every group meanwhile. A fatal
    /// error that it throws ends the thread; any other is its own to report.
    public func visit(_ body: @escaping @Sendable (WriteAheadLog) throws(LogError) -> Void) -> Admission {
        let (admission, wakes) = queue.withLock { queue in
            if queue.isStopping { return (Admission.stopped, false) }
            queue.work.append(.visit(body))
            defer { queue.isWaiting = false }
            return (.accepted, queue.isWaiting)
        }
        if wakes { arrivals.signal() }
        return admission
    }

    public var counters: LogCounters { queue.withLock { $0.counters } }

    /// Whether the node should go on proposing.
    public var space: LogSpace { queue.withLock { $0.space } }

    /// Writes what waits, ends the thread and waits for its end; once, after ``start()``.
    public func stop() {
        queue.withLock { queue in
            queue.isStopping = true
            queue.isWaiting = false
        }
        arrivals.signal()
        ended.wait()
    }

    // MARK: on the log's thread

    private func run() {
        defer { ended.signal() }
        let failure: LogError? = log.withLock { log in
            guard let log else { return nil }
            defer { log.close() }
            do throws(LogError) {
                try serve(log)
                return nil
            } catch {
                return error
            }
        }
        if let failure {
            queue.withLock { queue in
                queue.isStopping = true
                queue.work = []
            }
            die(failure)
        }
    }

    private func serve(_ log: WriteAheadLog) throws(LogError) {
        var isMarkOpen = false
        var refusedRound: UInt64 = 0
        while true {
            let batch = take()
            if batch.isEmpty {
                if queue.withLock({ $0.isStopping }) { break }
                if try prepare(log) { continue }
                if !wait(isMarkOpen ? settings.idle : nil), isMarkOpen {
                    try log.syncMark()
                    isMarkOpen = false
                }
                continue
            }
            try write(batch, log, &refusedRound)
            isMarkOpen = true
            if log.needsPreparation { _ = try prepare(log) }
        }
        if isMarkOpen { try log.syncMark() }
    }

    /// What waits, up to the cap.
    private func take() -> [Work] {
        queue.withLock { queue in
            var bytes = 0
            var count = 0
            for work in queue.work {
                if case .items(_, let size, _, _) = work {
                    if count > 0, bytes + size > settings.batchBytes { break }
                    bytes += size
                }
                count += 1
            }
            let batch = Array(queue.work.prefix(count))
            queue.work.removeFirst(count)
            queue.bytes -= bytes
            return batch
        }
    }

    /// - Returns: false when time ran out.
    private func wait(_ limit: Duration?) -> Bool {
        let isIdle = queue.withLock { queue in
            guard queue.work.isEmpty, !queue.isStopping else { return false }
            queue.isWaiting = true
            return true
        }
        guard isIdle else { return true }
        guard let limit else {
            arrivals.wait()
            return true
        }
        let (seconds, attoseconds) = limit.components
        let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        return arrivals.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success
    }

    private func prepare(_ log: WriteAheadLog) throws(LogError) -> Bool {
        let isUnfinished = try log.prepare()
        let space = log.space
        queue.withLock { $0.space = space }
        return isUnfinished
    }

    private func write(_ batch: [Work], _ log: WriteAheadLog, _ refusedRound: inout UInt64) throws(LogError) {
        var items: [LogItem] = []
        var completions: [@Sendable (Outcome) -> Void] = []
        var bytes = 0
        for work in batch {
            if case .items(let some, let size, let round, let completion) = work {
                guard round ?? .max > refusedRound else {
                    refuse(.reserve, completion)
                    continue
                }
                items += some
                bytes += size
                completions.append(completion)
            }
        }
        if !completions.isEmpty {
            do throws(LogError) { try log.append(items) } catch {
                guard !error.isFatal else { throw error }
                completions = try writeOneByOne(batch, log, &refusedRound)
            }
            try finish(completions, count: items.count, bytes: bytes, log)
        }
        for work in batch {
            if case .visit(let body) = work {
                do throws(LogError) { try body(log) } catch {
                    if error.isFatal { throw error }
                }
            }
        }
    }

    /// One submission was refused; the others shall not suffer for it.
    private func writeOneByOne(
        _ batch: [Work], _ log: WriteAheadLog, _ refusedRound: inout UInt64
    ) throws(LogError) -> [@Sendable (Outcome) -> Void] {
        var written: [@Sendable (Outcome) -> Void] = []
        let refusedBefore = refusedRound
        for work in batch {
            guard case .items(let items, _, let round, let completion) = work, round ?? .max > refusedBefore else {
                continue
            }
            guard round ?? .max > refusedRound else {
                refuse(.reserve, completion)
                continue
            }
            do throws(LogError) {
                try log.append(items)
                written.append(completion)
            } catch {
                guard !error.isFatal else { throw error }
                refusedRound = max(refusedRound, round ?? 0)
                refuse(error, completion)
            }
        }
        return written
    }

    private func refuse(_ error: LogError, _ completion: @Sendable (Outcome) -> Void) {
        queue.withLock { $0.counters.refused += 1 }
        completion(.refused(error))
    }

    private func finish(
        _ completions: [@Sendable (Outcome) -> Void], count: Int, bytes: Int, _ log: WriteAheadLog
    ) throws(LogError) {
        if fault == .acknowledgeBeforeDurable { for completion in completions { completion(.durable) } }
        let begin = ContinuousClock.now
        _ = try log.sync()
        let duration = ContinuousClock.now - begin
        queue.withLock { queue in
            queue.counters.batches += 1
            queue.counters.items += UInt64(count)
            queue.counters.bytes += UInt64(bytes)
            queue.counters.syncs += 1
            queue.counters.syncTime.add(duration)
            queue.space = log.space
        }
        if fault != .acknowledgeBeforeDurable { for completion in completions { completion(.durable) } }
    }
}
