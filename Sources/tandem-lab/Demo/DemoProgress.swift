import Foundation
import Glibc

/// The line that shows how far a run is: redrawn on a terminal, otherwise a new one every few seconds.
struct DemoProgress: Sendable {
    private static let redraw: Duration = .milliseconds(250)
    private static let newLine: Duration = .seconds(5)

    let total: Int
    let run: DemoContext
    let board: DemoBoard

    /// Shows progress until the task is cancelled.
    func show() async {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        while !Task.isCancelled {
            do { try await Task.sleep(for: isTerminal ? Self.redraw : Self.newLine) } catch { break }
            let text = await line()
            Self.write(isTerminal ? "\r\u{1B}[K" + text : text + "\n")
        }
        if isTerminal { Self.write("\r\u{1B}[K") }
    }

    /// Writes at once, also where standard output is a pipe.
    static func write(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    private func line() async -> String {
        let counters = await board.counters
        let interactions = await board.interactions.values
        var waiting = 0
        var answered = 0
        var over = 0
        for interaction in interactions {
            if interaction.isOver { over += 1 }
            if interaction.answered != nil { answered += 1 } else if !interaction.isOver { waiting += 1 }
        }
        let seconds = run.clock.now / 1_000_000
        waiting -= min(waiting, counters.abandonsAsked)
        let checked = over > 0 ? "  seen to have ended \(over)" : ""
        return "\(seconds) s  taken \(interactions.count) of \(total)  waiting \(waiting)  answered \(answered)  "
            + "given up \(counters.abandonsAsked)  declined \(counters.declined)  missed \(counters.unanswered)"
            + checked
    }
}
