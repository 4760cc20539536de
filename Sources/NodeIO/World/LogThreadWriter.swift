public import Cluster
public import NodeLog

/// Lets the groups of a node write through the thread that owns its log.
public final class LogThreadWriter: LogWriter {
    private let thread: LogThread

    public init(_ thread: LogThread) { self.thread = thread }

    public func write(_ items: [LogItem], done: @escaping @Sendable () -> Void) -> Bool {
        let admission = thread.submit(items) { outcome in
            // What the log refuses is neither written nor acknowledged; its group waits, and serves no writes.
            if case .durable = outcome { done() }
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
