import HTTPAPI
import JSONDocuments
import Testing

/// A small configuration for tests: one queue with two skills and one member, and the words to make work with it.
struct SampleCentre {
    let server: TestServer
    let admin: TestClient

    init(_ server: TestServer) async throws {
        self.server = server
        admin = try server.client("admin")
        try await put("/skills/billing", ["name": "Billing"])
        try await put("/skills/german", ["name": "German", "kind": "language"])
        try await put(
            "/agents/ana",
            [
                "name": "Ana", "division": "north",
                "skills": [["skill": "billing", "proficiency": 4.5], ["skill": "german"]],
            ])
        try await put(
            "/queues/service",
            [
                "name": "Service", "division": "north", "mediaTypes": ["voice", "chat"],
                "afterContactWork": ["kind": "mandatoryTimed", "seconds": 60], "wrapUpCodes": ["solved", "none-given"],
                "defaultWrapUpCode": "none-given", "alertSeconds": ["chat": 60],
                "serviceLevel": ["voice": ["percent": 80, "seconds": 20]],
            ])
        try await put("/queues/service/members", ["items": [["agent": "ana"]]], status: 200)
    }

    func put(_ path: String, _ body: JSONValue, status: Int = 201) async throws {
        let answer = try await admin.send("PUT", "/api/v1\(path)", json: body)
        try #require(answer.status == status, "PUT \(path): \(answer)")
    }

    static let chat: JSONValue = ["mediaType": "chat", "queue": "service", "skills": [["skill": "billing"]]]

    func create(_ body: JSONValue = chat) async throws -> String {
        let answer = try await server.client("integration").send("POST", "/api/v1/conversations", json: body)
        try #require(answer.status == 201, "\(answer)")
        return try answer.text("id")
    }

    func goOnQueue() async throws {
        let answer = try await server.agent("ana").send(
            "PUT", "/api/v1/agents/ana/presence", json: ["presence": "available", "onQueue": true])
        try #require(answer.status == 200, "\(answer)")
    }

    /// Reads until the body is as wanted; fails after about five seconds.
    static func wait(
        _ what: String, _ client: TestClient, _ path: String, until isMet: (JSONValue) -> Bool
    ) async throws -> JSONValue {
        var last: JSONValue = .null
        for _ in 0..<500 {
            let answer = try await client.send("GET", path)
            try #require(answer.status == 200, "\(path): \(answer)")
            last = try answer.body
            if isMet(last) { return last }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestFailure("never: \(what); at last \(String(decoding: last.encoded, as: UTF8.self))")
    }

    /// The first offer that rings at Ana.
    func offer() async throws -> JSONValue {
        let body = try await Self.wait("an offer rings", try server.agent("ana"), "/api/v1/agents/ana/offers") {
            $0["items"]?.list?.isEmpty == false
        }
        return try #require(body["items"]?.list?.first)
    }
}
