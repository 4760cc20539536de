/// Why there is no answer to a request. An answer with an error status is not an error of this type.
public enum APIClientError: Error, Sendable, Equatable {
    /// No connection, or it ended before the answer was complete. The text says whether the request had been sent: if it
    /// had, it may have been carried out, so repeat a POST with the same `Idempotency-Key`.
    case notReachable(String)
    /// The time limit passed first. The request may have been carried out: repeat a POST with the same `Idempotency-Key`.
    case timedOut
    /// What came is not an answer of the expected form. The request may have been carried out.
    case malformedResponse(String)
    /// The answer, an event, or the events nobody read are above the limits of ``ClientLimits``.
    case tooLarge
}

extension APIClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notReachable(let reason): "not reachable: \(reason)"
        case .timedOut: "no answer in time; the operation may still go on"
        case .malformedResponse(let reason): "unexpected answer: \(reason)"
        case .tooLarge: "the answer is larger than this client accepts"
        }
    }
}
