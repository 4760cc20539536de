/// The bounds of everything that the demo waits for, tries again or keeps.
enum DemoLimits {
    /// A call that is not answered is tried again with the same key until this long after its first try.
    static let retrying: Duration = .seconds(40)
    /// Pause before the second try; doubles with each further one.
    static let firstPause: Duration = .milliseconds(50)
    static let longestPause: Duration = .seconds(2)
    /// For the answer to one try.
    static let answer: Duration = .seconds(10)
    /// All agents must be on queue by then.
    static let signIn: Duration = .seconds(60)
    /// After the last customer gave up or was answered, everything must have ended by then.
    static let drain: Duration = .seconds(150)
    /// An agent's desktop looks at its agent so often.
    static let refresh: Duration = .seconds(5)
    /// Longest wait for the state `notResponding` after an alert that was ignored, and for the news that it is over.
    static let unanswered: Duration = .seconds(30)
    /// Longest wait for an own segment to reach wrap-up.
    static let wrapUp: Duration = .seconds(3)
    /// Pause before a lost event stream is opened again.
    static let reopen: Duration = .milliseconds(250)
    /// Reads under way at once in the final check.
    static let finalReads = 16
    /// Bytes of history that are collected before they are written.
    static let historyBuffer = 64 * 1024
    /// Most interactions of one run.
    static let interactions = 1_000_000
}
