/// One place that breaks a house rule.
struct Finding: Equatable, CustomStringConvertible {
    let path: String
    /// From 1; 0 for the file as a whole.
    let line: Int
    let text: String

    init(_ path: String, _ line: Int, _ text: String) {
        self.path = path
        self.line = line
        self.text = text
    }

    var description: String { "\(path):\(line): \(text)" }
}

extension [Finding] {
    /// One finding a line, for the message of a failed test.
    var report: String { map(\.description).joined(separator: "\n") }
}
