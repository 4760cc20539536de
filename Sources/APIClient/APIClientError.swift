/// Why there is no answer to a request. An answer with an error status is not an error of this type.
public enum APIClientError: Error, Sendable, Equatable {
    /// No connection: nothing was sent.
    case notReachable(String)
    /// The connection ended before the answer was complete. The request may have been carried out: repeat a POST with the
    /// same `Idempotency-Key`.
    case connectionLost(String)
    /// The time limit passed first. The request may have been carried out: repeat a POST with the same `Idempotency-Key`.
    case timedOut
    /// What came is not an answer of the expected form. The request may have been carried out.
    case malformedResponse(String)
    /// The answer, an event, or the events nobody read are above the limits of ``ClientLimits``.
    case tooLarge
}

extension APIClientError {
    /// Whether there was no connection, or none for long enough.
    public var isOfConnection: Bool {
        switch self {
        case .notReachable, .connectionLost: true
        case .timedOut, .malformedResponse, .tooLarge: false
        }
    }
}

extension APIClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notReachable(let reason): "not reachable: \(reason)"
        case .connectionLost(let reason): "the connection was lost: \(reason)"
        case .timedOut: "no answer in time; the operation may still go on"
        case .malformedResponse(let reason): "unexpected answer: \(reason)"
        case .tooLarge: "the answer is larger than this client accepts"
        }
    }
}
