public import NodeLog

/// Puts what groups want written on stable storage: a thread of its own over the node's log, or the simulator's disk.
public protocol LogWriter: AnyObject, Sendable {
    /// Hands items over; those of one call are written together and in order of the calls.
    /// - Parameter done: called on any thread once they are durable, and never if the process ends before.
    /// - Returns: false when too much waits already; nothing of it will be written then.
    func write(_ items: [LogItem], done: @escaping @Sendable () -> Void) -> Bool

    /// Makes the segments that nobody needs free for use again.
    /// - Parameters:
    ///   - segments: so many full ones may stay.
    ///   - done: gets the groups whose entries keep more from being freed; called on any thread.
    func compact(keeping segments: Int, done: @escaping @Sendable (_ pinning: [UInt32]) -> Void)
}
