import ArgumentParser

/// Measures the replicated log: nodes for the script `Benchmarks/bench-log`, and what needs no cluster.
@main
struct BenchLog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-log-node", abstract: "The processes of make bench-log.",
        subcommands: [RunNode.self, Fill.self, Recover.self, Idle.self, Compress.self])
}

/// Why a measurement cannot be made.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
