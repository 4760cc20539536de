import Cluster
import Hummingbird
import HummingbirdCore
internal import JSONDocuments
import Logging
import NIOCore
import Primitives
import SecureTransport

/// Takes a request through its checks to its route, and makes a response of whatever comes back.
///
/// Order of the checks: path, method, token, role, `Accept`, query, headers, size, type and form of the body, fields.
struct APIResponder: HTTPResponder {
    typealias Context = APIContext
    /// Bytes of a request body.
    static let bodyLimit = 1 << 20

    private let table: RouteTable
    private let services: APIServices

    init(table: RouteTable, services: APIServices) {
        self.table = table
        self.services = services
    }

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let isHead = request.head.method == .head
        let trace = RequestTrace(continuing: request.head.headerFields.value(RequestTrace.header))
        let began = services.now
        // Who may not ask has no line of the trace, or anybody could fill the log.
        var isAdmitted = false
        do {
            let admitted = try admit(request)
            isAdmitted = !admitted.route.isPublic
            let answer = try await answer(request, admitted, context, trace)
            services.logger.debug(
                "request answered",
                metadata: [
                    "method": "\(request.head.method)", "path": "\(path(request))", "status": "\(answer.status)",
                    "trace": "\(trace.id)",
                ])
            if isAdmitted { tell(request, trace, since: began, status: answer.status) }
            return response(answer, trace, isHead: isHead)
        } catch {
            let problem = problem(error, request, trace)
            services.logger.debug(
                "request refused",
                metadata: [
                    "method": "\(request.head.method)", "path": "\(path(request))", "status": "\(problem.status)",
                    "detail": "\(problem.detail)", "trace": "\(trace.id)",
                ])
            if isAdmitted { tell(request, trace, since: began, status: problem.status) }
            return response(problem, trace, isHead: isHead)
        }
    }

    /// The line of this node about a traced request; those of the calls that it made have its span as their parent.
    private func tell(_ request: Request, _ trace: RequestTrace, since began: Instant, status: Int) {
        guard trace.isSampled else { return }
        let now = services.now
        guard let leftOut = services.node.traces.admit(at: now) else { return }
        var metadata: Logger.Metadata = [
            "trace": "\(trace.id)", "span": "\(trace.context.spanText)",
            "parent": "\(TraceContext.text(of: trace.parent))", "method": "\(request.head.method)",
            "path": "\(TracedCall.printable(String(path(request))))", "status": "\(status)",
            "microseconds": "\(max(0, (now - began).microseconds))",
        ]
        if leftOut > 0 { metadata["leftOut"] = "\(leftOut)" }
        services.logger.info("traced request", metadata: metadata)
    }

    private func path(_ request: Request) -> Substring { (request.head.path ?? "").prefix { $0 != "?" } }

    private func problem(_ error: any Error, _ request: Request, _ trace: RequestTrace) -> Problem {
        let problem = Problem(any: error)
        if problem.status == 500 {
            services.logger.error(
                "request failed",
                metadata: [
                    "method": "\(request.head.method)", "path": "\(path(request))", "error": "\(error)",
                    "trace": "\(trace.id)",
                ])
        }
        return problem
    }

    /// A request whose route is known and whose client may take it.
    private struct Admitted {
        let route: Route
        let target: RequestTarget
        let parameters: [String: String]
        let principal: Principal
    }

    private func admit(_ request: Request) throws -> Admitted {
        let method = request.head.method.rawValue
        let target = try RequestTarget(request.head.path ?? "")
        switch table.match(method: method, path: target.path) {
        case .found(let route, let parameters):
            let principal = try authorize(route, header: request.head.headerFields[.authorization])
            return Admitted(route: route, target: target, parameters: parameters, principal: principal)
        case .otherMethods(let others): throw Problem.methodNotAllowed(method, others)
        case .nothing: throw Problem.notFound("such path")
        }
    }

    private func answer(
        _ request: Request, _ admitted: Admitted, _ context: APIContext, _ trace: RequestTrace
    ) async throws -> APIAnswer {
        let route = admitted.route
        let headers = request.head.headerFields
        let types = Set(route.answers.filter { $0.status < 300 }.map(\.contentType)).sorted()
        guard RequestHeaders.accept(headers[.accept], allows: types + ["application/problem+json"]) else {
            throw Problem.notAcceptable(types.joined(separator: ", "))
        }
        let query = try check(admitted.target.query, route)
        let key = try RequestHeaders.idempotencyKey(route.isKeyed ? headers.value("Idempotency-Key") : nil)
        let (body, hash) = try await body(request, route)
        let channel = context.channel
        let asked = APIRequest(
            method: route.method, path: String(path(request)), parameters: admitted.parameters, query: query,
            principal: admitted.principal, body: body, bodyHash: hash, idempotencyKey: key, ifMatch: headers[.ifMatch],
            ifNoneMatch: headers[.ifNoneMatch], lastEventID: headers.value("Last-Event-ID"),
            trace: trace.ofCalls,
            connection: .init(
                requestBody: request.body, close: { channel.close(promise: nil) },
                onClose: { done in channel.closeFuture.whenComplete { _ in done() } }))
        guard trace.isSampled else { return try await route.handler(asked, services) }
        return try await CallContext.$current.withValue(CallContext(trace: trace.ofCalls)) {
            try await route.handler(asked, services)
        }
    }

    private func authorize(_ route: Route, header: String?) throws -> Principal {
        if route.isPublic { return services.nobody }
        let token = try RequestHeaders.bearer(header)
        let principal: Principal
        do {
            principal = Principal(try services.tokens.verify(token, now: services.now))
        } catch {
            let text = "\(error)"
            throw Problem.unauthorized(text.prefix(1).uppercased() + text.dropFirst())
        }
        guard route.roles.contains(where: principal.roles.contains) else {
            let names = route.roles.map(\.rawValue).joined(separator: ", ")
            throw Problem.forbidden("This needs one of the roles \(names)")
        }
        return principal.limited(to: route.roles)
    }

    private func check(_ query: [(name: String, value: String)], _ route: Route) throws(Problem) -> [String: String] {
        var values: [String: String] = [:]
        for (name, text) in query {
            guard let parameter = route.query.first(where: { $0.name == name }) else {
                throw .malformed("There is no query parameter '\(name.prefix(64))' here")
            }
            guard values[name] == nil else { throw .malformed("The query parameter '\(name)' occurs twice") }
            var value = JSONValue.text(text)
            if case .integer = parameter.schema, let number = Int64(text) { value = .integer(number) }
            if let problem = parameter.schema.problems(of: value).first {
                throw .malformed("The query parameter '\(name)' \(problem.detail)")
            }
            values[name] = text
        }
        for parameter in route.query where parameter.isRequired && values[parameter.name] == nil {
            throw .malformed("The query parameter '\(parameter.name)' is missing")
        }
        return values
    }

    // MARK: body

    private func body(_ request: Request, _ route: Route) async throws -> (JSONValue, UInt64) {
        let schema: Schema
        let mayBeEmpty: Bool
        switch route.body {
        case .unread: return (.null, 0)
        case .json(let expected): (schema, mayBeEmpty) = (expected, false)
        case .empty: (schema, mayBeEmpty) = (.noFields, true)
        }
        let bytes = try await bytes(request)
        if bytes.isEmpty, mayBeEmpty { return (.null, StableHash.of(bytes)) }
        try RequestHeaders.requireJSON(contentType: request.head.headerFields[.contentType])
        guard !bytes.isEmpty else { throw Problem.malformedJSON("The body is empty") }
        let value: JSONValue
        do { value = try JSONParser.parse(bytes) } catch { throw Problem.malformedJSON("In the body \(error)") }
        let problems = schema.problems(of: value)
        guard problems.isEmpty else { throw Problem.invalid(problems) }
        return (value, StableHash.of(bytes))
    }

    private func bytes(_ request: Request) async throws -> [UInt8] {
        if let length = request.head.headerFields[.contentLength].flatMap({ Int($0) }), length > Self.bodyLimit {
            throw Problem.tooLarge(Self.bodyLimit)
        }
        var bytes: [UInt8] = []
        for try await var buffer in request.body {
            guard bytes.count + buffer.readableBytes <= Self.bodyLimit else { throw Problem.tooLarge(Self.bodyLimit) }
            bytes.append(contentsOf: buffer.readBytes(length: buffer.readableBytes) ?? [])
        }
        return bytes
    }

    // MARK: response

    private func response(_ answer: APIAnswer, _ trace: RequestTrace, isHead: Bool) -> Response {
        var fields = headers(answer.headers, trace)
        switch answer.content {
        case .none: return Response(status: .init(code: answer.status), headers: fields)
        case .stream(let body): return Response(status: .init(code: answer.status), headers: fields, body: body)
        case .json(let value):
            fields[.contentType] = "application/json"
            return response(answer.status, fields, value.encoded, isHead: isHead)
        case .text(let text, let type):
            fields[.contentType] = type
            return response(answer.status, fields, Array(text.utf8), isHead: isHead)
        }
    }

    private func response(_ problem: Problem, _ trace: RequestTrace, isHead: Bool) -> Response {
        var fields = headers(problem.headers, trace)
        fields[.contentType] = "application/problem+json"
        return response(problem.status, fields, problem.body(trace: trace.id).encoded, isHead: isHead)
    }

    private func response(_ status: Int, _ fields: HTTPFields, _ bytes: [UInt8], isHead: Bool) -> Response {
        let response = Response(
            status: .init(code: status), headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        return isHead ? response.createHeadResponse() : response
    }

    private func headers(_ list: [(name: String, value: String)], _ trace: RequestTrace) -> HTTPFields {
        var fields = HTTPFields()
        fields[.cacheControl] = "no-store"
        if let name = HTTPFields.Key(RequestTrace.header) { fields[name] = trace.text }
        // The next request goes to another node.
        if services.node.drains { fields[.connection] = "close" }
        for (name, value) in list {
            if let name = HTTPFields.Key(name) { fields[name] = value }
        }
        return fields
    }
}

extension HTTPFields {
    /// A field by its name, in any case of letters.
    fileprivate func value(_ name: String) -> String? { Key(name).flatMap { self[$0] } }
}
