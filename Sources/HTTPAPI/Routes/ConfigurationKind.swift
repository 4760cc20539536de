internal import JSONDocuments
import Primitives
import Routing

/// One kind of configuration document: how it is found, read, written and removed. Makes the routes of its kind.
struct ConfigurationKind: Sendable {
    /// A document as it stands.
    struct Entry: Sendable {
        let version: UInt64
        let division: String
        let view: JSONValue
    }

    let plural: String
    let singular: String
    let schema: Schema
    let view: Schema
    /// The answer of GET for one: nil is ``view``.
    var liveView: Schema?
    let ids: @Sendable (CentreState) -> [String]
    let find: @Sendable (CentreState, String) -> Entry?
    /// Throws a 422 problem for what the schema cannot see.
    let change: @Sendable (String, JSONValue, CentreState) throws(Problem) -> CentreChange.What
    let removal: @Sendable (String) -> CentreChange.What
    /// Throws when the document must stay.
    var checkRemoval: @Sendable (String, CentreState, APIServices) async throws -> Void = { _, _, _ in }
    /// Adds what the entity itself knows.
    var enrich: (@Sendable (JSONValue, String, APIServices) async throws -> JSONValue)?
    /// Roles that may read, beside those that read everything.
    var readers: [Role] = []
    var removalQuery: [Route.QueryParameter] = []

    var routes: [Route] {
        let one = "\(Route.base)/\(plural)/{id}"
        let readers = Role.everyReaderAnd(readers)
        return [
            Route(
                method: "GET", template: "\(Route.base)/\(plural)", summary: "List \(plural)", roles: .everyReader,
                query: Route.QueryParameter.page, answers: [.init(status: 200, note: "A page.", schema: .page(view))],
                handler: list),
            Route(
                method: "GET", template: one, summary: "Read one of the \(plural)", roles: readers,
                isConditional: true,
                answers: [.init(status: 200, note: "The document as it is now.", schema: liveView ?? view)],
                handler: read),
            Route(
                method: "PUT", template: one, summary: "Create or replace one of the \(plural)", roles: [.admin],
                body: .json(schema), isConditional: true,
                answers: [
                    .init(status: 200, note: "Replaced, or unchanged.", schema: view),
                    .init(status: 201, note: "Created.", schema: view),
                ], handler: write),
            Route(
                method: "DELETE", template: one, summary: "Remove one of the \(plural)", roles: [.admin],
                query: removalQuery, isConditional: true,
                answers: [.init(status: 204, note: "Removed.", schema: nil)], handler: remove),
        ]
    }

    private func missing(_ id: String) -> Problem { .notFound("\(singular) '\(id.prefix(64))'") }

    private func list(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let paging = try Paging(request)
        let centre = try await services.centre()
        let visible = ids(centre).filter { id in
            find(centre, id).map { request.principal.sees(division: $0.division) } ?? false
        }
        return APIAnswer(200, paging.page(visible, at: services.now) { find(centre, $0)?.view })
    }

    private func entry(_ request: APIRequest, _ centre: CentreState) throws(Problem) -> Entry {
        let id = request.parameter("id")
        guard let entry = find(centre, id), request.principal.sees(division: entry.division) || isOwn(id, request)
        else { throw missing(id) }
        return entry
    }

    private func isOwn(_ id: String, _ request: APIRequest) -> Bool {
        readers.contains(.agent) && request.principal.agent?.key == id
    }

    private func read(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let id = request.parameter("id")
        if readers.contains(.agent) { try request.principal.limit(to: AgentID(id)) }
        let entry = try entry(request, try await services.centre())
        let body = try await enrich?(entry.view, id, services) ?? entry.view
        return APIAnswer(200, body).tagged(entry.version)
    }

    private func write(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let id = request.parameter("id")
        guard id.isIdentifier else {
            throw Problem.invalid(
                "/id", "the id in the path must be 1 to 64 characters of letters, digits, '.', '_', '-'")
        }
        if let written = request.body["id"]?.text, written != id {
            throw Problem.invalid("/id", "must be the id of the path, '\(id)'")
        }
        var centre = try await services.centre()
        let what = try change(id, request.body, centre)
        let expected = try request.expectedVersion(current: find(centre, id)?.version)
        let reply = try await services.ask(.put(what, expected: expected))
        guard case .stored(let version, let created) = reply else { throw Problem(reply, missing: missing(id)) }
        centre.apply(CentreChange(version: version, what: what), at: services.now)
        guard let entry = find(centre, id) else { throw Problem.failure() }
        let answer = APIAnswer(created ? 201 : 200, entry.view).tagged(version)
        return created ? answer.with("Location", "\(Route.base)/\(plural)/\(id)") : answer
    }

    private func remove(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let id = request.parameter("id")
        if request.query["drainTo"] != nil { throw Problem.notYetSupported("Removing with drainTo") }
        let centre = try await services.centre()
        let entry = try entry(request, centre)
        let expected = try request.expectedVersion(current: entry.version)
        try await checkRemoval(id, centre, services)
        let reply = try await services.ask(.put(removal(id), expected: expected))
        switch reply {
        case .removed: return .noContent
        case .refused(let references):
            throw Problem.conflict(
                "The \(singular) is in use: \(references.map(\.detail).joined(separator: "; "))")
        default: throw Problem(reply, missing: missing(id))
        }
    }
}

extension Role {
    static func everyReaderAnd(_ others: [Role]) -> [Role] { [Role].everyReader + others }
}

extension Problem {
    /// The answer to a reply of the centre that is not the wanted one.
    init(_ reply: CentreReply, missing: Problem, pointerPrefix: String = "") {
        switch reply {
        case .unknown: self = missing
        case .versionMismatch(let current):
            self = .preconditionFailed("Its version is \(current == 0 ? "none: it does not exist" : "\(current)") now")
        case .refused(let references):
            self = .invalid(references.map { FieldProblem(pointerPrefix + $0.pointer, $0.detail) })
        case .done, .stored, .removed, .changes: self = .failure()
        }
    }
}

extension APIRequest {
    /// The version that a write replaces, from `If-Match` and `If-None-Match`; nil writes whatever is there.
    /// - Throws: a 412 problem when the condition is false already.
    func expectedVersion(current: UInt64?) throws(Problem) -> UInt64? {
        switch try VersionCondition(ifNoneMatch) {
        case .none: break
        case .any:
            guard current == nil else { throw .preconditionFailed("It exists already") }
            return 0
        case .versions(let versions):
            if let current, versions.contains(current) { throw .preconditionFailed("Its version is \(current) now") }
        }
        switch try VersionCondition(ifMatch) {
        case .none: return nil
        case .any:
            guard let current else { throw .preconditionFailed("It does not exist") }
            return current
        case .versions(let versions):
            guard let current, versions.contains(current) else {
                throw .preconditionFailed("Its version is \(current.map(String.init) ?? "none: it does not exist") now")
            }
            return current
        }
    }
}
