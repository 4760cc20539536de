import Foundation

/// An operation in words.
package enum OperationText {
    /// One line: how far it is.
    package static func line(_ operation: JSONValue, elapsed: Double? = nil) -> String {
        let moves = Int(operation["moves"]?.number ?? 0)
        let over = ["done", "cancelled", "overtaken"].reduce(0) { $0 + Int(operation[$1]?.number ?? 0) }
        let width = 24
        let filled = moves == 0 ? width : width * over / moves
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        var text = "[\(bar)] \(over) of \(moves) moves"
        if let elapsed, elapsed >= 1, over > 0, over < moves {
            let rate = Double(over) / elapsed
            text += ", \(decimal(rate)) a second, about \(Int((Double(moves - over) / rate).rounded(.up))) s to go"
        }
        return text
    }

    /// What became of it, and what to do next.
    package static func end(_ operation: JSONValue) -> String {
        let id = operation["id"]?.text ?? "?"
        func count(_ name: String) -> Int { Int(operation[name]?.number ?? 0) }
        var text = "\(id) (\(operation["kind"]?.text ?? "?")) is \(operation["state"]?.text ?? "?"): "
        text += count("moves") == 0 ? "nothing had to move." : "\(count("done")) of \(count("moves")) moves done"
        if count("moves") > 0 {
            if count("cancelled") > 0 { text += ", \(count("cancelled")) cancelled" }
            if count("overtaken") > 0 {
                text += ", \(count("overtaken")) overtaken by other changes; run the command again for these"
            }
            text += "."
        }
        return text
    }

    private static func decimal(_ number: Double) -> String { String(format: "%.1f", number) }
}

/// Looks at an operation until it is over, and shows how far it is.
struct OperationProgress {
    private static let pause = Duration.milliseconds(500)
    /// Without a terminal a line is written so often.
    private static let lineEvery = 10

    let options: ServerOptions

    /// - Returns: the operation as it ended.
    func wait(for id: String) async throws -> JSONValue {
        let request = ClusterRequest(
            options: options,
            failure: "The progress of \(id) could not be read; it goes on (tandemctl operations show \(id))")
        let isTerminal = isatty(STDERR_FILENO) == 1
        let began = ContinuousClock.now
        var looks = 0
        while true {
            let operation = try await request.send("GET", "/operations/\(id)")
            let isOver = operation["state"]?.text != "running" && (operation["running"]?.number ?? 0) == 0
            let elapsed = (ContinuousClock.now - began) / .seconds(1)
            let line = OperationText.line(operation, elapsed: elapsed)
            if isTerminal {
                try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(line)\(isOver ? "\n" : "")".utf8))
            } else if isOver || looks % Self.lineEvery == 0 {
                Console.complain(line)
            }
            if isOver { return operation }
            looks += 1
            try await Task.sleep(for: Self.pause)
        }
    }
}
