import Testing
import tandemctl

/// What is said of an operation, of a node that is being emptied, and of the registry.
@Suite struct OperationTextTests {
    private func operation(_ fields: [String: Double], state: String = "running") -> JSONValue {
        var all: [String: JSONValue] = ["id": .string("op-3"), "kind": .string("drain"), "state": .string(state)]
        for (name, number) in fields { all[name] = .number(number) }
        return .object(all)
    }

    @Test func `a line shows how far it is, how fast, and how long it will take`() {
        let half = operation(["moves": 8, "done": 4, "running": 2, "waiting": 2])
        #expect(OperationText.line(half) == "[############............] 4 of 8 moves")
        #expect(
            OperationText.line(half, elapsed: 8)
                == "[############............] 4 of 8 moves, 0.5 a second, about 8 s to go")
        // What was cancelled or overtaken will not be waited for.
        let over = operation(["moves": 8, "done": 4, "cancelled": 3, "overtaken": 1])
        #expect(OperationText.line(over, elapsed: 8) == "[########################] 8 of 8 moves")
        #expect(OperationText.line(operation([:])) == "[########################] 0 of 0 moves")
    }

    @Test func `its end says what was not done, and what to do then`() {
        let done = operation(["moves": 8, "done": 8], state: "done")
        #expect(OperationText.end(done) == "op-3 (drain) is done: 8 of 8 moves done.")
        let idle = operation(["moves": 0], state: "done")
        #expect(OperationText.end(idle) == "op-3 (drain) is done: nothing had to move.")
        let overtaken = OperationText.end(operation(["moves": 8, "done": 6, "overtaken": 2], state: "done"))
        #expect(overtaken.contains("2 overtaken") && overtaken.contains("run the command again"))
        let cancelled = OperationText.end(operation(["moves": 8, "done": 1, "cancelled": 7], state: "cancelled"))
        #expect(cancelled == "op-3 (drain) is cancelled: 1 of 8 moves done, 7 cancelled.")
    }

    @Test func `a step shows its stages in seconds since it began`() {
        let step = JSONValue.object([
            "shard": .number(7), "from": .array([.string("n1"), .string("n2")]),
            "to": .array([.string("n3"), .string("n2")]),
            "state": .string("done"), "startedAt": .string("2026-11-22T10:00:00.000Z"),
            "learningAt": .string("2026-11-22T10:00:00.250Z"), "endedAt": .string("2026-11-22T10:01:01.500Z"),
        ])
        #expect(
            StepText.row(step)
                == ["7", "n1 n2", "n3 n2", "done", "2026-11-22T10:00:00.000Z", "+0.25 s", "–", "+61.50 s"])
        #expect(StepText.row(.object([:])).suffix(3) == ["–", "–", "–"])
    }

    @Test func `who leads the registry is said, also when nobody is known to`() {
        #expect(RegistryText.line(.object(["registryLeader": .string("n2")])) == "The registry is led by n2.")
        #expect(RegistryText.line(.object([:])).contains("Nobody is known"))
        #expect(RegistryText.line(.object(["registryLeader": .null])).contains("Nobody is known"))
        #expect(!RegistryText.line(.object(["registryLeader": .string("n\u{1B}[2J")])).contains("\u{1B}"))
    }

    @Test func `advice for a node that is being emptied, and for one that is empty`() {
        func node(_ replicas: Double) -> JSONValue {
            .object([
                "id": .string("n4"), "state": .string("alive"), "linked": .bool(true), "draining": .bool(true),
                "replicas": .number(replicas),
            ])
        }
        #expect(NodeAdvice.lines([node(12)]).first?.contains("operations list") == true)
        #expect(NodeAdvice.lines([node(0)]).first?.contains("node remove n4") == true)
    }
}
