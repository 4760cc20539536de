internal import JSONDocuments

/// One method of one path: what it takes and gives, who may use it, and what it does.
///
/// The table of routes is also the source of the OpenAPI document.
struct Route: Sendable {
    typealias Handler = @Sendable (APIRequest, APIServices) async throws -> APIAnswer

    enum Body: Sendable {
        /// GET and DELETE: whatever is sent is not read.
        case unread
        case json(Schema)
        /// An empty body or an empty object.
        case empty
    }

    struct QueryParameter: Sendable {
        let name: String
        let schema: Schema
        let note: String
        var isRequired = false
    }

    struct Answer: Sendable {
        let status: Int
        let note: String
        let schema: Schema?
        var contentType = "application/json"
    }

    let method: String
    let template: String
    let summary: String
    /// Empty: no token is needed.
    let roles: [Role]
    var query: [QueryParameter] = []
    var body = Body.unread
    /// Takes `If-Match` and `If-None-Match`, gives `ETag`.
    var isConditional = false
    let answers: [Answer]
    let handler: Handler

    var isPublic: Bool { roles.isEmpty }
    /// Every POST takes an `Idempotency-Key`.
    var isKeyed: Bool { method == "POST" }
    /// HEAD goes where GET goes, but for streams.
    var takesHead: Bool { method == "GET" && !answers.contains { $0.contentType == Self.eventStream } }
    var segments: [Substring] { template.split(separator: "/", omittingEmptySubsequences: true) }

    static let base = "/api/v1"
    static let eventStream = "text/event-stream"
}

extension Route.QueryParameter {
    static let limit = Route.QueryParameter(
        name: "limit", schema: .integer(1...500), note: "Items of one page; 50 when absent.")
    static let cursor = Route.QueryParameter(
        name: "cursor", schema: .text(1...1_024), note: "nextCursor of the page before.")
    static let sort = Route.QueryParameter(
        name: "sort", schema: .choice(["id"]), note: "Lists are in order of their ids.")
    static let page = [limit, cursor, sort]
}
