import APIClient
import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(1))) struct APIClientTests {
    private let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    private func client(_ servers: ScriptedServer..., timeout: Duration = .seconds(10)) -> APIClient {
        APIClient(servers: servers.map(\.url), token: "secret", group: group, timeout: timeout)
    }

    @Test func `an answer comes with status, headers and body, and the request carries token and host`() async throws {
        let server = try await ScriptedServer.start(on: group) { _ in
            [.trickle(answer("404 Not Found", "ho", "X-A: 1"))]
        }
        let response = try await client(server).send("GET", "/api/v1/skills/x?a=b%20c")
        #expect(response.status == 404)
        #expect(response.body == Array("ho".utf8))
        #expect(response.header("x-a") == "1")
        #expect(response.header("x-b") == nil)
        let request = try #require(server.requests.first)
        #expect(request.method == "GET")
        #expect(request.path == "/api/v1/skills/x?a=b%20c")
        #expect(request.headers["authorization"] == "Bearer secret")
        #expect(request.headers["host"] == "127.0.0.1:\(server.port)")
        #expect(request.headers["content-length"] == nil)
    }

    @Test func `a body is sent whole, as JSON unless told otherwise, and chunks come together`() async throws {
        let server = try await ScriptedServer.start(on: group) { _ in
            [.trickle("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")]
        }
        let client = client(server)
        let body = [UInt8](repeating: 7, count: 300_000)
        let response = try await client.send("POST", "/a", body: body, headers: [("Idempotency-Key", "k")])
        #expect(response.body == Array("abcde".utf8))
        _ = try await client.send("POST", "/a", body: [1], headers: [("Content-Type", "text/plain")])
        _ = try await client.send("POST", "/a")
        #expect(server.requests.map(\.body.count) == [300_000, 1, 0])
        #expect(server.requests.map { $0.headers["content-type"] } == ["application/json", "text/plain", nil])
        #expect(server.requests.map { $0.headers["idempotency-key"] } == ["k", nil, nil])
        #expect(server.requests.last?.headers["content-length"] == "0")
    }

    @Test func `fields that a client has for all its requests go with each, beside those of one`() async throws {
        let server = try await ScriptedServer.start(on: group) { _ in [.send(answer("200 OK", "x"))] }
        let client = APIClient(servers: [server.url], token: nil, headers: [("traceparent", "t")], group: group)
        _ = try await client.send("GET", "/")
        _ = try await client.send("POST", "/", headers: [("Idempotency-Key", "k")])
        #expect(server.requests.map { $0.headers["traceparent"] } == ["t", "t"])
        #expect(server.requests.map { $0.headers["idempotency-key"] } == [nil, "k"])
    }

    @Test func `one connection serves one request after the other`() async throws {
        let server = try await ScriptedServer.start(on: group) { _ in [.send(answer("200 OK", "x"))] }
        let client = client(server)
        for _ in 0..<20 { _ = try await client.send("GET", "/") }
        #expect(server.requests.count == 20)
        #expect(server.connections == 1)
    }

    @Test func `many requests at once use no more connections than allowed and all are answered`() async throws {
        let server = try await ScriptedServer.start(on: group) { request in
            [.pause(milliseconds: 3), .send(answer("200 OK", request.path))]
        }
        let client = client(server)
        let right = try await withThrowingTaskGroup(of: Bool.self) { tasks in
            for number in 0..<500 {
                tasks.addTask {
                    try await client.send("GET", "/\(number)").body == Array("/\(number)".utf8)
                }
            }
            return try await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(right == 500)
        #expect(server.mostOpenConnections <= ClientLimits.connectionsPerServer)
        #expect(server.mostOpenConnections > 1)
    }

    @Test func `a slot is handed on when the server closes after every answer`() async throws {
        let server = try await ScriptedServer.start(on: group) { _ in
            [.pause(milliseconds: 1), .send(answer("200 OK", "", "Connection: close")), .close]
        }
        let client = client(server)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<200 { tasks.addTask { _ = try await client.send("GET", "/") } }
            try await tasks.waitForAll()
        }
        #expect(server.connections == 200)
    }

    @Test func `requests go to the servers in turn`() async throws {
        let first = try await ScriptedServer.start(on: group) { _ in [.send(answer("200 OK", ""))] }
        let second = try await ScriptedServer.start(on: group) { _ in [.send(answer("200 OK", ""))] }
        let client = client(first, second)
        for _ in 0..<10 { _ = try await client.send("GET", "/") }
        #expect(first.requests.count == 5)
        #expect(second.requests.count == 5)
    }

    @Test func `a server that is down is passed over`() async throws {
        let server = try await ScriptedServer.start(on: group) { _ in [.send(answer("200 OK", ""))] }
        let client = APIClient(servers: [deadURLs[0], server.url], token: nil, group: group)
        for _ in 0..<4 { #expect(try await client.send("POST", "/", body: [1]).status == 200) }
        #expect(server.requests.count == 4)
        #expect(server.requests.first?.headers["authorization"] == nil)
    }

    @Test func `with all servers down the error names each and says that nothing was sent`() async throws {
        let client = APIClient(servers: deadURLs, token: nil, group: group)
        do {
            _ = try await client.send("GET", "/")
            Issue.record("there was an answer")
        } catch APIClientError.notReachable(let text) {
            #expect(deadURLs.allSatisfy(text.contains) && text.contains("Nothing was sent"), "\(text)")
        }
    }

    @Test func `a request that was sent is not sent again when the connection is lost`() async throws {
        let closing = try await ScriptedServer.start(on: group) { _ in [.close] }
        let other = try await ScriptedServer.start(on: group) { _ in [.send(answer("200 OK", ""))] }
        let client = client(closing, other)
        do {
            _ = try await client.send("POST", "/", body: [1])
            Issue.record("there was an answer")
        } catch APIClientError.connectionLost(let text) {
            #expect(text.contains("had been sent"), "\(text)")
        }
        #expect(closing.requests.count == 1)
        #expect(other.requests.isEmpty)
    }

    @Test func `a kept connection that the server closed costs no request`() async throws {
        let server = try await ScriptedServer.start(on: group) { _ in [.send(answer("200 OK", "")), .close] }
        // A loop that nobody else keeps busy, and that is let look at its connections, hears of the end before the next request.
        let own = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let client = APIClient(servers: [server.url], token: nil, group: own)
        for _ in 0..<5 {
            #expect(try await client.send("POST", "/", body: [1]).status == 200)
            #expect(try await eventually { server.openConnections == 0 })
            try await own.next().scheduleTask(in: .milliseconds(20)) {}.futureResult.get()
        }
        #expect(server.requests.count == 5)
        try await own.shutdownGracefully()
    }

    @Test func `a server that does not answer costs the time limit and its connection`() async throws {
        let server = try await ScriptedServer.start(on: group) { _ in [.send("HTTP/1.1 200 OK\r\nContent-Le")] }
        await #expect(throws: APIClientError.timedOut) {
            try await client(server, timeout: .seconds(2)).send("GET", "/")
        }
        #expect(try await eventually { server.openConnections == 0 })
    }

    @Test func `a cancelled call ends at once and closes its connection`() async throws {
        let server = try await ScriptedServer.start(on: group) { _ in [] }
        let client = client(server, timeout: .seconds(100))
        let call = Task { try await client.send("GET", "/") }
        #expect(try await eventually { server.requests.count == 1 })
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        #expect(try await eventually { server.openConnections == 0 })
    }

    @Test func `a body above the limit is refused while it comes`() async throws {
        let length = ClientLimits.bodyBytes + 1
        let server = try await ScriptedServer.start(on: group) { request in
            let size = request.path == "/large" ? length : length - 1
            return [.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .repeating(65, count: size)]
        }
        let client = client(server)
        #expect(try await client.send("GET", "/fits").body.count == ClientLimits.bodyBytes)
        await #expect(throws: APIClientError.tooLarge) { try await client.send("GET", "/large") }
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ])
    func `what is no HTTP answer is malformed`(bytes: String) async throws {
        let server = try await ScriptedServer.start(on: group) { _ in [.send(bytes)] }
        do {
            _ = try await client(server).send("GET", "/")
            Issue.record("there was an answer")
        } catch APIClientError.malformedResponse(_) {
        }
    }

    @Test(arguments: [
        "", "localhost:80", "ftp://x", "http://", "http://a:0", "http://a:b", "http://a:1/x", "http://[::1",
    ])
    func `an address that is none is named`(text: String) async throws {
        let client = APIClient(servers: [text], token: nil, group: group)
        do {
            _ = try await client.send("GET", "/")
            Issue.record("there was an answer")
        } catch APIClientError.notReachable(let reason) {
            #expect(reason.contains("“\(text)”"), "\(reason)")
        }
    }

    @Test(arguments: ["", "x", "/a b", "/a\r\nX: y", "/ü"])
    func `a path that would break the request is not sent`(path: String) async throws {
        let server = try await ScriptedServer.start(on: group) { _ in [.send(answer("200 OK", ""))] }
        await #expect(throws: APIClientError.self) { try await client(server).send("GET", path) }
        #expect(server.requests.isEmpty)
    }
}
