import ArgumentParser

/// `tandemctl version`.
struct Version: ParsableCommand {
    /// Of this program; a cluster's nodes show theirs in `tandemctl status`.
    static let number = "0.1.0"

    static let configuration = CommandConfiguration(abstract: "Show the version of this program.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        switch output.output {
        case .table: Console.say("tandemctl \(Self.number)")
        case .json: Console.say("{\"tandemctl\":\"\(Self.number)\"}")
        }
    }
}
