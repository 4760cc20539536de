import HTTPAPI
import JSONDocuments
import Primitives
import Testing

/// The event streams.
@Suite struct EventTests {
    @Test(.timeLimit(.minutes(1)))
    func `a stream that comes back misses nothing that is kept`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            let reader = try server.client("supervisor")
            let path = "/api/v1/events?topics=queue:service,conversation:*"
            let (first, place) = try await reader.events(path) { events in
                let id = try await centre.create()
                let event = try await events.next("com.tandem.queue.waiting.v1")
                #expect(event.data["specversion"]?.text == "1.0")
                #expect(event.data["subject"]?.text == "queue/service")
                #expect(event.data["type"]?.text == event.name)
                #expect(event.data["data"]?["conversation"]?.text == id)
                return (id, events.lastID)
            }
            let second = try await centre.create()
            let last = try #require(place)
            try await reader.events(path, headers: [("Last-Event-ID", last)]) { events in
                let event = try await events.next("com.tandem.queue.waiting.v1")
                #expect(event.data["data"]?["conversation"]?.text == second, "not \(first) again")
            }
            try await reader.events("\(path)&after=\(last)") { events in
                let event = try await events.next("com.tandem.queue.waiting.v1")
                #expect(event.data["data"]?["conversation"]?.text == second)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `rings reach the agent's own session only, and again when it comes back`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            try await centre.goOnQueue()
            let agent = try server.agent("ana")
            let path = "/api/v1/events?topics=agent:ana"
            let offer = try await agent.events(path) { events in
                let id = try await centre.create()
                let event = try await events.next("com.tandem.offer.alerting.v1")
                #expect(event.data["data"]?["conversation"]?.text == id)
                #expect(event.data["data"]?["mediaType"]?.text == "chat")
                return event.data["data"]?["offerId"]?.text
            }
            try await agent.events(path) { events in
                let event = try await events.next("com.tandem.offer.alerting.v1")
                #expect(event.data["data"]?["offerId"]?.text == offer, "the open offer is told again")
                let declined = try await agent.send("POST", "/api/v1/offers/\(offer ?? "")/decline")
                #expect(declined.status == 204)
                let ended = try await events.next("com.tandem.offer.ended.v1")
                #expect(ended.data["data"]?["outcome"]?.text == "declined")
            }
            try await server.client("supervisor").events(path) { events in
                for presence in ["busy", "away"] {
                    let answer = try await agent.send(
                        "PUT", "/api/v1/agents/ana/presence", json: ["presence": .text(presence), "onQueue": false])
                    #expect(answer.status == 200)
                }
                let names = [try await events.next()?.name, try await events.next()?.name]
                #expect(names == ["com.tandem.agent.presence.v1", "com.tandem.agent.presence.v1"])
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a position of another life is answered with a reset`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            _ = try await centre.create()
            let reader = try server.client("admin")
            let path = "/api/v1/events?topics=queue:service"
            let place = try await reader.events(path) { events in
                _ = try await centre.create()
                _ = try await events.next("com.tandem.queue.waiting.v1")
                return try #require(events.lastID)
            }
            let forged = try #require(Self.otherEpoch(place))
            try await reader.events(path, headers: [("Last-Event-ID", forged)]) { events in
                let event = try await events.next()
                #expect(event?.name == "reset")
            }
        }
    }

    /// The same position with every epoch raised.
    private static func otherEpoch(_ place: String) -> String? {
        guard var bytes = Base64URL.decode(place), bytes.count > 2 else { return nil }
        // Count, shard, epoch, index: small numbers take one byte each.
        bytes[2] += 1
        return Base64URL.encode(bytes)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a stop of the server ends the streams`() async throws {
        let (ends, endSource) = AsyncStream.makeStream(of: Bool.self)
        try await TestServer.run { server in
            let admin = try server.client("admin")
            let (starts, startSource) = AsyncStream.makeStream(of: Void.self)
            _ = Task {
                let isClean: Void? = try? await admin.events("/api/v1/events?topics=queue:*") { events in
                    startSource.yield()
                    while try await events.next() != nil {}
                }
                endSource.yield(isClean != nil)
            }
            var iterator = starts.makeAsyncIterator()
            await iterator.next()
            // The stream is open when the server is told to stop: `run` returns only if the server ends it.
        }
        var iterator = ends.makeAsyncIterator()
        #expect(await iterator.next() == true)
    }

    @Test func `topics are limited by role and division`() async throws {
        try await TestServer.run { server in
            _ = try await SampleCentre(server)
            let south = TestClient(
                server: server, token: try TestServer.token("s", ["supervisor"], divisions: ["south"]))
            let agent = try server.agent("ana")
            let cases: [(TestClient, String, Int)] = [
                (agent, "topics=agent:ben", 403), (agent, "topics=agent:*", 403), (agent, "topics=queue:service", 403),
                (south, "topics=queue:service", 404), (south, "topics=agent:ana", 404),
                (south, "topics=conversation:nothing", 404), (south, "topics=nonsense", 400), (south, "topics=", 400),
                (south, "", 400), (south, "topics=queue:*&after=!!", 400), (south, "topics=queue:*&more=1", 400),
            ]
            for (client, query, status) in cases {
                let answer = try await client.send("GET", "/api/v1/events?\(query)")
                #expect(answer.status == status, "\(query): \(answer)")
            }
        }
    }
}
