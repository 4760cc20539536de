import ArgumentParser

/// `tandemctl log inspect`.
struct LogInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "List the records of a node's log, in their order on disk.",
        discussion: """
            Records that later ones replaced are listed too; a stretch that holds no readable record is listed as damaged, \
            whatever group is asked for, as nobody knows whose it is. A last write that a crash cut off looks like that \
            too: tandemctl log verify tells the two apart.

            Exit codes: 0 listed; 1 the directory is damaged beyond reading; 2 no data directory, in use by a running node, \
            or not readable.
            """)

    @OptionGroup var arguments: LogArguments

    @Option(name: .long, help: "Only records of this group (a shard's number).")
    var group: UInt32?

    @Flag(name: .long, help: "Show what the records hold: bytes in the table, Base64 in JSON.")
    var payload = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let directory = try LogDirectory(arguments.directory)
        let listing = LogListing(group: group, showsPayload: payload)
        switch output.output {
        case .table: try listing.writeTable(directory) { Console.say($0) }
        case .json: try listing.writeJSON(directory) { Console.say($0) }
        }
    }
}
