import ArgumentParser
import Foundation
import JSONDocuments
import Scenarios

/// `tandem-lab replay`: plays a scenario file through the routing engine.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Plays a scenario through the entities that a node links, under virtual time.",
        discussion: """
            Reads a scenario (format: docs/scenarios.md): queues, agents, what comes and what people do when. Plays it \
            through the queues, agents and conversations that tandem-node runs, joined by streams that deliver at once, \
            and writes who was offered what and what became of it, as JSON. The same file gives the same bytes. What the \
            file expects is compared. Exit codes: 0 played, 1 something was expected that did not come, 2 the file \
            cannot be read or played.
            """)

    @Argument(help: "The scenario, for example Tests/ScenarioTests/Scenarios/1-oldest-first.json.", completion: .file())
    var file: String

    @Option(help: "Where to write the result; without it, standard output.", completion: .file())
    var out: String?

    func run() throws {
        let scenario: Scenario
        let expected: JSONValue?
        let result: ScenarioResult
        do {
            (scenario, expected) = try Scenario.read(Array(try Data(contentsOf: URL(filePath: file))))
            result = try Replay.play(scenario)
        } catch {
            Output.error("\(file) was not played: \(Output.reason(error))")
            throw ExitCode(2)
        }
        let bytes = Data(result.json.encoded + [UInt8(ascii: "\n")])
        if let out {
            do { try bytes.write(to: URL(filePath: out), options: [.atomic]) } catch {
                Output.error("\(out) was not written: \(Output.reason(error))")
                throw ExitCode(2)
            }
        } else {
            FileHandle.standardOutput.write(bytes)
        }
        guard let expected else { return }
        let differences = result.differences(from: expected)
        for difference in differences { Output.error("not as expected: \(difference)") }
        if !differences.isEmpty { throw ExitCode(1) }
    }
}
