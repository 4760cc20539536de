import ArgumentParser
import Primitives
import Simulation

/// Runs whole clusters on one thread from seeds, with faults, and checks the promises while they run.
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulates whole clusters from seeds, with faults, and checks the promises while they run.",
        discussion:
            "Exit 0 when every seed holds, 1 on a violation: the seed and the event log that matters are printed.")

    @Option(help: "How many seeds to run.") var seeds = 100
    @Option(name: .customLong("from"), help: "The first seed.") var from: UInt64 = 1
    @Option(help: "Virtual minutes with faults in each seed.") var minutes: Double = 1.5
    @Option(help: "Show every decision of these queues and agents, by key, with commas between.") var follow: String?
    @Flag(help: "No faults: the cluster at its ease.") var calm = false
    @Flag(help: "Full, failing and decaying disks in every seed, not in every other one.") var diskFaults = false
    @Flag(help: "The last line is JSON.") var json = false
    @Flag(help: "Print a line for each seed.") var verbose = false

    func validate() throws {
        guard seeds > 0 else { throw ValidationError("--seeds must be at least 1") }
        guard !(calm && diskFaults) else { throw ValidationError("--calm and --disk-faults exclude each other") }
        guard minutes > 0, minutes <= 600 else { throw ValidationError("--minutes must be above 0 and at most 600") }
    }

    func run() throws {
        var total = SimulationTotal()
        for seed in from..<(from + UInt64(seeds)) {
            var settings = SimulationRun.Settings(isFaultFree: calm)
            settings.alwaysDiskFaults = diskFaults
            settings.followed = Set((follow ?? "").split(separator: ",").map(String.init))
            settings.faults = .milliseconds(Int64(minutes * 60_000))
            let report = SimulationRun(seed: seed, settings: settings).run()
            total.add(report)
            if verbose {
                print("seed \(seed): \(report.violation ?? "holds") \(report.ended.sorted { $0.key < $1.key })")
            }
            if let violation = report.violation { explain(report, violation) }
            if !json, total.seeds % 50 == 0 {
                print("\(total.seeds) of \(seeds) seeds, \(total.violations) violations")
            }
        }
        print(json ? total.json : total.text)
        if total.violations > 0 { throw ExitCode(1) }
    }

    private func explain(_ report: SimulationRun.Report, _ violation: String) {
        print("seed \(report.seed): \(violation)")
        for line in report.trace.suffix(follow == nil ? 60 : 400) { print("    \(line)") }
        let faults = diskFaults ? " --disk-faults" : ""
        print("    again: tandem-lab simulate --seeds 1 --from \(report.seed) --minutes \(minutes)\(faults)")
    }
}

/// The sum of many runs.
struct SimulationTotal {
    private(set) var seeds = 0
    private(set) var violations = 0
    private var commands: UInt64 = 0
    private var seconds = 0.0
    private var leaderships: UInt64 = 0
    private var undecided = 0
    private var faults: [String: UInt64] = [:]
    private var snapshots: [String: UInt64] = [:]
    private var ended: [String: Int] = [:]
    private var hash: UInt64 = 0

    mutating func add(_ report: SimulationRun.Report) {
        seeds += 1
        if report.violation != nil { violations += 1 }
        commands += report.commands
        seconds += report.virtualTime.seconds
        leaderships += report.leaderships
        undecided += report.undecided
        faults.merge(report.faults) { $0 + $1 }
        snapshots.merge(report.snapshots) { $0 + $1 }
        ended.merge(report.ended) { $0 + $1 }
        hash = (hash &* 31) ^ report.traceHash
    }

    private var traceHash: String {
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    private var hours: Double { (seconds / 36).rounded() / 100 }

    private func list(_ counts: [String: some BinaryInteger]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
    }

    var json: String {
        "{\"seeds\":\(seeds),\"violations\":\(violations),\"commands\":\(commands),\"simulatedHours\":\(hours),"
            + "\"faults\":{\(list(faults))},\"traceHash\":\"\(traceHash)\"}"
    }

    var text: String {
        """
        \(seeds) seeds, \(violations) violations; \(commands) commands, \(hours) simulated hours
        faults: \(list(faults))
        snapshots: \(list(snapshots)); leaderships: \(leaderships); undecided registers: \(undecided)
        conversations: \(list(ended))
        trace hash \(traceHash)
        """
    }
}
