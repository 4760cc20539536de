import Testing

/// A text file of the project.
struct ProjectFile: Sendable, CustomTestStringConvertible {
    /// Relative to the root, with `/`.
    let path: String
    let text: String
    /// A Swift file without comments and strings; any other file as it is.
    let code: String

    init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
        code = path.hasSuffix(".swift") ? CodeText.blanked(text) : text
    }

    var testDescription: String { path }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var codeLines: [Substring] { code.split(separator: "\n", omittingEmptySubsequences: false) }

    /// `Cluster` for `Sources/Cluster/Actors/Shard.swift`; nil outside Sources.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    /// The folder that holds this file; empty for the root.
    var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }
}
