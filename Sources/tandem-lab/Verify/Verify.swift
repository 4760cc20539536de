import ArgumentParser
import Foundation
import History

/// `tandem-lab verify`: checks a recorded client history.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks a client history: nothing lost, nothing doubled, nobody over capacity.",
        discussion: """
            Reads what `tandem-lab demo` recorded (format: docs/history-format.md) and checks, from the clients' side \
            alone, that the history is whole, that every acknowledged conversation ended with a reason, and promises 1 \
            to 3 and 6 of the routing semantics. Prints the first violation with the lines that show it. Exit codes: \
            0 all hold, 1 a violation, 2 the file cannot be read.
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
        let violations = checker.violations()
        guard let first = violations.first else {
            print("\(history): \(recorded.lines.count) records.")
            print("\(checker.acknowledged) conversations were acknowledged, and all ended with a reason.")
            print("Nothing lost, nothing doubled, nobody over capacity.")
            return
        }
        print("\(history): \(violations.count) violation\(violations.count == 1 ? "" : "s"). The first:")
        Self.show(first, bytes)
        throw ExitCode(1)
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
