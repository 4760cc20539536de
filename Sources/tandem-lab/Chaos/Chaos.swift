import ArgumentParser
import Foundation
import Glibc

/// `tandem-lab chaos`: faults on five real nodes. Becomes `chaos/nemesis`, which does all of it.
struct Chaos: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Strikes five real nodes with kills, pauses, partitions and moves, and judges what clients saw.",
        discussion: """
            Starts chaos/nemesis of the working directory with the programs beside this one. Needs root, Python 3, \
            iproute2 and nftables. Exit codes: 0 every promise held; 1 one was broken, and the data are kept; 2 it \
            could not be played.
            """)

    private static let program = "chaos/nemesis"

    @Argument(help: "One of the scenarios that --list names.") var scenario: String?
    @Flag(help: "Say which scenarios there are.") var list = false
    @Option(help: "How long nemeses strike (default: 2; mass-restart: as long as 20 storms last).") var minutes: Double?
    @Option(help: "Of who is struck and when (default: a new one, which is printed).") var seed: Int?
    @Flag(help: "One line of JSON on standard output; progress goes to standard error.") var json = false

    func validate() throws {
        guard list || scenario != nil else { throw ValidationError("name a scenario; --list says which there are") }
        if let scenario, scenario.isEmpty || scenario.hasPrefix("-") {
            throw ValidationError("“\(scenario)” is no scenario; --list says which there are")
        }
        if let minutes, !(minutes > 0 && minutes <= 1_440) {
            throw ValidationError("--minutes is above 0 and at most 1440")
        }
        if let seed, seed < 0 { throw ValidationError("--seed is 0 or above") }
    }

    func run() throws {
        guard FileManager.default.isExecutableFile(atPath: Self.program) else {
            Output.error("there is no program \(Self.program) here; start this in the folder of the project")
            throw ExitCode(2)
        }
        let words = [Self.program] + arguments()
        let pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        execv(Self.program, pointers)
        // Only a failure comes back.
        let reason = String(cString: strerror(errno))
        for pointer in pointers { free(pointer) }
        Output.error("\(Self.program) could not be started: \(reason)")
        throw ExitCode(2)
    }

    /// What the program is told.
    private func arguments() -> [String] {
        if list { return ["--list"] }
        var words = scenario.map { [$0] } ?? []
        if let minutes { words += ["--minutes", "\(minutes)"] }
        if let seed { words += ["--seed", "\(seed)"] }
        if json { words.append("--json") }
        if let folder = Self.folder { words += ["--bin", folder] }
        return words
    }

    /// The folder of this program; `tandem-node` and `tandemctl` of the same build stand there.
    private static var folder: String? {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return path.map { URL(filePath: $0).deletingLastPathComponent().path(percentEncoded: false) }
    }
}
