/// What recovery saw, for the operator.
public struct RecoveryReport: Sendable, Equatable, CustomStringConvertible {
    /// Findings beyond these are counted only.
    public static let findingLimit = 1_000

    public enum Kind: Sendable, Equatable {
        /// A write that a crash cut off and nobody was told of: removed.
        case torn
        /// Damage that may have taken acknowledged records of the last batch.
        case uncertain
        /// Damage of acknowledged records.
        case damaged
        /// A note without loss.
        case note
    }

    public struct Finding: Sendable, Equatable {
        public let kind: Kind
        public let position: LogPosition?
        public let group: UInt32?
        public let text: String
    }

    public private(set) var findings: [Finding] = []
    public private(set) var omittedFindings = 0
    public internal(set) var segments = 0
    public internal(set) var records = 0

    /// True where anything but a cut-off write was found.
    public var hasDamage: Bool { findings.contains { $0.kind == .damaged || $0.kind == .uncertain } }

    mutating func add(_ kind: Kind, at position: LogPosition? = nil, group: UInt32? = nil, _ text: String) {
        guard findings.count < Self.findingLimit else {
            omittedFindings += 1
            return
        }
        findings.append(Finding(kind: kind, position: position, group: group, text: text))
    }

    public var description: String {
        var lines = ["\(records) records in \(segments) segments"]
        for finding in findings {
            let place = finding.position.map { "\($0): " } ?? ""
            let group = finding.group.map { "group \($0): " } ?? ""
            lines.append("\(finding.kind): \(place)\(group)\(finding.text)")
        }
        if omittedFindings > 0 { lines.append("and \(omittedFindings) findings more") }
        return lines.joined(separator: "\n")
    }
}

/// One group as recovery found it.
public struct RecoveredGroup: Sendable, Equatable {
    public let group: UInt32
    public let hardState: StoredHardState
    /// The newest snapshot whose file is whole.
    public let snapshot: StoredMark?
    /// The entries behind the snapshot, up to the first one that is missing.
    public let entries: [StoredEntry]
    public let condition: GroupCondition

    package init(
        group: UInt32, hardState: StoredHardState, snapshot: StoredMark? = nil, entries: [StoredEntry],
        condition: GroupCondition
    ) {
        self.group = group
        self.hardState = hardState
        self.snapshot = snapshot
        self.entries = entries
        self.condition = condition
    }
}

/// What recovery hands to the node.
public struct RecoveredLog: Sendable, Equatable {
    /// Ascending by number.
    public let groups: [RecoveredGroup]
    /// A group may have been here of which nothing can be read: one that the node should have and that is missing
    /// from ``groups`` joins anew, as with ``GroupCondition/mustRejoin``.
    public let mayHideGroups: Bool
    public let report: RecoveryReport

    /// What a node finds in a test, without a report. No groups: it has never run.
    package static func of(_ groups: [RecoveredGroup], mayHideGroups: Bool = false) -> RecoveredLog {
        RecoveredLog(groups: groups, mayHideGroups: mayHideGroups, report: RecoveryReport())
    }
}
