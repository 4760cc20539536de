internal import JSONDocuments

/// The OpenAPI 3.1 description of a table of routes.
enum OpenAPIDocument {
    static func make(_ routes: [Route], version: String) -> JSONValue {
        var paths: [(template: String, operations: [JSONValue.Member])] = []
        for route in routes {
            let operation = JSONValue.Member(route.method.lowercased(), operation(route))
            if let index = paths.firstIndex(where: { $0.template == route.template }) {
                paths[index].operations.append(operation)
            } else {
                paths.append((route.template, [operation]))
            }
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Tandem", "version": .text(version),
                "description": .text(about),
            ],
            "paths": .object(paths.map { .init($0.template, .object($0.operations)) }),
            "components": [
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"]],
                "parameters": [
                    "Trace": header(
                        RequestTrace.header, "The caller's place in a trace; one that cannot be read is ignored.",
                        maximum: 512)
                ],
                "schemas": ["Problem": Schema.problem.openAPI],
                "responses": .object(problems.map { .init($0.name, problem($0.note)) }),
            ],
        ]
    }

    private static let about =
        "Routing of a contact centre's conversations. Any node answers any request, and names its trace in traceparent."

    private static let problems: [(name: String, status: Int, note: String)] = [
        ("Malformed", 400, "The request, or its JSON, cannot be read."),
        ("Unauthorized", 401, "A valid bearer token is needed."),
        ("Forbidden", 403, "The token does not allow it."),
        ("NotFound", 404, "There is no such thing, or it is outside the token's divisions."),
        ("NotAcceptable", 406, "Accept names none of the forms of the answer."),
        ("Conflict", 409, "The present state does not allow it."),
        ("Gone", 410, "It is too late."),
        ("PreconditionFailed", 412, "If-Match or If-None-Match does not hold."),
        ("TooLarge", 413, "The body has more than 1 MiB, or holds more than one step of the log takes."),
        ("UnsupportedMediaType", 415, "The body is no JSON in UTF-8."),
        ("Invalid", 422, "Fields break rules, or the Idempotency-Key came with another body before."),
        ("Failed", 500, "The node failed; it may have happened."),
        ("NotExecuted", 503, "Nothing happened; Retry-After tells when to try again."),
        ("OutcomeUnknown", 504, "It may have happened: repeat with the same Idempotency-Key."),
    ]

    private static func problem(_ note: String) -> JSONValue {
        [
            "description": .text(note),
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
    }

    private static func operation(_ route: Route) -> JSONValue {
        .fields([
            "operationId": .text(identifier(route)), "summary": .text(route.summary),
            "x-roles": .list(route.roles.map { .text($0.rawValue) }),
            "security": route.isPublic ? [] : [["token": []]],
            "parameters": .list(parameters(route)), "requestBody": body(route), "responses": responses(route),
        ])
    }

    /// `GET /api/v1/queues/{id}/waiting` becomes `getQueuesWaiting`; ids become `One`.
    private static func identifier(_ route: Route) -> String {
        let parts = route.template.replacing("/api/v1", with: "").split { !$0.isLetter && $0 != "{" && $0 != "}" }
        let words = parts.map { $0.hasPrefix("{") ? "One" : $0.prefix(1).uppercased() + $0.dropFirst() }
        return route.method.lowercased() + words.joined()
    }

    private static func parameters(_ route: Route) -> [JSONValue] {
        var all = route.segments.filter { $0.hasPrefix("{") }.map { segment -> JSONValue in
            [
                "name": .text(String(segment.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": ["type": "string", "minLength": 1, "maxLength": 512],
            ]
        }
        all += route.query.map { parameter in
            [
                "name": .text(parameter.name), "in": "query", "required": .flag(parameter.isRequired),
                "description": .text(parameter.note), "schema": parameter.schema.openAPI,
            ]
        }
        if route.isKeyed {
            all.append(header("Idempotency-Key", "Makes a repetition safe for 24 hours.", maximum: 255))
        }
        if route.isConditional, route.method != "GET" {
            all.append(header("If-Match", "The ETag that is replaced, or * for any.", maximum: 1_024))
            all.append(header("If-None-Match", "* to create only.", maximum: 1_024))
        }
        if route.answers.contains(where: { $0.contentType == Route.eventStream }) {
            all.append(header("Last-Event-ID", "The id of the last event seen.", maximum: 65_536))
        }
        all.append(["$ref": "#/components/parameters/Trace"])
        return all
    }

    private static func header(_ name: String, _ note: String, maximum: Int64) -> JSONValue {
        [
            "name": .text(name), "in": "header", "required": false, "description": .text(note),
            "schema": ["type": "string", "minLength": 1, "maxLength": .integer(maximum)],
        ]
    }

    private static func body(_ route: Route) -> JSONValue? {
        switch route.body {
        case .unread: nil
        case .json(let schema):
            ["required": true, "content": ["application/json": ["schema": schema.openAPI]]]
        case .empty:
            ["required": false, "content": ["application/json": ["schema": Schema.noFields.openAPI]]]
        }
    }

    private static func responses(_ route: Route) -> JSONValue {
        var all = route.answers.map { answer in
            JSONValue.Member(
                "\(answer.status)",
                .fields([
                    "description": .text(answer.note),
                    "headers": route.isConditional && answer.status < 204
                        ? ["ETag": ["schema": ["type": "string"]]] : nil,
                    "content": content(answer),
                ]))
        }
        all += problems.filter { route.problemStatuses.contains($0.status) }.map { problem in
            .init("\(problem.status)", ["$ref": .text("#/components/responses/\(problem.name)")])
        }
        return .object(all)
    }

    private static func content(_ answer: Route.Answer) -> JSONValue? {
        if let schema = answer.schema { return .object([.init(answer.contentType, ["schema": schema.openAPI])]) }
        guard answer.contentType != "application/json" else { return nil }
        return .object([.init(answer.contentType, ["schema": ["type": "string"]])])
    }
}

extension Route {
    /// The problems that the route may answer with.
    var problemStatuses: Set<Int> {
        var statuses: Set<Int> = [400, 406, 500]
        if !isPublic { statuses.formUnion([401, 403, 503, 504]) }
        if template.hasSuffix("/readyz") { statuses.insert(503) }
        if template.contains("{") || template.hasSuffix("/events") { statuses.insert(404) }
        if isConditional, method != "GET" { statuses.insert(412) }
        if method == "POST" || method == "DELETE" { statuses.insert(409) }
        if template.contains("/offers/") { statuses.insert(410) }
        if template.hasSuffix("/conversations") || !query.filter({ $0.name == "drainTo" }).isEmpty {
            statuses.insert(422)
        }
        switch body {
        case .unread: break
        case .json, .empty: statuses.formUnion([413, 415, 422])
        }
        return statuses
    }
}
