import Dispatch
import Primitives
import Simulation
import Testing

/// Whole nodes under virtual time. Long runs are commands of their own: `tandem-lab simulate`, `planted`, `boundaries`.
@Suite struct SimulationTests {
    /// Half a minute of faults: debug builds are slow.
    private static var brief: SimulationRun.Settings {
        var settings = SimulationRun.Settings()
        settings.faults = .seconds(30)
        return settings
    }

    @Test func `a fault-free run of three nodes ends every conversation`() async {
        let report = await onThread { SimulationRun(seed: 1, settings: .init(isFaultFree: true)).run() }
        #expect(report.violation == nil, "\(report.trace.suffix(60).joined(separator: "\n"))")
        #expect(report.ended == ["completed": 40])
        #expect(report.accepted == 40)
    }

    @Test func `the promises hold under faults`() async {
        var stored: UInt64 = 0
        for seed in UInt64(1)...3 {
            let report = await onThread { SimulationRun(seed: seed, settings: Self.brief).run() }
            #expect(report.violation == nil, "seed \(seed): \(report.trace.suffix(60).joined(separator: "\n"))")
            #expect(report.faults.values.reduce(0, +) > 0, "seed \(seed) had no fault")
            stored += report.snapshots["stored"] ?? 0
        }
        #expect(stored > 0)
    }

    @Test func `the same seed gives the same trace, another seed another`() async {
        let hashes = await onThread { [7, 7, 8].map { SimulationRun(seed: $0, settings: Self.brief).run().traceHash } }
        #expect(hashes[0] == hashes[1])
        #expect(hashes[0] != hashes[2])
    }

    @Test(arguments: [PlantedBug.agentClock, .unseen, .late, .forgetOutbox, .forgetfulFollower])
    func `a planted bug is caught`(_ bug: PlantedBug) async {
        let caught = await onThread {
            (1...UInt64(6)).contains { seed in
                SimulationRun(seed: seed, settings: .init(planted: bug)).run().violation != nil
            }
        }
        #expect(caught, "\(bug) was not caught by 6 seeds")
    }

    @Test func `something at each of the first message boundaries harms nothing`() async {
        for steps in BoundarySweep.pairs(below: 1) {
            let report = await onThread { BoundarySweep(steps).run() }
            #expect(report.violation == nil, "\(steps)")
            // After a crash another node leads, and fewer messages cross between nodes.
            #expect(report.boundaries > (steps.contains { $0.action == .crash } ? 0 : 2))
        }
    }
}

/// Runs one long computation on a thread of its own: on the shared pool it would hold up every test beside it.
private func onThread<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        queue.async { continuation.resume(returning: work()) }
    }
}

/// One after the other: decisions of all simulated queues report violations to one place.
private let queue = DispatchQueue(label: "simulation")
