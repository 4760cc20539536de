import HTTPAPI
import JSONDocuments
import Primitives
import Testing

/// Requests that fit a body and not one step of the log.
@Suite struct LargeRequestTests {
    /// A conversation with 100 attributes of so many bytes each.
    private func chat(attributeBytes: Int) -> JSONValue {
        let value = JSONValue.text(String(repeating: "€", count: attributeBytes / 3))
        return .object([
            .init("mediaType", "chat"), .init("queue", "service"),
            .init("attributes", .object((1...100).map { .init("attribute-\($0)", value) })),
        ])
    }

    @Test(.timeLimit(.minutes(1)), arguments: [nil, "key"])
    func `what does not fit a record is refused, and nothing is harmed`(key: String?) async throws {
        try await TestServer.run { server in
            _ = try await SampleCentre(server)
            let client = try server.client("integration")
            let headers = key.map { [("Idempotency-Key", $0)] } ?? []
            let path = "/api/v1/conversations"
            let large = try await client.send("POST", path, json: chat(attributeBytes: 9_900), headers: headers)
            #expect(large.status == 413, "\(large)")
            #expect(try large.text("type") == "content-too-large")
            let list = try await server.client("admin").send("GET", path)
            #expect(try list.body["items"]?.list?.isEmpty == true)
            let next = try await client.send("POST", path, json: chat(attributeBytes: 3_000))
            #expect(next.status == 201, "\(next)")
        }
    }
}
