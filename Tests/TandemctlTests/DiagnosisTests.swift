import Testing
import tandemctl

/// What `tandemctl doctor` finds, from answers of the API.
@Suite struct DiagnosisTests {
    private static func json(_ text: String) throws -> JSONValue { try JSONValue(json: Array(text.utf8)) }

    /// Three nodes with two shards of three copies each; `node` and `shard` are added to the second of each.
    private func reading(
        node: [String: JSONValue] = [:], member: [String: JSONValue] = [:], conditions: [String] = [],
        learners: [String] = [], leader: String? = "n2",
        operations: String? = #"{"items": [], "asOf": "2026-01-01T12:00:00.000Z"}"#
    ) throws -> ClusterReading {
        let names = ["n1", "n2", "n3"]
        let health = names.map { name -> JSONValue in
            var fields: [String: JSONValue] = [
                "node": .string(name), "reachable": .bool(true), "version": .string("1"), "clockOffsetMs": .number(-20),
                "fsyncP99Ms": .number(4.096), "certificateDaysLeft": .number(365), "groupsRepairing": .number(0),
                "groupsLeaderless": .number(0), "diskIsFull": .bool(false), "duty": .string("leads"),
            ]
            if name == "n2" { fields.merge(node) { $1 } }
            return .object(fields)
        }
        let members = names.map { name -> JSONValue in
            var fields: [String: JSONValue] = [
                "id": .string(name), "state": .string("alive"), "linked": .bool(true), "draining": .bool(false),
            ]
            if name == "n2" { fields.merge(member) { $1 } }
            return .object(fields)
        }
        let shards = (0..<2).map { number -> JSONValue in
            let states = number == 1 && !conditions.isEmpty ? conditions : ["intact", "intact", "intact"]
            var fields: [String: JSONValue] = [
                "shard": .number(Double(number)),
                "replicas": .array(
                    zip(names, states).map { name, state in
                        let role = learners.contains(name) ? "learner" : "follower"
                        return .object([
                            "node": .string(name), "condition": .string(state), "role": .string(role),
                        ])
                    }),
            ]
            fields["leader"] = number == 1 ? leader.map { .string($0) } : .string("n1")
            return .object(fields)
        }
        return ClusterReading(
            cluster: .object(["nodes": .array(members)]), health: .object(["items": .array(health)]),
            shards: .object(["items": .array(shards)]), operations: try operations.map { try Self.json($0) })
    }

    private func only(_ reading: ClusterReading) throws -> Finding {
        let findings = Diagnosis.findings(reading)
        #expect(findings.count == 1, "\(findings)")
        return try #require(findings.first)
    }

    @Test func `nothing is found where nothing is wrong`() throws {
        #expect(Diagnosis.findings(try reading()) == [])
    }

    @Test func `each figure of a node has its limit`() throws {
        let cases: [(String, JSONValue, Finding.Severity, String)] = [
            ("clockOffsetMs", .number(251), .warning, "251 ms ahead of"),
            ("clockOffsetMs", .number(-400), .warning, "400 ms behind"),
            ("fsyncP99Ms", .number(65.536), .warning, "up to 66 ms"),
            ("certificateDaysLeft", .number(29), .warning, "ends in 29 days"),
            ("certificateDaysLeft", .number(6), .critical, "ends in 6 days"),
            ("certificateDaysLeft", .number(-1), .critical, "has ended"),
            ("diskIsFull", .bool(true), .critical, "disk is full"),
            ("groupsRepairing", .number(2), .warning, "2 of its replicas"),
            ("groupsLeaderless", .number(1e300), .warning, "knows no leader of 1000000000000000"),
        ]
        for (field, value, severity, words) in cases {
            let finding = try only(try reading(node: [field: value]))
            #expect(finding.severity == severity && finding.subject == "n2", "\(finding)")
            #expect(finding.text.contains(words), "\(finding)")
            #expect(!finding.advice.isEmpty)
        }
        let fine: [String: JSONValue] = [
            "clockOffsetMs": .number(250), "fsyncP99Ms": .number(50), "certificateDaysLeft": .number(30),
        ]
        #expect(Diagnosis.findings(try reading(node: fine)) == [])
    }

