public import Primitives
internal import Synchronization

/// How much a node says of traced requests: whoever has every request traced does not fill its disk.
public final class TraceLimit: Sendable {
    /// Lines in a second of the clock.
    public static let linesPerSecond = 100

    private struct State {
        var second: Int64 = 0
        var lines = 0
        var leftOut: UInt64 = 0
        /// Of these, how many no line has told of.
        var untold: UInt64 = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// Asks for one more line.
    /// - Returns: how many were left out since the one before; nil when this one is left out too.
    public func admit(at now: Instant) -> UInt64? {
        state.withLock { state in
            let second = now.microseconds / 1_000_000
            if second != state.second {
                state.second = second
                state.lines = 0
            }
            guard state.lines < Self.linesPerSecond else {
                state.leftOut += 1
                state.untold += 1
                return nil
            }
            state.lines += 1
            defer { state.untold = 0 }
            return state.untold
        }
    }

    /// Lines left out since the start.
    public var leftOut: UInt64 { state.withLock { $0.leftOut } }
}
