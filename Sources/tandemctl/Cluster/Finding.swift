/// Something that is not as it should be in a cluster, and what to do about it.
package struct Finding: Sendable, Equatable {
    /// The most urgent first.
    package enum Severity: String, Sendable, CaseIterable {
        /// Something serves nothing, or soon will not.
        case critical
        /// It works, with less to spare than it should have.
        case warning
        /// Somebody wanted it so; good to know.
        case notice

        fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    package let severity: Severity
    /// A node, shards, or an operation.
    package let subject: String
    package let text: String
    /// What to do.
    package let advice: String

    package init(_ severity: Severity, _ subject: String, _ text: String, advice: String) {
        self.severity = severity
        self.subject = subject
        self.text = text
        self.advice = advice
    }

    /// In order of severity; those of one severity stay as they were found.
    package static func ordered(_ findings: [Finding]) -> [Finding] {
        findings.enumerated()
            .sorted { ($0.element.severity.rank, $0.offset) < ($1.element.severity.rank, $1.offset) }
            .map(\.element)
    }

    package var json: JSONValue {
        .object([
            "severity": .string(severity.rawValue), "subject": .string(subject), "finding": .string(text),
            "advice": .string(advice),
        ])
    }
}
