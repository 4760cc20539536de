public import NodeLog

/// What became of a write.
public enum WriteOutcome: Sendable, Equatable {
    /// It is on stable storage.
    case durable
    /// Nothing of it was written, for lack of space: try again later, in order.
    case refused
    /// Nothing of it was written, and waiting does not help: a defect of the caller.
    case failed(LogError)
}

/// Puts what groups want written on stable storage: a thread of its own over the node's log, or the simulator's disk.
public protocol LogWriter: AnyObject, Sendable {
    /// Hands items over; those of one call are written together and in order of the calls.
    /// - Parameters:
    ///   - round: nil for what the log keeps a reserve for. Once something of a round is refused, everything of that
    ///     round and of earlier ones that comes behind it is, too, so that nothing overtakes what waits.
    ///   - done: called on any thread with what became of them, and never if the process ends before.
    /// - Returns: false when too much waits already; nothing of it will be written then.
    func write(_ items: [LogItem], round: UInt64?, done: @escaping @Sendable (WriteOutcome) -> Void) -> Bool

    /// Makes the segments that nobody needs free for use again.
    /// - Parameters:
    ///   - segments: so many full ones may stay.
    ///   - done: gets the groups whose entries keep more from being freed; called on any thread.
    func compact(keeping segments: Int, done: @escaping @Sendable (_ pinning: [UInt32]) -> Void)
}
