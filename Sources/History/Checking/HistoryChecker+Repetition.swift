/// Promise 6: a repeated request has one effect and the same answer.
extension HistoryChecker {
    /// Statuses that an entity decided on, and keeps with the key: a repetition gets them again.
    private static let keptRefusals: Set<Int> = [409, 410, 422]

    func repetitionViolations() -> [HistoryViolation] { creationViolations() + answerViolations() }

    /// Calls that were tried with a key.
    public var keyedCalls: Int { triesByCall().count }

    /// One key, one conversation; one conversation, one key, or one name of the source.
    private func creationViolations() -> [HistoryViolation] {
        var found: [HistoryViolation] = []
        var keyOf: [String: (key: String, line: Line)] = [:]
        for key in index.createsByKey.keys.sorted() {
            let lines = (index.createsByKey[key] ?? []).filter { $0.record.outcome == .ok }
            guard let first = lines.first, let id = first.record.conversation else { continue }
            if let other = lines.first(where: { $0.record.conversation != id }) {
                let text = "key \(key) made two conversations, \(id) and \(other.record.conversation ?? "?")"
                found.append(HistoryViolation(.repeatedDifferently, text, shownBy: [first, other]))
            } else if let other = lines.first(where: { $0.record.status != first.record.status }) {
                let statuses = [first, other].map { $0.record.status.map { "\($0)" } ?? "no status" }
                let text = "the creation with key \(key) was answered \(statuses[0]), and repeated \(statuses[1])"
                found.append(HistoryViolation(.repeatedDifferently, text, shownBy: [first, other]))
            }
            for line in lines {
                guard let id = line.record.conversation else { continue }
                if let other = keyOf[id], other.key != key, !Self.haveOneName(other.line, line) {
                    let text = "keys \(other.key) and \(key) were both answered with conversation \(id)"
                    found.append(HistoryViolation(.repeatedDifferently, text, shownBy: [other.line, line]))
                } else {
                    keyOf[id] = (key, line)
                }
            }
        }
        return found
    }

    private static func haveOneName(_ one: Line, _ other: Line) -> Bool {
        one.record.externalId != nil && one.record.externalId == other.record.externalId
    }

    /// No call was acknowledged at one try and refused at another: both are answers that stay.
    private func answerViolations() -> [HistoryViolation] {
        var found: [HistoryViolation] = []
        let calls = triesByCall()
        for name in calls.keys.sorted() {
            let tries = calls[name] ?? []
            guard let done = Self.firstAcknowledged(tries) else { continue }
            let refused = tries.first {
                $0.record.outcome == .refused && Self.keptRefusals.contains($0.record.status ?? 0)
            }
            guard let refused else { continue }
            let text =
                "\(done.record.operation.rawValue) with key \(done.record.key ?? "?") was acknowledged at one try, "
                + "and answered \(refused.record.status ?? 0) at another"
            found.append(HistoryViolation(.repeatedDifferently, text, shownBy: [done, refused]))
        }
        return found
    }

    /// A key belongs to its caller and path.
    private func triesByCall() -> [String: [Line]] {
        var calls: [String: [Line]] = [:]
        for line in history.lines {
            let record = line.record
            guard let key = record.key else { continue }
            // The path of a creation names nothing.
            let subject = [record.offer, record.segment, record.conversation].compactMap(\.self).first ?? ""
            let name = "\(record.operation.rawValue) \(record.operation == .create ? "" : subject) \(key)"
            calls[name, default: []].append(line)
        }
        return calls
    }
}
