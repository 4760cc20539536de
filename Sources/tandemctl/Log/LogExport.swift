import ArgumentParser

/// `tandemctl log export`.
struct LogExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write all readable records of a node's log to one file.",
        discussion: """
            The file is one LZ4 frame; lz4 -dc FILE opens it, docs/log-format.md (“Export”) describes what is in it. It \
            holds what customers and agents wrote: only its owner may read it. A file that is there is not replaced.

            Exit codes: 0 written; 1 not written, or the directory is damaged beyond reading; 2 no data directory, in use \
            by a running node, or not readable. Records that cannot be read are left out and counted.
            """)

    @OptionGroup var arguments: LogArguments

    @Option(
        name: .long, help: ArgumentHelp("The file to write, for example n1-log.lz4.", valueName: "file"),
        completion: .file(extensions: ["lz4"]))
    var out: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let export = try LogExportFile(out).write(try LogDirectory(arguments.directory))
        switch output.output {
        case .json: Console.say(String(decoding: try export.json.json(pretty: true), as: UTF8.self))
        case .table:
            Console.say("\(out): \(export.records) records, \(export.bytes) bytes. Open it with lz4 -dc \(out)")
        }
        if export.damaged > 0 {
            Console.complain(
                "\(export.damaged) stretches or records cannot be read and were left out. "
                    + "tandemctl log verify \(arguments.directory) says what they are.")
        }
    }
}
