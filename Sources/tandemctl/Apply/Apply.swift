import ArgumentParser
import Foundation

/// `tandemctl apply`.
struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the cluster's configuration what a file says.",
        discussion: """
            The YAML file has the lists skills, agents, queues and members; field names are those of the HTTP API. Members are \
            written as {queue: ID, agents: [ID, …]} and replace the whole list of that queue.

            Each entry is compared with the cluster field by field, and only what differs is written, in the order skills, agents, \
            queues, members. A second run says “unchanged”. Fields that the file leaves out are not compared; an entry that is \
            written anyway gets the API's defaults for them. Nothing is ever deleted.
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to apply.", valueName: "file"))
    var file: String

    @Flag(name: .long, help: "Only show what would change.")
    var dryRun = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw CommandFailure(.failed, "\(file) cannot be read; nothing was done. Check the path.")
        }
        let centre: CentreFile
        do {
            centre = try CentreFile(yaml: String(decoding: bytes, as: UTF8.self))
        } catch {
            let problems = error.problems.map { "\(file): \($0)" }.joined(separator: "\n")
            throw CommandFailure(.failed, "\(problems)\nNothing was sent. Correct the file and run this again.")
        }
        let isTable = output.output == .table
        let summary: ApplySummary
        do {
            summary = try await ApplyRun(api: try options.client(), isDryRun: dryRun).run(centre) { result in
                if isTable { show(result) }
            }
        } catch {
            throw CommandFailure(
                error, doing: "\(file) was applied in part; running this again goes on where it stopped")
        }
        if isTable {
            Console.say(closing(summary))
        } else {
            Console.say(String(decoding: try json(summary).json(pretty: true), as: UTF8.self))
        }
        if summary.refused > 0 {
            let skipped =
                summary.skipped > 0 ? " \(summary.skipped) entries that may depend on them were not tried." : ""
            throw CommandFailure(
                .failed,
                "\(summary.refused) entries were refused and are as before.\(skipped) Correct \(file) and run this again."
            )
        }
    }

    /// Lines for one entry; a new member list alone may have thousands.
    private static let shownDifferences = 8

    private func show(_ result: ApplyResult) {
        let name = "\(result.entry.kind) \(TextTable.printable(result.entry.id))"
        switch result.outcome {
        case .unchanged:
            break
        case .created:
            Console.say(Console.coloured("+ \(name)", .green) + (dryRun ? " would be created" : " created"))
        case .changed(let differences):
            Console.say(Console.coloured("~ \(name)", .yellow) + (dryRun ? " would change" : " changed"))
            for difference in differences.prefix(Self.shownDifferences) {
                let before = TextTable.printable(difference.before?.text ?? "–")
                Console.say(
                    "    \(difference.field): \(before) → \(TextTable.printable(difference.after?.text ?? "–"))")
            }
            let more = differences.count - Self.shownDifferences
            if more > 0 { Console.say("    and \(more) more (--output json shows all)") }
        case .refused(let reasons):
            for reason in reasons {
                let line = result.entry.line.map { ":\($0)" } ?? ""
                Console.complain(
                    Console.coloured("! ", .red)
                        + "\(file)\(line): \(result.entry.place) (\(name)) \(TextTable.printable(reason))")
            }
        }
    }

    private func closing(_ summary: ApplySummary) -> String {
        if summary.unchanged == summary.results.count {
            return "unchanged: all \(summary.unchanged) entries are as in \(file)"
        }
        let (created, changed) = dryRun ? ("to create", "to change") : ("created", "changed")
        return "\(summary.created) \(created), \(summary.changed) \(changed), \(summary.unchanged) unchanged"
            + (summary.refused > 0 ? ", \(summary.refused) refused" : "")
            + (dryRun ? " (dry run: nothing was written)" : "")
    }

    private func json(_ summary: ApplySummary) -> JSONValue {
        let entries = summary.results.map { result in
            var fields: [String: JSONValue] = [
                "kind": .string(result.entry.kind.rawValue), "id": .string(result.entry.id),
                "place": .string(result.entry.place),
            ]
            switch result.outcome {
            case .unchanged: fields["outcome"] = .string("unchanged")
            case .created: fields["outcome"] = .string("created")
            case .changed(let differences):
                fields["outcome"] = .string("changed")
                fields["differences"] = .array(
                    differences.map { difference in
                        .object([
                            "field": .string(difference.field), "before": difference.before ?? .null,
                            "after": difference.after ?? .null,
                        ])
                    })
            case .refused(let reasons):
                fields["outcome"] = .string("refused")
                fields["errors"] = .array(reasons.map { .string($0) })
            }
            return JSONValue.object(fields)
        }
        return .object([
            "file": .string(file), "dryRun": .bool(dryRun), "entries": .array(entries),
            "created": .number(Double(summary.created)), "changed": .number(Double(summary.changed)),
            "unchanged": .number(Double(summary.unchanged)), "refused": .number(Double(summary.refused)),
            "skipped": .number(Double(summary.skipped)),
        ])
    }
}
