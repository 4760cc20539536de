import HTTPAPI
import JSONDocuments
import Testing

/// A conversation's way through the API, from its creation to its wrap-up code.
@Suite struct JourneyTests {
    @Test(.timeLimit(.minutes(1)))
    func `a conversation is created, offered, accepted, ended and wrapped up`() async throws {
        try await TestServer.run { server in try await Self.journey(server) }
    }

    @Test(.timeLimit(.minutes(1)))
    func `the same works over HTTPS`() async throws {
        let authority = try TestAuthority()
        try await TestServer.run(authority: authority) { server in
            #expect(server.isSecure)
            try await Self.journey(server)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `who has just accepted may end at once`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            let agent = try server.agent("ana")
            try await centre.goOnQueue()
            for _ in 0..<15 {
                let id = try await centre.create()
                let offerID = try #require(try await centre.offer()["offerId"]?.text)
                let accepted = try await agent.send("POST", "/api/v1/offers/\(offerID)/accept")
                #expect(accepted.status == 200, "\(accepted)")
                let ended = try await agent.send("POST", "/api/v1/conversations/\(id)/end")
                #expect(ended.status == 200 || ended.status == 202, "\(ended)")
                let done = try await SampleCentre.wait("it ends", agent, "/api/v1/conversations/\(id)") {
                    $0["state"]?.text == "ended"
                }
                let segment = try #require(done["segments"]?.list?.first?["id"]?.text)
                let wrapped = try await agent.send(
                    "POST", "/api/v1/segments/\(segment)/wrap-up", json: ["code": "solved"])
                #expect(wrapped.status == 200, "\(wrapped)")
            }
        }
    }

    private static func journey(_ server: TestServer) async throws {
        let centre = try await SampleCentre(server)
        let agent = try server.agent("ana")
        let reader = try server.client("supervisor")
        let id = try await centre.create()
        let path = "/api/v1/conversations/\(id)"
        let waiting = try await SampleCentre.wait("it waits", reader, path) { $0["state"]?.text == "waiting" }
        #expect(waiting["position"]?.integer == 1)
        let line = try await reader.send("GET", "/api/v1/queues/service/waiting").body
        #expect(line["total"]?.integer == 1)
        #expect(line["items"]?.list?.first?["conversation"]?.text == id)

        try await centre.goOnQueue()
        let offer = try await centre.offer()
        #expect(offer["conversation"]?.text == id)
        let offerID = try #require(offer["offerId"]?.text)
        _ = try await SampleCentre.wait("it alerts", reader, path) { $0["state"]?.text == "alerting" }
        let accepted = try await agent.send("POST", "/api/v1/offers/\(offerID)/accept")
        #expect(accepted.status == 200, "\(accepted)")
        let again = try await agent.send("POST", "/api/v1/offers/\(offerID)/accept")
        #expect(again.status == 200, "accepting twice is harmless: \(again)")
        let connected = try await SampleCentre.wait("it is connected", reader, path) { $0["owner"] != nil }
        #expect(connected["owner"]?.text == "ana")
        let tooLate = try await server.client("integration").send("POST", "\(path)/abandon")
        #expect(tooLate.status == 409, "\(tooLate)")
        let busy = try await server.client("admin").send("DELETE", "/api/v1/queues/service")
        #expect(busy.status == 409, "\(busy)")

        let ended = try await agent.send("POST", "\(path)/end")
        #expect(ended.status == 200, "\(ended)")
        #expect(try ended.body["endReason"]?.text == "completed")
        let segment = try #require(try ended.body["segments"]?.list?.first?["id"]?.text)
        let wrong = try await agent.send("POST", "/api/v1/segments/\(segment)/wrap-up", json: ["code": "no"])
        #expect(wrong.status == 422, "\(wrong)")
        let wrapped = try await agent.send(
            "POST", "/api/v1/segments/\(segment)/wrap-up", json: ["code": "solved", "notes": "all well"])
        #expect(wrapped.status == 200, "\(wrapped)")
        #expect(try wrapped.body["wrapUpCode"]?.text == "solved")
        #expect(try wrapped.body["state"]?.text == "completed")
        let free = try await SampleCentre.wait("Ana is idle", agent, "/api/v1/agents/ana") {
            $0["routingStatus"]?.text == "idle"
        }
        #expect(free["queues"] == ["service"])
        let ones = try await reader.send("GET", "/api/v1/conversations?state=ended&queue=service").body
        #expect(ones["items"]?.list?.map { $0["id"]?.text } == [id])
    }

    @Test(.timeLimit(.minutes(1)))
    func `a customer who gives up ends the conversation, and the offer is gone`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            try await centre.goOnQueue()
            let id = try await centre.create()
            let offer = try #require(try await centre.offer()["offerId"]?.text)
            let abandoned = try await server.client("integration").send("POST", "/api/v1/conversations/\(id)/abandon")
            #expect(abandoned.status == 200, "\(abandoned)")
            #expect(try abandoned.body["endReason"]?.text == "abandoned")
            let late = try await server.agent("ana").send("POST", "/api/v1/offers/\(offer)/accept")
            #expect(late.status == 410, "\(late)")
            #expect(try late.text("type") == "gone")
            let twice = try await server.client("integration").send("POST", "/api/v1/conversations/\(id)/abandon")
            #expect(twice.status == 409, "\(twice)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `an agent that declines is left out, and its segment shows it`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            try await centre.goOnQueue()
            let id = try await centre.create()
            let offer = try #require(try await centre.offer()["offerId"]?.text)
            let declined = try await server.agent("ana").send("POST", "/api/v1/offers/\(offer)/decline")
            #expect(declined.status == 204, "\(declined)")
            let body = try await SampleCentre.wait(
                "it waits again", try server.client("admin"), "/api/v1/conversations/\(id)"
            ) { $0["state"]?.text == "waiting" }
            #expect(body["segments"]?.list?.first?["state"]?.text == "declined")
        }
    }

    @Test func `a repetition finds the first conversation`() async throws {
        try await TestServer.run { server in
            _ = try await SampleCentre(server)
            let client = try server.client("integration")
            let key = [("Idempotency-Key", "k-1")]
            let path = "/api/v1/conversations"
            let first = try await client.send("POST", path, json: SampleCentre.chat, headers: key)
            let second = try await client.send("POST", path, json: SampleCentre.chat, headers: key)
            #expect(first.status == 201 && second.status == 201)
            #expect(first.bytes == second.bytes)
            let other = try await server.client("admin").send("POST", path, json: SampleCentre.chat, headers: key)
            #expect(try other.text("id") != first.text("id"), "keys belong to their principal")
            let reused = try await client.send(
                "POST", path, json: ["mediaType": "voice", "queue": "service"], headers: key)
            #expect(reused.status == 422)
            #expect(try reused.text("type") == "idempotency-key-reused")

            let named: JSONValue = ["mediaType": "chat", "queue": "service", "externalId": "case-7"]
            let created = try await client.send("POST", path, json: named)
            let found = try await client.send("POST", path, json: named)
            #expect(created.status == 201 && found.status == 200)
            #expect(try created.text("id") == found.text("id"))
            let fresh = try await client.send("POST", path, json: SampleCentre.chat)
            #expect(try fresh.text("id") != first.text("id"))
        }
    }
}
