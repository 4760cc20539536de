import ArgumentParser

/// `tandemctl doctor`.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look for what is wrong with the cluster, and say what to do.",
        discussion: """
            Reads the state of nodes, shards and operations and changes nothing. Findings come in the order of their \
            severity. Exit 0 when there is none, 1 when there is one.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let findings = Diagnosis.findings(try await ClusterReading.take(options))
        switch output.output {
        case .json:
            let list = JSONValue.object(["findings": .array(findings.map(\.json))])
            Console.say(String(decoding: try list.json(pretty: true), as: UTF8.self))
        case .table: Self.show(findings)
        }
        if !findings.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private static func show(_ findings: [Finding]) {
        if findings.isEmpty { return Console.say(Console.coloured("Nothing is wrong.", .green)) }
        for finding in findings {
            let colour: Console.Colour =
                switch finding.severity {
                case .critical: .red
                case .warning: .yellow
                case .notice: .dim
                }
            let line = TextTable.printable("\(finding.severity.rawValue)  \(finding.subject): \(finding.text)")
            Console.say(Console.coloured(line, colour))
            Console.say(TextTable.printable("    \(finding.advice)"))
        }
    }
}
