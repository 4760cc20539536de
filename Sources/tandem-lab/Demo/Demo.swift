import ArgumentParser
import Foundation
import History
import NIOCore
import NIOPosix

/// `tandem-lab demo`: plays the sample centre against a running cluster.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Plays a morning of the sample centre against a running cluster.",
        discussion: """
            Simulated customers and agents are real HTTP clients. Arrival, patience and handle times are divided by \
            the factor; the servers' timers and the agents' reactions are not. Every call is recorded, and the record \
            is checked at the end as `tandem-lab verify` does. Exit codes: 0 every request was taken and every promise \
            held; 1 otherwise; 2 it could not be played.
            """)

    @Option(help: "How many customers call; the arrival file is repeated where it is too short.")
    var interactions = 2_000

    @Option(help: "Customers a second on average, whatever the factor (default: as the arrival file says).")
    var rate: Double?

    @Option(help: "Divides arrival, patience and handle times.")
    var factor = 80.0

    @Option(
        parsing: .upToNextOption, help: "Addresses of the cluster's nodes (default: http://127.0.0.1:8081 to :8083).")
    var servers: [String] = []

    @Option(help: "PEM file of the authority behind the servers' certificates, for https addresses.")
    var authority: String?

    @Option(help: "Names and bearer tokens of the cluster.", completion: .file(extensions: ["json"]))
    var tokens = ".run/tokens.json"

    @Option(help: "Where the history is written; a file that is there is replaced.")
    var history = ".run/history.jsonl"

    @Option(help: "The arrival file.", completion: .file(extensions: ["csv"]))
    var arrivals = "cluster-config/morning.csv"

    @Option(help: "Seed of the agents' choices.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (1...DemoLimits.interactions).contains(interactions) else {
            throw ValidationError("--interactions is from 1 to \(DemoLimits.interactions)")
        }
        guard factor > 0, factor.isFinite else { throw ValidationError("--factor is above 0") }
        if let rate, !(rate > 0 && rate.isFinite) { throw ValidationError("--rate is above 0") }
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let summary: DemoSummary
        do {
            var run = try DemoRun(plan: try plan(), tokens: try TokenFile(path: tokens), group: group)
            summary = try await run.play()
        } catch {
            Output.error(Output.reason(error))
            throw ExitCode(2)
        }
        try judge(summary)
    }

    private func plan() throws -> DemoPlan {
        let file: ArrivalFile
        do {
            let bytes = try Data(contentsOf: URL(filePath: arrivals))
            file = try ArrivalFile(parsing: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw ValidationError("\(arrivals) cannot be played: \(Output.reason(error))")
        }
        let named = servers.flatMap { $0.split(separator: ",").map(String.init) }
        return DemoPlan(
            arrivals: DemoPlan.arrivals(of: file, count: interactions, factor: factor, rate: rate), factor: factor,
            servers: named.isEmpty ? (8081...8083).map { "http://127.0.0.1:\($0)" } : named, authorityFile: authority,
            historyPath: history, seed: seed)
    }

    /// Checks the history that was written, the way `verify` does, and ends the program accordingly.
    private func judge(_ summary: DemoSummary) throws {
        let text: Data
        let report: HistoryReport
        do {
            text = try Data(contentsOf: URL(filePath: history))
            report = HistoryChecker(try RecordedHistory(parsing: text)).report()
        } catch {
            Output.error("\(history) was written and cannot be checked: \(Output.reason(error))")
            throw ExitCode(1)
        }
        summary.show(report)
        if let first = report.violations.first {
            print("\nThe first violation:")
            Verify.show(first, text)
        }
        print("\nHistory: \(history). Check it again with: tandem-lab verify \(history)")
        if !report.holds || !summary.isComplete { throw ExitCode(1) }
    }
}
