import Cluster
import HTTPAPI
import JSONDocuments
import Logging
import Primitives
import Synchronization
import Testing

/// Traces at the edge of the cluster (W3C Trace Context, sections 3.2 and 3.2.4).
@Suite struct TraceTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"
    private static let none = "0000000000000000"

    private static func header(_ flags: String) -> [(String, String)] {
        [("traceparent", "00-\(trace)-\(span)-\(flags)")]
    }

    /// The parts of the header that came with an answer.
    private static func parts(_ answer: TestAnswer) throws -> [String] {
        let text = try #require(answer.header("traceparent"))
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        try #require(parts.map(\.count) == [2, 32, 16, 2], "\(text)")
        return parts
    }

    // MARK: the header

    @Test func `the trace and the flag of a valid header are taken over`() {
        let valid: [(text: String, isSampled: Bool)] = [
            ("00-\(Self.trace)-\(Self.span)-01", true), ("00-\(Self.trace)-\(Self.span)-00", false),
            ("00-\(Self.trace)-\(Self.span)-03", true), ("00-\(Self.trace)-\(Self.span)-fe", false),
            ("00-\(Self.none)\(Self.span)-\(Self.span)-01", true), ("cc-\(Self.trace)-\(Self.span)-01", true),
            ("01-\(Self.trace)-\(Self.span)-00-", false), ("fe-\(Self.trace)-\(Self.span)-09-What.Comes,later", true),
        ]
        for (text, isSampled) in valid {
            let trace = RequestTrace(continuing: text)
            #expect(trace.id == text.dropFirst(3).prefix(32), "\(text)")
            #expect(TraceContext.text(of: trace.parent) == Self.span, "\(text)")
            #expect(trace.isSampled == isSampled, "\(text)")
            #expect(trace.context.span != 0 && trace.context.span != trace.parent, "\(text)")
            #expect(trace.ofCalls == (isSampled ? trace.context : TraceContext.none), "\(text)")
            #expect(trace.text == "00-\(trace.id)-\(trace.context.spanText)-\(isSampled ? "01" : "00")")
        }
    }

    @Test func `in place of an invalid header another trace begins, which is not sampled`() {
        let valid = "00-\(Self.trace)-\(Self.span)-01"
        let later = "cc\(valid.dropFirst(2))"
        let invalid: [String?] = [
            nil, "", "00", "-", "\(valid.dropLast())", "\(valid)0", "\(valid)-00", "\(valid), \(valid)", " \(valid)",
            "ff\(valid.dropFirst(2))", "FE\(valid.dropFirst(2))", "0x\(valid.dropFirst(2))", "0\(valid.dropFirst(2))",
            "00-\(Self.trace.uppercased())-\(Self.span)-01", "00-\(Self.trace)-\(Self.span.uppercased())-01",
            "00-\(Self.trace)-\(Self.span)-0A", "00-\(Self.trace)-\(Self.span)-0g",
            "00-\(Self.none)\(Self.none)-\(Self.span)-01", "00-\(Self.trace)-\(Self.none)-01",
            "00-\(Self.trace.dropLast())-\(Self.span)0-01", "00-\(Self.trace)-\(Self.span.dropLast())-001",
            "00_\(Self.trace)-\(Self.span)-01", "00-\(Self.trace)_\(Self.span)-01", "00-\(Self.trace)-\(Self.span)_01",
            "00-\(Self.trace.dropLast(2))\u{E9}-\(Self.span)-01", "\(later).later", "\(later)0", "\(later.dropLast())",
            "cc-\(Self.trace)-\(Self.none)-01",
        ]
        var seen: Set<String> = []
        for text in invalid {
            let trace = RequestTrace(continuing: text)
            #expect(trace.parent == 0 && !trace.isSampled, "\(text ?? "none")")
            #expect(trace.context.isTraced && trace.context.span != 0 && trace.ofCalls == TraceContext.none)
            #expect(trace.id != Self.trace)
            #expect(seen.insert(trace.id).inserted)
        }
    }

    // MARK: answers

    @Test func `an answer names the trace of its request, a span of its own and the flag`() async throws {
        try await TestServer.run { server in
            let client = TestClient(server: server)
            var spans: Set<String> = [Self.span]
            for flags in ["01", "00", "01"] {
                let parts = try Self.parts(try await client.send("GET", "/metrics", headers: Self.header(flags)))
                #expect(parts[0] == "00" && parts[1] == Self.trace && parts[3] == flags)
                #expect(spans.insert(parts[2]).inserted)
            }
            let upper = ("traceparent", "00-\(Self.trace.uppercased())-\(Self.span)-01")
            let unusable: [[(String, String)]] = [[], [upper], Self.header("01") + Self.header("01")]
            for headers in unusable {
                let parts = try Self.parts(try await client.send("GET", "/metrics", headers: headers))
                #expect(parts[1] != Self.trace && parts[3] == "00")
            }
        }
    }

    @Test func `a problem names the trace of its request`() async throws {
        try await TestServer.run { server in
            let client = TestClient(server: server)
            let known = try await client.send("GET", "/api/v1/nothing", headers: Self.header("00"))
            #expect(known.status == 404)
            #expect(try known.text("traceId") == Self.trace)
            let other = try await client.send("GET", "/api/v1/skills")
            #expect(other.status == 401)
            #expect(try other.text("traceId") == Self.parts(other)[1])
            #expect(Schema.problem.problems(of: try other.body) == [])
        }
    }

    // MARK: what a node tells

    @Test func `calls of a sampled request are told of as its children, those of others are not`() async throws {
        let told = ToldCalls()
        try await TestServer.run(told: told) { server in
            _ = try await SampleCentre(server)
            let client = try server.client("integration")
            #expect(told.calls.isEmpty)
            let answer = try await client.send(
                "POST", "/api/v1/conversations", json: SampleCentre.chat, headers: Self.header("01"))
            try #require(answer.status == 201, "\(answer)")
            let span = try Self.parts(answer)[2]
            let made = told.calls
            let create = try #require(made.first { $0.command == "create" })
            let id = try answer.text("id")
            #expect(create.entity == EntityID(.conversation, id))
            #expect(create.error == nil && create.shard == create.entity.shard(of: 8))
            #expect(made.allSatisfy { $0.trace.traceText == Self.trace && TraceContext.text(of: $0.parent) == span })
            #expect(Set(made.map(\.trace.span)).count == made.count)
            for headers in [Self.header("00"), []] {
                let other = try await client.send(
                    "POST", "/api/v1/conversations", json: SampleCentre.chat, headers: headers)
                #expect(other.status == 201)
            }
            #expect(told.calls == made)
            // A route that says nothing of traces: its calls carry this one as well.
            let read = try await client.send("GET", "/api/v1/agents/ana", headers: Self.header("01"))
            #expect(read.status == 200)
            #expect(told.calls.dropFirst(made.count).contains { $0.entity == EntityID(.agent, "ana") })
        }
    }

    @Test func `a sampled request is one line of the log, another is none`() async throws {
        let log = LineLog()
        try await TestServer.run(log: log) { server in
            let client = try server.client("admin")
            _ = try await client.send("GET", "/metrics", headers: Self.header("00"))
            _ = try await client.send("GET", "/metrics")
            // Nor is what anybody may ask, or nobody: or a stranger could fill the log.
            _ = try await client.send("GET", "/metrics", headers: Self.header("01"))
            _ = try await client.send("GET", "/api/v1/nothing", headers: Self.header("01"))
            var stranger = client
            stranger.token = nil
            _ = try await stranger.send("GET", "/api/v1/agents/ana", headers: Self.header("01"))
            #expect(log.lines.all.isEmpty)
            let answer = try await client.send("GET", "/api/v1/agents/nobody?secret=1", headers: Self.header("01"))
            let line = try #require(log.lines.all.first)
            #expect(log.lines.all.count == 1)
            #expect(line["trace"] == Self.trace && line["parent"] == Self.span)
            let span = try Self.parts(answer)[2]
            #expect(line["span"] == span)
            #expect(line["method"] == "GET" && line["path"] == "/api/v1/agents/nobody" && line["status"] == "400")
            #expect(line["microseconds"].flatMap { Int($0) } != nil && line["leftOut"] == nil)
        }
    }

    /// Collects the lines about traced requests.
    private struct LineLog: LogHandler {
        final class Lines: Sendable {
            private let lines = Mutex<[[String: String]]>([])
            func append(_ line: [String: String]) { lines.withLock { $0.append(line) } }
            var all: [[String: String]] { lines.withLock { $0 } }
        }

        let lines = Lines()
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard event.message == "traced request" else { return }
            lines.append((event.metadata ?? [:]).mapValues { "\($0)" })
        }
    }
}
