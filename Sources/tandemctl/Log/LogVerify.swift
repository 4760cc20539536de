import ArgumentParser

/// `tandemctl log verify`.
struct LogVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read a node's log as its start would, and say what is damaged.",
        discussion: """
            Reads every record, vote and snapshot, and says what the node will do about what it finds. A last write that \
            a crash cut off is no damage: nobody was told of it.

            Exit codes: 0 whole; 1 damaged; 2 not judged (no data directory, in use by a running node, or not readable).
            """)

    @OptionGroup var arguments: LogArguments
    @OptionGroup var output: OutputOptions

    func run() throws {
        let verdict = try LogVerdict(of: try LogDirectory(arguments.directory))
        switch output.output {
        case .json: Console.say(String(decoding: try verdict.json.json(pretty: true), as: UTF8.self))
        case .table:
            for line in verdict.lines { Console.say(TextTable.printable(line)) }
            Console.say(Console.coloured(verdict.conclusion, verdict.isWhole ? .green : .red))
        }
        if let failure = verdict.failure(arguments.directory) { throw failure }
    }
}
