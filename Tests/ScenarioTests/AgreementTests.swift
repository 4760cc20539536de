import Scenarios
import Testing

/// The engine and the plainest player agree on scenarios that nobody wrote.
@Suite struct AgreementTests {
    @Test(arguments: [UInt64(0), 1, 2, 3]) func `both come to the same on random scenarios`(lane: UInt64) throws {
        for seed in stride(from: lane, to: 1_000, by: 4) {
            try Self.compare(seed, ScenarioGenerator.Size(agents: 5, interactions: 12, queues: 2))
        }
    }

    private static func compare(_ seed: UInt64, _ size: ScenarioGenerator.Size) throws {
        let scenario = ScenarioGenerator.scenario(seed, upTo: size)
        var expected = ReferencePlayer.play(scenario)
        let found = try Replay.play(scenario)
        expected.estimates = [:]
        guard found != expected else { return }
        Issue.record("seed \(seed): \(first(found, expected))")
    }

    /// Where they part: the first of each list that is not the same.
    private static func first(_ found: ScenarioResult, _ expected: ScenarioResult) -> String {
        func part<Entry: Equatable>(_ name: String, _ one: [Entry], _ other: [Entry]) -> String? {
            guard one != other else { return nil }
            let place = zip(one, other).prefix { $0 == $1 }.count
            func tell(_ list: [Entry]) -> String { list.dropFirst(place).first.map { "\($0)" } ?? "nothing" }
            return "\(name)[\(place)]: engine \(tell(one)), reference \(tell(other))"
        }
        let parts = [
            part("offers", found.offers, expected.offers), part("starts", found.starts, expected.starts),
            part("unanswered", found.unanswered, expected.unanswered),
            part("declined", found.declined, expected.declined),
            part("abandoned", found.abandoned, expected.abandoned),
            part("agentStatus", found.agentStatus, expected.agentStatus),
            part("refused", found.refused, expected.refused),
        ]
        let rest = "ends or figures: \(found.statistics), \(expected.statistics)"
        return parts.compactMap(\.self).joined(separator: "\n").isEmpty
            ? rest : parts.compactMap(\.self).joined(separator: "\n")
    }
}
