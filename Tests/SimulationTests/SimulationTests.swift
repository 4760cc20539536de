import Simulation
import Testing

@Suite struct SimulationTests {
    @Test func `a fault-free run of three nodes ends every conversation`() {
        let report = SimulationRun(seed: 1, settings: .init(isFaultFree: true)).run()
        #expect(report.violation == nil)
        #expect(report.ended == ["completed": 40])
        if report.violation != nil { print(report.trace.suffix(60).joined(separator: "\n")) }
    }

    @Test func `the same seed gives the same trace`() {
        let first = SimulationRun(seed: 7).run()
        let second = SimulationRun(seed: 7).run()
        #expect(first.traceHash == second.traceHash)
        #expect(SimulationRun(seed: 8).run().traceHash != first.traceHash)
    }
}
