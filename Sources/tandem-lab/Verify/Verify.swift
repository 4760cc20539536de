import ArgumentParser
import Foundation
import History
import Linearizability

/// `tandem-lab verify`: checks a recorded client history.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks a client history: nothing lost, nothing doubled, every conversation linearizable.",
        discussion: """
            Reads what `tandem-lab demo` recorded (format: docs/history-format.md) and checks, from the clients' side \
            alone, that the history is whole, that every acknowledged conversation ended with a reason, and promises 1 \
            to 3, 5 and 6 of the routing semantics. Prints a line for each check, and the first violation with the \
            lines that show it. Exit codes: 0 all hold, 1 a violation, or a conversation that could not be decided, \
            2 the file cannot be read.
            """)

    @Argument(help: "The history, for example .run/history.jsonl.", completion: .file(extensions: ["jsonl"]))
    var history: String

    func run() async throws {
        let bytes: Data
        let recorded: RecordedHistory
        do {
            bytes = try Data(contentsOf: URL(filePath: history))
            recorded = try RecordedHistory(parsing: bytes)
        } catch {
            Output.error("\(history) was not checked: \(Output.reason(error))")
            throw ExitCode(2)
        }
        let checker = HistoryChecker(recorded)
        let report = checker.report()
        print("\(history): \(recorded.lines.count) records.")
        for check in report.checks { print("  " + Self.line(check)) }
        if let first = report.violations.first {
            print("\(report.violations.count) violation\(report.violations.count == 1 ? "" : "s"). The first:")
            Self.show(first, bytes)
        }
        if !report.undecided.isEmpty {
            let names = report.undecided.prefix(Self.namesShown).joined(separator: ", ")
            let rest = report.undecided.count > Self.namesShown ? ", …" : ""
            print("Undecided, as \(Linearizability.workLimit) steps were not enough: \(names)\(rest).")
        }
        guard report.holds else { throw ExitCode(1) }
        print("\(checker.acknowledged) conversations were acknowledged, and all ended with a reason.")
        print("Nothing lost, nothing doubled, nobody over capacity, every conversation linearizable.")
    }

    /// Undecided conversations that are named.
    private static let namesShown = 5

    private static func line(_ check: HistoryReport.Check) -> String {
        let verdict =
            switch check.verdict {
            case .ok: "ok"
            case .violated(let count): "\(count) violation\(count == 1 ? "" : "s")"
            case .undecided(let count): "\(count) undecided"
            case .notJudged: "not judged: the history is not usable"
            }
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        return padded(check.name, 34) + padded(check.scope, 44) + verdict
    }

    /// Prints a violation and the text of its lines.
    static func show(_ violation: HistoryViolation, _ text: Data) {
        let promise = violation.kind.promise.map { "promise \($0)" } ?? "the history itself"
        print("  \(violation.kind.rawValue) (\(promise)): \(violation.explanation)")
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for number in violation.lines where number <= lines.count {
            print("  line \(number): \(String(decoding: lines[number - 1], as: UTF8.self))")
        }
    }
}
