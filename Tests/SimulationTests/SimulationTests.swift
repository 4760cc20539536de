import Primitives
import Simulation
import Testing

/// Whole nodes under virtual time. Long runs are commands of their own: `tandem-lab simulate`, `planted`, `boundaries`.
@Suite struct SimulationTests {
    @Test func `a fault-free run of three nodes ends every conversation`() {
        let report = SimulationRun(seed: 1, settings: .init(isFaultFree: true)).run()
        #expect(report.violation == nil, "\(report.trace.suffix(60).joined(separator: "\n"))")
        #expect(report.ended == ["completed": 40])
        #expect(report.accepted == 40)
    }

    @Test func `the promises hold under faults`() {
        for seed in UInt64(1)...4 {
            let report = SimulationRun(seed: seed).run()
            #expect(report.violation == nil, "seed \(seed): \(report.trace.suffix(60).joined(separator: "\n"))")
            #expect(report.faults.values.reduce(0, +) > 0, "seed \(seed) had no fault")
        }
    }

    @Test func `the same seed gives the same trace, another seed another`() {
        let first = SimulationRun(seed: 7).run()
        let second = SimulationRun(seed: 7).run()
        #expect(first.traceHash == second.traceHash)
        #expect(SimulationRun(seed: 8).run().traceHash != first.traceHash)
    }

    @Test(arguments: [PlantedBug.agentClock, .unseen, .late, .forgetOutbox])
    func `a planted bug is caught`(_ bug: PlantedBug) {
        let caught = (1...UInt64(6)).contains { seed in
            SimulationRun(seed: seed, settings: .init(planted: bug)).run().violation != nil
        }
        #expect(caught, "\(bug) was not caught by 6 seeds")
    }

    @Test func `something at each of the first message boundaries harms nothing`() {
        for steps in BoundarySweep.pairs(below: 2) {
            let report = BoundarySweep(steps).run()
            #expect(report.violation == nil, "\(steps)")
            #expect(report.boundaries > 2)
        }
    }
}
