public import Cluster
public import NodeLog

/// Lets the groups of a node write through the thread that owns its log.
public final class LogThreadWriter: LogWriter {
    private let thread: LogThread

    public init(_ thread: LogThread) { self.thread = thread }

    public func write(
        _ items: [LogItem], round: UInt64?, done: @escaping @Sendable (WriteOutcome) -> Void
    ) -> Bool {
        let admission = thread.submit(items, round: round) { outcome in
            switch outcome {
            case .durable: done(.durable)
            case .refused(.reserve): done(.refused)
            case .refused(let error): done(.failed(error))
            }
        }
        return admission != .queueFull
    }

    public func compact(keeping segments: Int, done: @escaping @Sendable ([UInt32]) -> Void) {
        _ = thread.visit { log throws(LogError) in
            _ = try log.compact()
            done(log.groupsPinning(oldest: max(0, log.olderSegments - segments)))
        }
    }
}
