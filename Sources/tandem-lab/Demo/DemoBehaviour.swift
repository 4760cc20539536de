/// How simulated agents behave. Server timers run in real time, so these are real times too.
enum DemoBehaviour {
    /// Between the ring and the answer, in milliseconds.
    static let answerMilliseconds: ClosedRange<Int64> = 100...500
    /// Offers that an agent declines, of a thousand.
    static let declinedPerThousand = 30
    /// Offers that an agent does not hear, of a thousand.
    static let ignoredPerThousand = 10
    /// Wrap-ups that an agent leaves to the server's timer, of a thousand.
    static let lateWrapUpPerThousand = 80
    /// Share of the allowed time that an agent needs for its wrap-up, in per cent.
    static let wrapUpPercent: ClosedRange<Int64> = 20...70
    /// Before an agent that missed a ring is back, in milliseconds.
    static let backMilliseconds: ClosedRange<Int64> = 200...1_000
    /// Handle time where the conversation is none of this run, in microseconds.
    static let strangerMicroseconds: Int64 = 1_000_000
}
