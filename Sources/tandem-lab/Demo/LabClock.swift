/// The one monotonic clock of a recorded run.
struct LabClock: Sendable {
    private let origin = ContinuousClock.now

    /// Microseconds since the clock was made.
    var now: Int64 { (ContinuousClock.now - origin).microseconds }

    /// Sleeps until the clock shows `time`, or the task is cancelled.
    func sleep(until time: Int64) async throws {
        let left = time - now
        if left > 0 { try await Task.sleep(for: .microseconds(left)) }
    }
}

extension Duration {
    /// The whole microseconds of this duration.
    var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
