import ArgumentParser
import Primitives
import Simulation

/// Plants each known defect into the production code and shows that the checkers catch it.
struct Planted: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plants defects and shows that the checkers catch each of them.",
        discussion: "Exit 0 when every planted bug is caught within --seeds seeds.")

    @Option(help: "Seeds tried for each bug before it counts as missed.") var seeds = 60
    @Option(help: "Only this bug.") var only: String?

    func validate() throws {
        if let only, PlantedBug(rawValue: only) == nil {
            let names = PlantedBug.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no planted bug \(only); there are \(names)")
        }
    }

    func run() throws {
        var missed: [String] = []
        for bug in PlantedBug.allCases where only == nil || only == bug.rawValue {
            let caught = (1...UInt64(seeds)).lazy
                .map { SimulationRun(seed: $0, settings: .init(planted: bug)).run() }
                .first { $0.violation != nil }
            if let caught {
                print("caught \(bug.rawValue) by seed \(caught.seed): \(caught.violation ?? "")")
            } else {
                missed.append(bug.rawValue)
                print("MISSED \(bug.rawValue) in \(seeds) seeds")
            }
        }
        print(missed.isEmpty ? "every planted bug is caught" : "missed: \(missed.joined(separator: ", "))")
        if !missed.isEmpty { throw ExitCode(1) }
    }
}
