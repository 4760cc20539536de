import ArgumentParser
import Simulation

/// Does something at every message boundary, in all pairs.
struct Boundaries: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Accepts, declines, abandons and crashes at every pair of message boundaries.",
        discussion: "Exit 0 when every pair holds, 1 on a violation, with the pair and its event log.")

    @Option(help: "Message boundaries looked at, from the creation of the conversation.") var below = 16

    func validate() throws {
        guard below > 0, below <= 64 else { throw ValidationError("--below must be 1 to 64") }
    }

    func run() throws {
        let pairs = BoundarySweep.pairs(below: below)
        var violations = 0
        for (number, steps) in pairs.enumerated() {
            let report = BoundarySweep(steps).run()
            if let violation = report.violation {
                violations += 1
                let text = steps.map { "\($0.action.rawValue) at \($0.boundary)" }.joined(separator: ", ")
                print("\(text): \(violation)")
                if violations == 1 { for line in report.trace.suffix(60) { print("    \(line)") } }
            }
            if number % 500 == 499 { print("\(number + 1) of \(pairs.count) pairs, \(violations) violations") }
        }
        print("\(pairs.count) pairs of actions at message boundaries, \(violations) violations")
        if violations > 0 { throw ExitCode(1) }
    }
}
