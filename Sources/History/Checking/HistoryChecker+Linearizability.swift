public import Linearizability

/// Promise 5: each entity behaves as if its commands ran one after another.
extension HistoryChecker {
    /// What was checked of promise 5, and what came of it.
    public struct LinearizabilityResult: Sendable, Equatable {
        /// Conversations that were checked.
        public var entities = 0
        /// Operations on them; the tries of one call are one.
        public var operations = 0
        /// The earliest first, at most one for each conversation.
        public var violations: [HistoryViolation] = []
        /// Conversations, ascending, for which the search was given up: nothing is known of them.
        public var undecided: [String] = []
    }

    /// Checks every conversation on its own, which is enough: linearizability is local.
    /// - Parameter workLimit: how much is tried for one conversation before it counts as undecided.
    public func linearizability(workLimit: Int = Linearizability.workLimit) -> LinearizabilityResult {
        var result = LinearizabilityResult()
        let model = ConversationModel()
        for id in index.calls.keys.sorted() {
            let made = ConversationOperations(calls(on: id), absences: index.absences)
            result.entities += 1
            result.operations += made.lines.count { !$0.isEmpty }
            switch Linearizability.check(model, operations: made.operations, workLimit: workLimit) {
            case .linearizable: break
            case .undecided: result.undecided.append(id)
            case .violated(let last): result.violations.append(violation(id, made, last, model))
            }
        }
        result.violations = HistoryViolation.sorted(result.violations)
        return result
    }

    /// All calls that name it, and those tries of its creation that had no answer to name it.
    private func calls(on id: String) -> [Line] {
        let calls = index.calls[id] ?? []
        var known = Set(calls.map(\.number))
        var tries: [Line] = []
        for key in calls.compactMap({ $0.record.operation == .create ? $0.record.key : nil }) {
            for line in index.createsByKey[key] ?? []
            where line.record.conversation == nil && known.insert(line.number).inserted {
                tries.append(line)
            }
        }
        return tries + calls
    }

    private func violation(
        _ id: String, _ made: ConversationOperations, _ last: Int, _ model: ConversationModel
    ) -> HistoryViolation {
        let evidence = Linearizability.evidence(model, of: made.operations, upTo: last)
        let end = made.operations[last].completed ?? .max
        let before = made.operations.count { ($0.completed ?? .max) <= end }
        let record = made.lines[last].last?.record
        let call = Self.words(made.operations[last], record)
        let others = evidence.count - 1
        let reason =
            others > 0
            ? "together with \(others == 1 ? "another" : "\(others) other") of the \(before) answers up to then"
            : "whatever the others were"
        let text = "conversation \(id): no order of the calls explains \(call) by \(record?.process ?? "?"), \(reason)"
        return HistoryViolation(.notLinearizable, text, shownBy: evidence.flatMap { made.lines[$0] })
    }

    private static func words(_ operation: TimedOperation<ConversationModel>, _ record: HistoryRecord?) -> String {
        let name = record?.operation.rawValue ?? "a call"
        switch operation.output {
        case .done?: return "\(name) acknowledged"
        case .existing?: return "\(name) answered with what was there"
        case .missing?: return "\(name) answered “unknown”"
        case .refused?: return "\(name) refused with \(record?.status.map { "\($0)" } ?? "no status")"
        case .shown(let state, let reason, let owner)?:
            let details = [reason, owner.map { "with \($0)" }].compactMap(\.self).joined(separator: ", ")
            return "\(name) answered “\(state)”" + (details.isEmpty ? "" : " (\(details))")
        case nil: return name
        }
    }
}
