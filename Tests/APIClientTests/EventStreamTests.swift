import APIClient
import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventStreamTests {
    private let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    private let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    private func read(_ steps: [ScriptedServer.Step]) async throws -> [ServerSentEvent] {
        let server = try await ScriptedServer.start(on: group) { _ in steps }
        let client = APIClient(servers: [server.url], token: "t", group: group)
        return try await client.events("/events").reduce(into: []) { $0.append($1) }
    }

    @Test(arguments: ["\n", "\r", "\r\n"])
    func `events are cut right, whatever ends a line and wherever the bytes are split`(end: String) async throws {
        let text = """
            : heartbeat
            id: 7
            event: com.tandem.offer.alerting.v1
            data: {"a":
            data:  "b"}

            data: x
            unknown: y
            retry: 10

            event: nothing without data

            id
            data

            data: never ended
            """.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end)
        let expected = [
            ServerSentEvent(id: "7", event: "com.tandem.offer.alerting.v1", data: "{\"a\":\n \"b\"}"),
            ServerSentEvent(id: "7", event: "message", data: "x"),
            ServerSentEvent(id: nil, event: "message", data: ""),
        ]
        #expect(try await read([.send(head), .trickle(text), .pause(milliseconds: 1), .close]) == expected)
        #expect(try await read([.send(head + "\u{FEFF}" + text), .pause(milliseconds: 1), .close]) == expected)
    }

    @Test func `the request asks for a stream and resumes after the last event`() async throws {
        let head = head
        let server = try await ScriptedServer.start(on: group) { _ in [.send(head + "data: x\n\n"), .close] }
        let client = APIClient(servers: [server.url], token: "t", group: group)
        for try await _ in client.events("/events?topics=agent:a", lastEventID: "41") {}
        let request = try #require(server.requests.first)
        #expect(request.headers["last-event-id"] == "41")
        #expect(request.headers["accept"] == "text/event-stream")
        #expect(request.headers["authorization"] == "Bearer t")
        #expect(request.path == "/events?topics=agent:a")
    }

    @Test func `a refusal is thrown with its status and text`() async throws {
        do {
            _ = try await read([.send(answer("403 Forbidden", "{\"detail\":\"not your topic\"}"))])
            Issue.record("there was a stream")
        } catch APIClientError.malformedResponse(let text) {
            #expect(text.contains("403") && text.contains("not your topic"), "\(text)")
        }
    }

    @Test func `a server that cannot be reached is passed over, and named if there is no other`() async throws {
        let head = head
        let server = try await ScriptedServer.start(on: group) { _ in [.send(head + "data: x\n\n"), .close] }
        let both = APIClient(servers: [deadURLs[0], server.url], token: nil, group: group)
        #expect(try await both.events("/").reduce(0) { count, _ in count + 1 } == 1)
        await #expect(throws: APIClientError.self) {
            for try await _ in APIClient(servers: deadURLs, token: nil, group: group).events("/") {}
        }
    }

    @Test func `events that nobody reads are bounded, and the loss is not silent`() async throws {
        let head = head
        let server = try await ScriptedServer.start(on: group) { _ in
            [.send(head + String(repeating: "data: x\n\n", count: ClientLimits.unreadEvents + 500))]
        }
        let stream = APIClient(servers: [server.url], token: nil, group: group).events("/")
        #expect(try await eventually { server.connections == 1 && server.openConnections == 0 })
        var count = 0
        await #expect(throws: APIClientError.tooLarge) {
            for try await _ in stream { count += 1 }
        }
        #expect(count == ClientLimits.unreadEvents)
    }

    @Test func `an endless line is refused`() async throws {
        await #expect(throws: APIClientError.tooLarge) {
            _ = try await read([.send(head), .repeating(65, count: ClientLimits.eventBytes + 1)])
        }
    }

    @Test func `whoever stops reading closes the connection`() async throws {
        let head = head
        let server = try await ScriptedServer.start(on: group) { _ in [.send(head + "data: x\n\n")] }
        let client = APIClient(servers: [server.url], token: nil, group: group)
        for try await event in client.events("/") {
            #expect(event.data == "x")
            break
        }
        #expect(try await eventually { server.connections == 1 && server.openConnections == 0 })
    }
}
