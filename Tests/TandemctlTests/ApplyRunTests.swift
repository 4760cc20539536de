import APIClient
import Testing
import tandemctl

@Suite struct ApplyRunTests {
    private let api = FakeConfigurationAPI()
    private let clock = ImmediateClock()

    private static let text = """
        members:
          - {queue: sales, agents: [anna, {agent: ben, ring: 2}]}
        queues:
          - {id: sales, name: Sales, mediaTypes: [voice, chat], alertSeconds: {voice: 8}}
        agents:
          - {id: anna, name: Anna, skills: [{skill: english, proficiency: 4}]}
          - {id: "ben/2", name: Ben}
        skills:
          - {id: english, name: English, kind: language}
        """

    private func apply(_ text: String = text, dryRun: Bool = false) async throws -> ApplySummary {
        try await ApplyRun(api: api, isDryRun: dryRun, clock: clock).run(try CentreFile(yaml: text)) { _ in }
    }

    @Test func `a first run creates everything in the order of dependence, a second changes nothing`() async throws {
        try api.store("/api/v1/queues/sales/members", #"{"items":[]}"#)
        let first = try await apply()
        #expect(first.created == 4 && first.changed == 1 && first.refused == 0)
        #expect(
            api.puts == [
                "/api/v1/skills/english", "/api/v1/agents/anna", "/api/v1/agents/ben%2F2", "/api/v1/queues/sales",
                "/api/v1/queues/sales/members",
            ])
        #expect(
            api.stored("/api/v1/skills/english") == .object(["name": .string("English"), "kind": .string("language")]))
        let second = try await apply()
        #expect(second.unchanged == 5)
        #expect(api.puts.count == 5)
    }

    @Test func `only what differs is written, and each difference is named`() async throws {
        try api.store("/api/v1/queues/sales/members", #"{"items":[]}"#)
        _ = try await apply()
        let before = api.puts.count
        let changed = Self.text.replacing("voice: 8", with: "voice: 6").replacing(
            "proficiency: 4", with: "proficiency: 5"
        )
        .replacing("{agent: ben, ring: 2}", with: "cleo")
        let summary = try await apply(changed)
        let differences = summary.results.flatMap { result in
            if case .changed(let differences) = result.outcome { differences } else { [FieldDifference]() }
        }
        #expect(
            differences.map { "\($0.field): \($0.before?.text ?? "–") → \($0.after?.text ?? "–")" } == [
                "skills[english].proficiency: 4 → 5", "alertSeconds.voice: 8 → 6",
                #"items[ben]: {"agent":"ben","ring":2} → –"#, #"items[cleo]: – → {"agent":"cleo"}"#,
            ])
        #expect(
            Array(api.puts.dropFirst(before)) == [
                "/api/v1/agents/anna", "/api/v1/queues/sales", "/api/v1/queues/sales/members",
            ])
        #expect(api.headers.contains(["If-Match: \"7\""]))
    }

    @Test func `a dry run shows the same and writes nothing`() async throws {
        let summary = try await apply(dryRun: true)
        #expect(summary.created == 5)
        #expect(api.puts.isEmpty)
    }

    @Test func `the order of media types and of an agent's skills has no meaning`() async throws {
        let text = """
            queues: [{id: q, mediaTypes: [voice, chat]}]
            agents: [{id: a, skills: [{skill: x, proficiency: 1}, {skill: y, proficiency: 2}]}]
            """
        try api.store("/api/v1/queues/q", #"{"mediaTypes":["chat","voice"]}"#)
        try api.store(
            "/api/v1/agents/a", #"{"skills":[{"skill":"y","proficiency":2},{"skill":"x","proficiency":1,"since":"t"}]}"#
        )
        #expect(try await apply(text).unchanged == 2)
    }

    @Test func `a refusal names every field, the rest of its kind is tried, later kinds are not`() async throws {
        let problem = #"""
            {"title":"Unprocessable","errors":[{"pointer":"/kind","detail":"unknown kind"},{"pointer":"/name","detail":"empty"}]}
            """#
        let text = "skills: [{id: a}, {id: b}]\nagents: [{id: x}]\nqueues: [{id: q}]"
        api.answer("PUT", "/api/v1/skills/a", 422, problem)
        let summary = try await apply(text)
        #expect(summary.results.first?.outcome == .refused(["/kind: unknown kind", "/name: empty"]))
        #expect(summary.results.first?.entry.place == "skills[0]")
        #expect(summary.refused == 1 && summary.created == 1 && summary.skipped == 2)
        #expect(api.puts == ["/api/v1/skills/a", "/api/v1/skills/b"])
    }

    @Test func `what may not have happened is sent again, after the time that the server asks for`() async throws {
        api.answer("GET", "/api/v1/skills/a", 503, "", ("Retry-After", "2"))
        api.answer("PUT", "/api/v1/skills/a", 504)
        api.answer("PUT", "/api/v1/skills/a", 429, "", ("Retry-After", "3600"))
        #expect(try await apply("skills: [{id: a}]").created == 1)
        #expect(clock.slept == [.seconds(2), .seconds(1), ApplyRun.longestWait])
    }

    @Test func `a server that never recovers is given up, with its reason`() async throws {
        for _ in 0..<20 { api.answer("PUT", "/api/v1/skills/a", 503, #"{"title":"No quorum"}"#) }
        let summary = try await apply("skills: [{id: a}]")
        #expect(summary.results.first?.outcome == .refused(["status 503, No quorum"]))
        #expect(api.puts.count == ApplyRun.attempts)
    }

    @Test func `a member list in pages is read whole`() async throws {
        let path = "/api/v1/queues/q/members"
        api.answer("GET", path + "?limit=500", 200, #"{"items":[{"agent":"a"}],"nextCursor":"x=1"}"#)
        api.answer("GET", path + "?limit=500&cursor=x%3D1", 200, #"{"items":[{"agent":"b"}]}"#)
        #expect(try await apply("members: [{queue: q, agents: [b, a]}]").unchanged == 1)
    }
}
