/// Why a configuration cannot be used: every problem that was found, in the order of the text. Nothing was started.
public struct NodeConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One thing that is wrong.
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// The place, as in `peers[1].port`; empty for the document as a whole.
        public let path: String
        /// Line in the text, from 1; `nil` where something is missing from the whole document.
        public let line: Int?
        /// What is wrong and what is expected.
        public let text: String

        public var description: String {
            (path.isEmpty ? "" : "\(path): ") + text + (line.map { " (line \($0))" } ?? "")
        }
    }

    public let problems: [Problem]

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
