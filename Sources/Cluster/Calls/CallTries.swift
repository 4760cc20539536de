package import Primitives

/// The tries of one call: which failure is tried again, for how long, and what the caller is told in the end.
///
/// What was certainly not executed is tried again for ``TandemSystem/holdTime``; an unknown outcome only where a
/// repetition is harmless, until the caller's patience ends. Once the outcome of one try is unknown, so is that of the
/// call, whatever becomes of later tries, until one of them has a reply.
package struct CallTries: Sendable {
    package enum Next: Sendable, Equatable {
        case again(after: Span)
        case fail(CallError)
    }

    private static let firstPause = Span.milliseconds(20)
    private static let longestPause = Span.milliseconds(200)

    private let patience: Span
    private let mayRepeat: Bool
    private var pause = Self.firstPause
    private var firstFailure: Instant?
    private var unknown: CallError?

    /// - Parameters:
    ///   - patience: for how long after the first failure it is tried again. Each try has as much by itself.
    ///   - mayRepeat: it is a read, or carries a key.
    package init(patience: Span, mayRepeat: Bool) {
        self.patience = patience
        self.mayRepeat = mayRepeat
    }

    package mutating func next(after error: CallError, at now: Instant) -> Next {
        let waited = now - (firstFailure ?? now) + pause
        firstFailure = firstFailure ?? now
        let limit: Span
        switch error {
        case .keyReused, .tooLarge, .malformed: return .fail(error)
        case .notExecuted: limit = unknown == nil ? min(TandemSystem.holdTime, patience) : patience
        case .outcomeUnknown:
            unknown = error
            limit = mayRepeat ? patience : .zero
        }
        guard waited < limit else { return .fail(unknown ?? error) }
        defer { pause = min(pause * 2, Self.longestPause) }
        return .again(after: pause)
    }
}
