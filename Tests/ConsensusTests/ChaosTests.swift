import Consensus
import Foundation
import Testing

/// Random runs against the invariants of Raft (Raft paper, figure 3), and the proof that these checks bite.
///
/// CONSENSUS_SEEDS gives the number of seeds, CONSENSUS_FIRST the first; a failure names the seed.
@Suite struct ChaosTests {
    private static func number(_ name: String, _ usual: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? usual
    }

    /// Seeds within which each planted fault is caught.
    private static let faultSeeds: UInt64 = 400
    /// CONSENSUS_TALK=1 tells what was found.
    private static var isTalkative: Bool { number("CONSENSUS_TALK", 0) == 1 }
    private static let steps = 3_000

    struct Outcome {
        var violations: [String] = []
        var elections = 0
        var reads = 0
        var snapshots = 0
        var configurations = 0
        var damages = 0
        var committed: UInt64 = 0
    }

    static func run(seed: UInt64, planting fault: PlantedFault? = nil) throws -> Outcome {
        let chaos = try Chaos(seed: seed, planting: fault)
        for step in 0..<steps where chaos.oracle.violations.isEmpty {
            try chaos.step()
            if step % 50 == 0 { compareLogs(chaos) }
        }
        if chaos.oracle.violations.isEmpty {
            chaos.oracle.proposalGoal = chaos.proposals + 3
            let recovered = try chaos.recovers()
            compareLogs(chaos)
            if !recovered, fault == nil, !isStuckByDamage(chaos) {
                chaos.oracle.fail("no progress after the trouble ended: \(states(chaos))")
            }
        }
        let oracle = chaos.oracle
        return Outcome(
            violations: oracle.violations, elections: oracle.elections, reads: oracle.reads,
            snapshots: oracle.snapshots, configurations: oracle.configurationsSeen, damages: oracle.damages,
            committed: oracle.committed)
    }

    /// With few voters the group may need the vote that a damaged replica must not give, or the log with which it must
    /// not campaign.
    private static func isStuckByDamage(_ chaos: Chaos) -> Bool {
        chaos.nodes.values.contains { $0.group.condition != .intact }
    }

    private static func states(_ chaos: Chaos) -> String {
        chaos.ids.compactMap { chaos.nodes[$0]?.group.status }.map { status in
            Describe.status(status) + " \(status.configuration)"
                + status.members.map(Describe.member).joined(separator: ";")
        }.joined(separator: "\n")
    }

    private static func compareLogs(_ chaos: Chaos) {
        let groups = chaos.ids.compactMap { chaos.nodes[$0]?.group }
        for (position, one) in groups.enumerated() {
            for other in groups[(position + 1)...] { chaos.oracle.compare(one, other) }
        }
    }

    @Test func `random networks keep every invariant and recover`() throws {
        var total = Outcome()
        let first = Self.number("CONSENSUS_FIRST", 1)
        let count = Self.number("CONSENSUS_SEEDS", 60)
        for seed in first..<first + count {
            let outcome = try Self.run(seed: seed)
            #expect(outcome.violations.isEmpty, "seed \(seed): \(outcome.violations.first ?? "")")
            total.elections += outcome.elections
            total.reads += outcome.reads
            total.snapshots += outcome.snapshots
            total.configurations += outcome.configurations
            total.damages += outcome.damages
            total.committed += outcome.committed
        }
        if Self.isTalkative { print(total) }
        // The runs do what they are meant to try.
        #expect(total.elections > Int(count) * 2, "\(total)")
        #expect(total.reads > Int(count), "\(total)")
        #expect(total.snapshots > Int(count) / 4, "\(total)")
        #expect(total.configurations > Int(count) / 4, "\(total)")
        #expect(total.damages > Int(count) / 4, "\(total)")
        #expect(total.committed > count * 10, "\(total)")
    }

    @Test(arguments: PlantedFault.allCases)
    func `a planted fault is caught`(fault: PlantedFault) throws {
        for seed in 1...Self.faultSeeds {
            let outcome = try Self.run(seed: seed, planting: fault)
            if let found = outcome.violations.first {
                if Self.isTalkative { print("\(fault): seed \(seed): \(found)") }
                return
            }
        }
        Issue.record("\(fault) was not caught within \(Self.faultSeeds) seeds")
    }

    @Test func `a run repeats from its seed`() throws {
        let one = try Self.run(seed: 7)
        let other = try Self.run(seed: 7)
        #expect(one.committed == other.committed && one.elections == other.elections && one.reads == other.reads)
    }
}
