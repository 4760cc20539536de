import HTTPAPI
import JSONDocuments
import NodeIO
import Primitives
import SecureTransport
import Testing

/// Requests that must be refused, each with its documented answer. None of them may change anything.
@Suite struct MalformedRequestTests {
    struct Case: Sendable {
        let name: String
        let method: String
        let path: String
        var body: [UInt8]?
        var headers: [(String, String)] = []
        /// Whose token; nil: none.
        var role: String? = "admin"
        let status: Int
        var type: String?
        /// JSON pointers that `errors` must have, all at once.
        var pointers: [String] = []
        var detail: String?
    }

    @Test(.timeLimit(.minutes(2)))
    func `every malformed request gets its documented answer and changes nothing`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            let used = try await centre.admin.send(
                "POST", "/api/v1/conversations", json: SampleCentre.chat, headers: [("Idempotency-Key", "used")])
            #expect(used.status == 201)
            let before = try await Self.everything(centre)
            let cases = try Self.requests + Self.configuration + Self.conversations + Self.tokens()
            #expect(cases.count >= 40)
            for one in cases { try await Self.check(one, server) }
            #expect(try await Self.everything(centre) == before)
        }
    }

    private static func everything(_ centre: SampleCentre) async throws -> [JSONValue?] {
        var all: [JSONValue?] = []
        for path in ["skills", "queues", "agents", "queues/service/members", "conversations"] {
            all.append(try await centre.admin.send("GET", "/api/v1/\(path)").body["items"])
        }
        return all
    }

    private static func check(_ one: Case, _ server: TestServer) async throws {
        let token = try one.role.map { role in
            try TestServer.token(role == "agent" ? "ana" : role, [role], divisions: ["north"])
        }
        let answer = try await TestClient(server: server, token: token)
            .send(one.method, one.path, one.body, headers: one.headers)
        #expect(answer.status == one.status, "\(one.name): \(answer)")
        if one.method == "HEAD" { return }
        #expect(answer.header("Content-Type") == "application/problem+json", "\(one.name)")
        let body = try answer.body
        #expect(body["status"]?.integer == Int64(one.status), "\(one.name)")
        #expect(body["title"]?.text?.isEmpty == false && body["detail"]?.text?.isEmpty == false, "\(one.name)")
        if let type = one.type { #expect(body["type"]?.text == type, "\(one.name): \(answer)") }
        #expect(body["traceId"]?.text?.count == 32, "\(one.name)")
        let errors = body["errors"]?.list ?? []
        let pointers = errors.compactMap { $0["pointer"]?.text }
        if !one.pointers.isEmpty { #expect(Set(pointers) == Set(one.pointers), "\(one.name): \(answer)") }
        if let detail = one.detail {
            #expect(errors.contains { $0["detail"]?.text == detail }, "\(one.name): \(answer)")
        }
        if one.status == 405 { #expect(answer.header("Allow") != nil, "\(one.name)") }
        if one.status == 401 { #expect(answer.header("WWW-Authenticate") != nil, "\(one.name)") }
    }

    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }
    static let skill = "/api/v1/skills/new"
    static let queue = "/api/v1/queues/new"
    static let agent = "/api/v1/agents/new"
    private static let post = "/api/v1/conversations"

    // MARK: form

    private static let requests: [Case] = [
        Case(name: "unknown path", method: "GET", path: "/api/v1/nothing", status: 404, type: "not-found"),
        Case(name: "outside the base", method: "GET", path: "/", status: 404),
        Case(name: "wrong method", method: "POST", path: skill, status: 405, type: "method-not-allowed"),
        Case(name: "another wrong method", method: "PATCH", path: post, status: 405),
        Case(name: "broken encoding in the path", method: "GET", path: "/api/v1/skills/%zz", status: 400),
        Case(name: "path that is not UTF-8", method: "GET", path: "/api/v1/skills/%ff%fe", status: 400),
        Case(name: "query that is not UTF-8", method: "GET", path: "/api/v1/skills?cursor=%ff", status: 400),
        Case(
            name: "unknown query parameter", method: "GET", path: "/api/v1/skills?colour=red", status: 400,
            type: "malformed-request"),
        Case(name: "limit too large", method: "GET", path: "/api/v1/skills?limit=501", status: 400),
        Case(name: "limit that is no number", method: "GET", path: "/api/v1/skills?limit=ten", status: 400),
        Case(name: "parameter twice", method: "GET", path: "/api/v1/skills?limit=1&limit=2", status: 400),
        Case(name: "cursor of nobody", method: "GET", path: "/api/v1/skills?cursor=***", status: 400),
        Case(name: "unknown sort", method: "GET", path: "/api/v1/skills?sort=name", status: 400),
        Case(
            name: "answer in XML", method: "GET", path: "/api/v1/skills", headers: [("Accept", "application/xml")],
            status: 406, type: "not-acceptable"),
        Case(
            name: "answer refused", method: "GET", path: "/api/v1/skills",
            headers: [("Accept", "application/json;q=0")], status: 406),
        Case(
            name: "no content type", method: "PUT", path: skill, body: text("{\"name\":\"N\"}"),
            headers: [("Content-Type", "-")], status: 415, type: "unsupported-media-type"),
        Case(
            name: "form instead of JSON", method: "PUT", path: skill, body: text("name=N"),
            headers: [("Content-Type", "application/x-www-form-urlencoded")], status: 415),
        Case(
            name: "JSON in Latin-1", method: "PUT", path: skill, body: text("{\"name\":\"N\"}"),
            headers: [("Content-Type", "application/json; charset=iso-8859-1")], status: 415),
        Case(name: "empty body", method: "PUT", path: skill, body: [], status: 400, type: "malformed-json"),
        Case(name: "half a body", method: "PUT", path: skill, body: text("{\"name\":"), status: 400),
        Case(name: "bytes after the body", method: "PUT", path: skill, body: text("{\"name\":\"N\"} x"), status: 400),
        Case(
            name: "body that is not UTF-8", method: "PUT", path: skill,
            body: text("{\"name\":\"") + [0xFF, 0xFE] + text("\"}"), status: 400, type: "malformed-json"),
        Case(
            name: "half a surrogate pair", method: "PUT", path: skill, body: text("{\"name\":\"\\ud800\"}"), status: 400
        ),
        Case(
            name: "name twice", method: "PUT", path: skill, body: text("{\"name\":\"N\",\"name\":\"M\"}"), status: 400),
        Case(
            name: "too deep", method: "PUT", path: skill,
            body: text(String(repeating: "[", count: 40) + String(repeating: "]", count: 40)), status: 400),
        Case(
            name: "too many values", method: "PUT", path: skill,
            body: text("[" + Array(repeating: "1", count: 10_001).joined(separator: ",") + "]"), status: 400),
        Case(
            name: "huge body", method: "PUT", path: skill,
            body: text("{\"name\":\"" + String(repeating: "x", count: 2 << 20) + "\"}"), status: 413,
            type: "content-too-large"),
        Case(
            name: "broken If-Match", method: "PUT", path: skill, body: text("{\"name\":\"N\"}"),
            headers: [("If-Match", "7")], status: 400),
        Case(
            name: "If-Match of another version", method: "PUT", path: "/api/v1/skills/billing",
            body: text("{\"name\":\"N\"}"), headers: [("If-Match", "\"7\"")], status: 412, type: "precondition-failed"),
        Case(
            name: "key with a space", method: "POST", path: post, body: text("{}"),
            headers: [("Idempotency-Key", "a b")], status: 400),
        Case(
            name: "key too long", method: "POST", path: post, body: text("{}"),
            headers: [("Idempotency-Key", String(repeating: "k", count: 256))], status: 400),
        Case(
            name: "key with another body", method: "POST", path: post,
            body: text("{\"mediaType\":\"voice\",\"queue\":\"service\"}"), headers: [("Idempotency-Key", "used")],
            status: 422, type: "idempotency-key-reused"),
    ]

    // MARK: configuration

    // MARK: run time

    private static let conversations: [Case] = [
        Case(
            name: "nothing to route", method: "POST", path: post, body: text("{}"), status: 422,
            pointers: ["/mediaType", "/queue"]),
        Case(
            name: "unknown medium", method: "POST", path: post,
            body: text("{\"mediaType\":\"fax\",\"queue\":\"service\"}"), status: 422, pointers: ["/mediaType"]),
        Case(
            name: "callback", method: "POST", path: post,
            body: text("{\"mediaType\":\"callback\",\"queue\":\"service\"}"), status: 422, pointers: ["/mediaType"],
            detail: "not yet supported"),
        Case(
            name: "medium that the queue does not take", method: "POST", path: post,
            body: text("{\"mediaType\":\"email\",\"queue\":\"service\"}"), status: 422, pointers: ["/mediaType"]),
        Case(
            name: "unknown queue and skill", method: "POST", path: post,
            body: text("{\"mediaType\":\"chat\",\"queue\":\"q\",\"skills\":[{\"skill\":\"magic\"}]}"), status: 422,
            pointers: ["/queue", "/skills/0/skill"]),
        Case(
            name: "priority too high", method: "POST", path: post,
            body: text("{\"mediaType\":\"chat\",\"queue\":\"service\",\"priority\":25000001}"), status: 422,
            pointers: ["/priority"]),
        Case(
            name: "priority in words", method: "POST", path: post,
            body: text("{\"mediaType\":\"chat\",\"queue\":\"service\",\"priority\":\"high\"}"), status: 422,
            pointers: ["/priority"]),
        Case(
            name: "limits crossed", method: "POST", path: post,
            body: text(
                #"{"mediaType":"chat","queue":"service","skills":[{"skill":"billing","#
                    + #""minimumProficiency":3,"maximumProficiency":2}]}"#
            ), status: 422, pointers: ["/skills/0/maximumProficiency"]),
        Case(
            name: "language that is none", method: "POST", path: post,
            body: text("{\"mediaType\":\"chat\",\"queue\":\"service\",\"language\":\"billing\"}"), status: 422,
            pointers: ["/language"]),
        Case(
            name: "attribute that is no text", method: "POST", path: post,
            body: text("{\"mediaType\":\"chat\",\"queue\":\"service\",\"attributes\":{\"a\":1}}"), status: 422,
            pointers: ["/attributes/a"]),
        Case(
            name: "excluded agent named twice", method: "POST", path: post,
            body: text(#"{"mediaType":"chat","queue":"service","excludedAgents":["ana","ana"]}"#), status: 422,
            pointers: ["/excludedAgents/1"]),
        Case(
            name: "excluded agent who is nobody", method: "POST", path: post,
            body: text(#"{"mediaType":"chat","queue":"service","excludedAgents":["ana","nobody"]}"#), status: 422,
            pointers: ["/excludedAgents/1"]),
        Case(
            name: "outbound and preferred agents", method: "POST", path: post,
            body: text(
                #"{"mediaType":"chat","queue":"service","direction":"outbound","preferredAgents":[{"agent":"ana"}]}"#
            ), status: 422, pointers: ["/direction", "/preferredAgents"], detail: "not yet supported"),
        Case(name: "conversation of nobody", method: "GET", path: "\(post)/c-00000000000000000000000000", status: 404),
        Case(name: "id that can be none", method: "GET", path: "\(post)/x", status: 404),
        Case(name: "end of nothing", method: "POST", path: "\(post)/c-00000000000000000000000000/end", status: 404),
        Case(
            name: "body where none is taken", method: "POST", path: "\(post)/x/abandon", body: text("{\"why\":1}"),
            status: 422, pointers: ["/why"]),
        Case(
            name: "filter of a later version", method: "GET", path: "\(post)?customer=c", status: 422,
            type: "not-yet-supported"),
        Case(name: "offer that is none", method: "POST", path: "/api/v1/offers/abc/accept", role: "agent", status: 404),
        Case(
            name: "segment that is none", method: "POST", path: "/api/v1/segments/abc/wrap-up",
            body: text("{\"code\":\"solved\"}"), status: 404),
        Case(
            name: "presence of nobody", method: "PUT", path: "/api/v1/agents/nobody/presence",
            body: text("{\"presence\":\"busy\",\"onQueue\":false}"), status: 404),
        Case(
            name: "unknown presence", method: "PUT", path: "/api/v1/agents/ana/presence",
            body: text("{\"presence\":\"asleep\",\"onQueue\":\"no\"}"), status: 422,
            pointers: ["/presence", "/onQueue"]),
        Case(
            name: "on queue while away", method: "PUT", path: "/api/v1/agents/ana/presence",
            body: text("{\"presence\":\"away\",\"onQueue\":true}"), status: 422, pointers: ["/onQueue"]),
    ]

    // MARK: tokens

    private static func tokens() throws -> [Case] {
        let path = "/api/v1/skills"
        func bearer(_ token: String) -> [(String, String)] { [("Authorization", "Bearer \(token)")] }
        let good = try TestServer.token("admin", ["admin"])
        let parts = good.split(separator: ".").map(String.init)
        let claims = TokenClaims(
            subject: "admin", roles: ["admin"], divisions: [], expires: SystemClock().now + .seconds(60))
        let foreign = try TokenKey.make().sign(claims)
        let unsigned = "\(Base64URL.encode(text("{\"alg\":\"none\"}"))).\(parts[1])."
        let promoted = text("{\"sub\":\"a\",\"roles\":[\"admin\"],\"exp\":9999999999}")
        return [
            Case(name: "no token", method: "GET", path: path, role: nil, status: 401, type: "unauthorized"),
            Case(
                name: "password", method: "GET", path: path, headers: [("Authorization", "Basic YTpi")], role: nil,
                status: 401),
            Case(name: "nonsense", method: "GET", path: path, headers: bearer("abc"), role: nil, status: 401),
            Case(
                name: "token of a foreign key", method: "GET", path: path, headers: bearer(foreign), role: nil,
                status: 401),
            Case(
                name: "token without signature", method: "GET", path: path, headers: bearer(unsigned), role: nil,
                status: 401),
            Case(
                name: "forged claims", method: "GET", path: path,
                headers: bearer("\(parts[0]).\(Base64URL.encode(promoted)).\(parts[2])"), role: nil, status: 401),
            Case(
                name: "expired token", method: "GET", path: path,
                headers: bearer(try TestServer.token("admin", ["admin"], expiresIn: .seconds(-5))), role: nil,
                status: 401),
            Case(
                name: "token too long", method: "GET", path: path,
                headers: bearer(String(repeating: "a", count: 9_000)), role: nil, status: 401),
            Case(
                name: "token without a known role", method: "GET", path: path,
                headers: bearer(try TestServer.token("x", ["king"])), role: nil, status: 403, type: "forbidden"),
            Case(
                name: "supervisor writes configuration", method: "PUT", path: skill, body: text("{\"name\":\"N\"}"),
                role: "supervisor", status: 403),
            Case(
                name: "agent reads a queue", method: "GET", path: "/api/v1/queues/service", role: "agent", status: 403),
            Case(
                name: "agent reads another agent", method: "GET", path: "/api/v1/agents/ben", role: "agent", status: 403
            ),
            Case(
                name: "agent moves another agent", method: "PUT", path: "/api/v1/agents/ben/presence",
                body: text("{\"presence\":\"busy\",\"onQueue\":false}"), role: "agent", status: 403),
            Case(
                name: "reporting creates", method: "POST", path: post, body: text("{}"), role: "reporting",
                status: 403),
            Case(name: "admin accepts", method: "POST", path: "/api/v1/offers/abc/accept", status: 403),
            Case(
                name: "supervisor reads offers", method: "GET", path: "/api/v1/agents/ana/offers", role: "supervisor",
                status: 403),
            Case(
                name: "supervisor looks at the cluster", method: "GET", path: "/api/v1/cluster", role: "supervisor",
                status: 403),
        ]
    }
}
