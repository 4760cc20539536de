import NodeLog

/// What is wrong with a data directory, and what its node will do about it.
package struct LogVerdict {
    /// A group with its condition, if that is not intact.
    struct Group {
        let group: UInt32
        let condition: String
        /// What the node will do.
        let consequence: String
    }

    /// A snapshot file that cannot be read.
    struct Snapshot {
        let group: UInt32
        let index: UInt64
    }

    private let identity: NodeIdentity
    private let recovered: RecoveredLog
    let groups: [Group]
    let snapshots: [Snapshot]

    /// Reads everything; a large directory takes as long as the node's start.
    /// - Throws: ``CommandFailure``, where the log cannot be read at all.
    package init(of directory: LogDirectory) throws(CommandFailure) {
        do {
            let recovered = try directory.inspector.verify()
            try self.init(directory.identity, recovered, snapshots: SnapshotStore(directory.disk))
        } catch {
            throw LogDirectory.failure(error, directory.path)
        }
    }

    private init(_ identity: NodeIdentity, _ recovered: RecoveredLog, snapshots store: SnapshotStore) throws {
        self.identity = identity
        self.recovered = recovered
        groups = recovered.groups.compactMap(Self.found)
        let whole = try store.marks(quarantining: false)
        var damaged: [Snapshot] = []
        for group in recovered.groups.map(\.group) {
            let marks = Set(whole[group] ?? [])
            for mark in try store.list(group: group) where !marks.contains(mark) {
                damaged.append(Snapshot(group: group, index: mark.index))
            }
        }
        snapshots = damaged
    }

    /// Whether nothing that was ever acknowledged can be missing.
    package var isWhole: Bool {
        !recovered.report.hasDamage && groups.isEmpty && snapshots.isEmpty && !recovered.mayHideGroups
    }

    package var conclusion: String {
        if !isWhole { return "Damaged." }
        return recovered.report.findings.isEmpty
            ? "Whole: the node starts and goes on."
            : "Whole: nothing that was acknowledged is missing; the node starts and goes on."
    }

    package var lines: [String] {
        let report = recovered.report
        var lines = ["\(identity)"]
        lines.append("\(report.records) records in \(report.segments) segments, \(recovered.groups.count) groups")
        for finding in report.findings {
            let place = finding.position.map { "\($0): " } ?? ""
            let group = finding.group.map { "group \($0): " } ?? ""
            lines.append("\(finding.kind): \(place)\(group)\(finding.text)")
            if finding.kind == .torn { lines.append("  -> the next start removes it; nobody was told of it") }
        }
        if report.omittedFindings > 0 { lines.append("and \(report.omittedFindings) findings more") }
        for snapshot in snapshots {
            lines.append("damaged: snapshot of group \(snapshot.group) at index \(snapshot.index)")
            lines.append("  -> the next start sets it aside as .damaged and looks for an older one")
        }
        for group in groups {
            lines.append("group \(group.group) is \(group.condition)")
            lines.append("  -> \(group.consequence)")
        }
        if recovered.mayHideGroups { lines.append(Self.hidden) }
        return lines
    }

    package var json: JSONValue {
        let report = recovered.report
        var value: [String: JSONValue] = [
            "cluster": .string(identity.cluster), "node": .string(identity.node),
            "generation": .number(Double(identity.generation)), "isWhole": .bool(isWhole),
            "records": .number(Double(report.records)), "segments": .number(Double(report.segments)),
            "groups": .number(Double(recovered.groups.count)), "mayHideGroups": .bool(recovered.mayHideGroups),
            "omittedFindings": .number(Double(report.omittedFindings)),
        ]
        value["findings"] = .array(
            report.findings.map { finding in
                var fields: [String: JSONValue] = ["kind": .string("\(finding.kind)"), "text": .string(finding.text)]
                fields["position"] = finding.position.map(\.json)
                fields["group"] = finding.group.map { .number(Double($0)) }
                return .object(fields)
            })
        value["damagedSnapshots"] = .array(
            snapshots.map { .object(["group": .number(Double($0.group)), "index": .number(Double($0.index))]) })
        value["conditions"] = .array(
            groups.map {
                .object([
                    "group": .number(Double($0.group)), "condition": .string($0.condition),
                    "consequence": .string($0.consequence),
                ])
            })
        return .object(value)
    }

    /// How the command ends where the log is damaged.
    package func failure(_ path: String) -> CommandFailure? {
        if isWhole { return nil }
        return CommandFailure(
            .failed,
            "\(path) is damaged; nothing was changed. With its peers running the node can be started: it asks them for "
                + "what is missing. Alone it cannot, and then a copy of the directory is worth keeping. Replace a disk that "
                + "damaged it.")
    }

    private static let hidden =
        "Records of unknown groups cannot be read: a group that lives here may be missing without a trace.\n"
        + "  -> its replica asks its peers for everything"

    private static func found(_ group: RecoveredGroup) -> Group? {
        let condition: String
        let consequence: String
        switch group.condition {
        case .intact: return nil
        case .tailUncertain(let from):
            condition = "uncertain at its end, " + (from.map { "from index \($0) on" } ?? "nobody knows from where on")
            consequence =
                "it does not campaign, and votes only for logs that surely hold what is lost, until it has caught up; "
                + "the only node of a cluster cuts the end off"
        case .repairing(let from):
            condition = "damaged from index \(from) on"
            consequence =
                "it takes index \(from) and what follows from its peers, and does not vote before; the only node of a "
                + "cluster has lost them"
        case .mustRejoin:
            condition = "without its term and vote, of which both copies are lost"
            consequence = "it does not vote until its peers have brought it up to date"
        }
        return Group(group: group.group, condition: condition, consequence: consequence)
    }
}

extension LogPosition {
    var json: JSONValue { .object(["segment": .number(Double(segment)), "byte": .number(Double(offset))]) }
}
