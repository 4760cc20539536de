import Consensus
import Primitives

/// The text of things in transcripts.
enum Describe {
    static func entry(_ entry: LogEntry) -> String {
        let text =
            switch entry.kind {
            case .normal: "\"\(String(decoding: entry.payload, as: UTF8.self))\""
            case .empty: "empty"
            case .configuration: (try? GroupConfiguration(decoding: entry.payload))?.description ?? "unreadable"
            }
        return "\(entry.position) \(text)"
    }

    /// Long runs are cut short.
    static func entries(_ entries: [LogEntry]) -> String {
        guard entries.count > 4, let last = entries.last else {
            return "[" + entries.map(entry).joined(separator: ", ") + "]"
        }
        return "[\(entry(entries[0])), … \(entry(last))]"
    }

    static func message(_ message: RaftMessage) -> String {
        "\(message.from)->\(message.to) t\(message.term) " + body(message.body)
    }

    static func body(_ body: RaftMessage.Body) -> String {
        switch body {
        case .preVote(let last): "preVote last \(last)"
        case .preVoteAnswer(let campaign, let granted): "preVoteAnswer t\(campaign) \(granted ? "granted" : "refused")"
        case .requestVote(let last, let isForced): "requestVote last \(last)\(isForced ? " forced" : "")"
        case .voteAnswer(let granted): "vote \(granted ? "granted" : "refused")"
        case .append(let previous, let entries, let commit):
            "append behind \(previous) \(self.entries(entries)) commit \(commit)"
        case .appendAccepted(let match): "accepted \(match)"
        case .appendRejected(let previous, let hint, let lost):
            "rejected \(previous) hint \(hint)\(lost ? " lost entries" : "")"
        case .heartbeat(let commit, let round): "heartbeat commit \(commit) round \(round)"
        case .heartbeatAnswer(let commit, let round): "heartbeatAnswer commit \(commit) round \(round)"
        case .timeoutNow: "timeoutNow"
        }
    }

    static func write(_ write: StorageWrite) -> String {
        var parts = ["\(write.token)"]
        if let state = write.hardState {
            parts.append("t\(state.term) vote \(state.vote.map { "\($0)" } ?? "-")")
        }
        if let mark = write.snapshot { parts.append("snapshot \(mark)") }
        if let from = write.truncateFrom { parts.append("truncate from \(from)") }
        if !write.entries.isEmpty { parts.append(entries(write.entries)) }
        return parts.joined(separator: " ")
    }

    static func condition(_ condition: ReplicaCondition) -> String {
        switch condition {
        case .intact: "intact"
        case .tailUncertain(let lost): "tail uncertain, lost \(lost.map { "\($0)" } ?? "unknown")"
        case .repairing(let through): "repairing through \(through.map { "\($0)" } ?? "unknown")"
        }
    }

    static func status(_ status: RaftStatus) -> String {
        var text = "\(status.id) \(status.role) t\(status.term) leader \(status.leader.map { "\($0)" } ?? "-")"
        text += " last \(status.last) commit \(status.commit) durable \(status.durable)"
        if status.condition != .intact { text += " " + condition(status.condition) }
        if let target = status.transferTarget { text += " transferring to \(target)" }
        return text
    }

    static func member(_ member: RaftStatus.Member) -> String {
        "  \(member.id)\(member.isLearner ? " learner" : "") \(member.state) match \(member.match) next \(member.next)"
            + " inflight \(member.inflight)"
    }

    static func order(_ order: SnapshotOrder) -> String { "snapshot \(order.mark.position) to \(order.to)" }
}
