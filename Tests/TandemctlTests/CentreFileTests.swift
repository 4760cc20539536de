import Testing
import tandemctl

@Suite struct CentreFileTests {
    private func problems(_ text: String) -> [String] {
        do {
            _ = try CentreFile(yaml: text)
            return []
        } catch {
            return error.problems
        }
    }

    @Test func `values keep their JSON types, by YAML 1_2`() throws {
        let file = try CentreFile(
            yaml: "skills: [{id: 7, a: 1, b: 1.5, c: yes, d: true, e: '1', f: ~, g: [on], h: 08:30, i: 1e3}]")
        let expected: JSONValue = .object([
            "a": .number(1), "b": .number(1.5), "c": .string("yes"), "d": .bool(true), "e": .string("1"), "f": .null,
            "g": .array([.string("on")]), "h": .string("08:30"), "i": .number(1000),
        ])
        #expect(file.entries.first?.body == expected)
        #expect(file.entries.first?.id == "7")
    }

    @Test func `all problems are named with their lines`() {
        let found = problems(
            """
            skills:
              - {name: no id}
              - {id: a}
              - {id: a}
              - text
            agents: {}
            rooms: []
            members:
              - {queue: q, agents: [[x]]}
              - {queue: r, agents: [], extra: 1}
            """)
        let starts = [
            "line 7: unknown key “rooms”", "line 2: skills[0]: has no id",
            "line 4: skills[2] has the id “a” of skills[1]",
            "line 5: skills[3]: is not a mapping", "line 6: agents is not a list", "line 9: members[0]: agents has",
            "line 10: members[1]: needs the keys",
        ]
        #expect(found.count == starts.count, "\(found)")
        for (problem, start) in zip(found, starts) { #expect(problem.hasPrefix(start), "\(problem)") }
    }

    @Test(arguments: ["", "[]", "a", "a: [", "skills: [{id: a, id: b}]"])
    func `a document of another form is refused`(text: String) {
        #expect(!problems(text).isEmpty)
    }

    @Test func `tokens follow the people and divisions of a centre`() throws {
        let file = try CentreFile(
            yaml:
                "agents: [{id: a, division: north}, {id: b, division: south}, {id: c}]\nqueues: [{id: q, division: east}]"
        )
        let all = ["east", "north", "south"]
        let plan = TokenPlan(file).entries.map { "\($0.name) \($0.subject) \($0.roles) \($0.divisions)" }
        #expect(
            plan == [
                "admin admin [\"admin\"] \(all)", "supervisor supervisor [\"supervisor\"] \(all)",
                "integration integration [\"integration\"] \(all)", "reporting reporting [\"reporting\"] \(all)",
                "supervisor:east supervisor:east [\"supervisor\"] [\"east\"]",
                "supervisor:north supervisor:north [\"supervisor\"] [\"north\"]",
                "supervisor:south supervisor:south [\"supervisor\"] [\"south\"]",
                "agent:a a [\"agent\"] [\"north\"]", "agent:b b [\"agent\"] [\"south\"]", "agent:c c [\"agent\"] []",
            ])
    }
}
