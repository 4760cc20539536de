import Cluster
internal import JSONDocuments

/// An answer that says why a request was not carried out (RFC 9457).
struct Problem: Error, Sendable {
    let status: Int
    /// The kind of problem: a short name that programs may compare.
    let type: String
    let title: String
    let detail: String
    var fields: [FieldProblem] = []
    var headers: [(name: String, value: String)] = []

    init(_ status: Int, _ type: String, _ title: String, _ detail: String) {
        self.status = status
        self.type = type
        self.title = title
        self.detail = detail
    }

    /// - Parameter trace: the id of the request's trace, for whoever looks for it in the nodes' logs.
    func body(trace: String) -> JSONValue {
        .fields([
            "type": .text(type), "title": .text(title), "status": .integer(Int64(status)), "detail": .text(detail),
            "traceId": .text(trace),
            "errors": fields.isEmpty
                ? nil : .list(fields.map { ["pointer": .text($0.pointer), "detail": .text($0.detail)] }),
        ])
    }
}

extension Problem {
    static let retryAfterSeconds = 1

    static func malformed(_ detail: String) -> Problem {
        Problem(400, "malformed-request", "The request cannot be read", "\(detail). Nothing changed.")
    }

    static func malformedJSON(_ detail: String) -> Problem {
        Problem(400, "malformed-json", "The body is not the JSON that is accepted here", "\(detail). Nothing changed.")
    }

    static func unauthorized(_ detail: String) -> Problem {
        var problem = Problem(401, "unauthorized", "A valid bearer token is needed", "\(detail). Nothing changed.")
        problem.headers = [("WWW-Authenticate", "Bearer realm=\"tandem\"")]
        return problem
    }

    static func forbidden(_ detail: String) -> Problem {
        Problem(403, "forbidden", "The token does not allow this", "\(detail). Nothing changed.")
    }

    static func notFound(_ what: String) -> Problem {
        Problem(404, "not-found", "There is no such thing", "There is no \(what), or the token may not see it.")
    }

    static func methodNotAllowed(_ method: String, _ allowed: [String]) -> Problem {
        var problem = Problem(
            405, "method-not-allowed", "The path has no such method",
            "\(method) is not possible here. Use one of \(allowed.joined(separator: ", ")).")
        problem.headers = [("Allow", allowed.joined(separator: ", "))]
        return problem
    }

    static func notAcceptable(_ offered: String) -> Problem {
        Problem(
            406, "not-acceptable", "The answer has another form", "Only \(offered) can be answered. Nothing changed.")
    }

    static func conflict(_ detail: String, state: String = "Nothing changed") -> Problem {
        Problem(409, "conflict", "The present state does not allow this", "\(detail). \(state).")
    }

    static func gone(_ detail: String) -> Problem {
        Problem(410, "gone", "It is too late for this", "\(detail). Nothing changed.")
    }

    static func preconditionFailed(_ detail: String) -> Problem {
        Problem(
            412, "precondition-failed", "The document has changed",
            "\(detail). Nothing changed. Read it again, and repeat the change on it.")
    }

    static func tooLarge(_ limit: Int) -> Problem {
        Problem(413, "content-too-large", "The body is too large", "At most \(limit) bytes are read. Nothing changed.")
    }

    static func unsupportedMediaType(_ detail: String) -> Problem {
        Problem(
            415, "unsupported-media-type", "The body has another form", "\(detail). Send application/json in UTF-8.")
    }

    static func invalid(_ fields: [FieldProblem]) -> Problem {
        let count = fields.count == 1 ? "One field breaks" : "\(fields.count) fields break"
        var problem = Problem(
            422, "invalid-fields", "The content breaks a rule", "\(count) the rules; see errors. Nothing changed.")
        problem.fields = fields
        return problem
    }

    static func invalid(_ pointer: String, _ detail: String) -> Problem { .invalid([FieldProblem(pointer, detail)]) }

    static func notYetSupported(_ what: String) -> Problem {
        Problem(422, "not-yet-supported", "This version cannot do it", "\(what): not yet supported. Nothing changed.")
    }

    static func keyReused() -> Problem {
        Problem(
            422, "idempotency-key-reused", "The key belongs to another request",
            "This Idempotency-Key came with another body before. Nothing changed. Use a new key.")
    }

    static func contentTooLarge() -> Problem {
        Problem(
            413, "content-too-large", "It does not fit",
            "The request holds more than one step of the log takes. Nothing changed.")
    }

    static func notExecuted(_ detail: String) -> Problem {
        var problem = Problem(
            503, "not-executed", "The cluster cannot do it now", "\(detail). Nothing changed. Try again.")
        problem.headers = [("Retry-After", "\(retryAfterSeconds)")]
        return problem
    }

    static func outcomeUnknown(_ detail: String, title: String = "It may have happened") -> Problem {
        Problem(
            504, "outcome-unknown", title,
            "\(detail). Repeat the request with the same Idempotency-Key, or read the state.")
    }

    /// Looks at what a command has changed. Where that cannot be looked at now, the answer must not be that nothing changed.
    static func afterChange<Answer>(_ look: () async throws -> Answer) async throws -> Answer {
        do {
            return try await look()
        } catch CallError.notExecuted(let reason) {
            throw Problem.outcomeUnknown("\(reason)".sentence, title: "It is done, and cannot be shown now")
        }
    }

    static func failure() -> Problem {
        Problem(
            500, "internal-error", "The node failed at this request",
            "It may have happened. Read the state; the node's log has the reason.")
    }

    /// The answer to a call that has no reply.
    init(_ error: CallError) {
        switch error {
        case .notExecuted(let reason): self = .notExecuted("\(reason)".sentence)
        case .outcomeUnknown(let reason): self = .outcomeUnknown(reason.sentence)
        case .keyReused: self = .keyReused()
        case .tooLarge: self = .contentTooLarge()
        case .malformed: self = .failure()
        }
    }
}

extension Problem {
    /// The answer to any error of a route.
    init(any error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as CallError: self = Problem(error)
        case is CancellationError: self = .outcomeUnknown("The node is stopping")
        default: self = .failure()
        }
    }
}

extension String {
    /// With a capital letter in front.
    fileprivate var sentence: String { prefix(1).uppercased() + dropFirst() }
}
