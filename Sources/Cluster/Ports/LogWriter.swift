public import NodeLog

/// Puts what groups want written on stable storage: a thread of its own over the node's log, or the simulator's disk.
public protocol LogWriter: AnyObject, Sendable {
    /// Hands items over; those of one call are written together and in order of the calls.
    /// - Parameter done: called on any thread once they are durable, and never if the process ends before.
    /// - Returns: false when too much waits already; nothing of it will be written then.
    func write(_ items: [LogItem], done: @escaping @Sendable () -> Void) -> Bool
}