    @Test func `a clock that keeps a node from leading is critical`() throws {
        let finding = try only(
            try reading(node: ["clockOffsetMs": .number(700), "duty": .string("clockIsOff")]))
        #expect(finding.severity == .critical && finding.text.contains("leads nothing"))
    }

    @Test func `a node that cannot be reached is named with reason and state`() throws {
        let finding = try only(
            try reading(
                node: ["reachable": .bool(false), "reason": .string("no connection"), "version": .null],
                member: ["state": .string("dead")]))
        #expect(finding.severity == .critical && finding.subject == "n2")
        #expect(finding.text.contains("no connection") && finding.text.contains("dead"))
        #expect(finding.advice.contains("node replace n2"))
    }

    @Test func `shards without a majority, a leader or a whole copy are told apart`() throws {
        let lost = try only(try reading(conditions: ["intact", "unknown", "repairing"]))
        #expect(lost.severity == .critical && lost.subject == "shard 1" && lost.text.contains("majority"))
        let leaderless = try only(try reading(leader: nil))
        #expect(leaderless.severity == .critical && leaderless.text.contains("nobody leads"))
        let repairing = try only(try reading(conditions: ["intact", "intact", "repairing"]))
        #expect(repairing.severity == .warning && repairing.text.contains("repaired"))
        // Who only learns is repaired, and nothing stands still meanwhile.
        let learns = try only(try reading(conditions: ["intact", "repairing", "unknown"], learners: ["n2", "n3"]))
        #expect(learns.severity == .warning && learns.text.contains("repaired"))
        let few = try only(try reading(conditions: ["intact", "intact"]))
        #expect(few.severity == .warning && few.text.contains("fewer than three copies"))
    }

    @Test func `versions that differ are listed`() throws {
        let finding = try only(try reading(node: ["version": .string("2")]))
        #expect(finding.text.contains("1 on n1, n3; 2 on n2"))
    }

    @Test func `draining is a notice, and comes last`() throws {
        let findings = Diagnosis.findings(
            try reading(
                node: ["diskIsFull": .bool(true), "fsyncP99Ms": .number(100)],
                member: ["draining": .bool(true), "replicas": .number(4)]))
        #expect(findings.map(\.severity) == [.critical, .warning, .notice])
        #expect(findings.last?.text.contains("still keeps 4 shards") == true)
    }

    @Test func `an operation that stands still is found, one that moves is not`() throws {
        func operations(_ moved: String) -> String {
            """
            {"asOf": "2026-01-01T12:00:00.000Z", "items": [
                {"id": "op-4", "state": "running", "createdAt": "2026-01-01T10:00:00.000Z", "moves": 2, "done": 1,
                 "movedAt": \(moved)},
                {"id": "op-3", "state": "done", "createdAt": "2026-01-01T09:00:00.000Z"}]}
            """
        }
        let finding = try only(try reading(operations: operations(#""2026-01-01T11:30:00.000Z""#)))
        #expect(finding.subject == "op-4" && finding.text.contains("30 minutes"))
        #expect(Diagnosis.findings(try reading(operations: operations(#""2026-01-01T11:55:00.000Z""#))) == [])
        let waiting = try only(try reading(operations: operations("null")))
        #expect(waiting.text.contains("120 minutes"))
    }

    @Test func `a registry that does not answer is critical`() throws {
        let finding = try only(try reading(operations: nil))
        #expect(finding.severity == .critical && finding.subject == "registry")
    }

    @Test func `answers of any shape give findings, not a crash`() {
        let odd = JSONValue.object(["items": .array([.null, .number(1), .object([:])]), "nodes": .string("x")])
        let findings = Diagnosis.findings(ClusterReading(cluster: .null, health: odd, shards: odd, operations: odd))
        #expect(findings.allSatisfy { !$0.advice.isEmpty } && !findings.isEmpty)
    }
}
