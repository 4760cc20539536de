/// Promise 1: an acknowledged conversation is never lost, and ends once, for a reason that somebody gave.
extension HistoryChecker {
    func conversationViolations(_ id: String, _ conversation: HistoryIndex.Conversation) -> [HistoryViolation] {
        lossViolations(id, conversation) + returnViolations(id, conversation) + reasonViolations(id, conversation)
    }

    private func lossViolations(_ id: String, _ conversation: HistoryIndex.Conversation) -> [HistoryViolation] {
        guard let created = Self.firstAcknowledged(conversation.creates) else { return [] }
        let unknown = conversation.reads.first {
            $0.record.status == 404 && $0.record.invoked > created.record.completed
        }
        if let unknown {
            let text = "conversation \(id) was acknowledged, and is not known any more"
            return [HistoryViolation(.lost, text, shownBy: [created, unknown])]
        }
        let reads = conversation.reads.filter { $0.record.outcome == .ok }
        let ended = reads.filter { $0.record.state == Self.endedState }
        if ended.contains(where: { $0.record.endReason?.isEmpty == false }) { return [] }
        if let ended = ended.last {
            let text = "conversation \(id) ended without a reason"
            return [HistoryViolation(.lost, text, shownBy: [created, ended])]
        }
        let last = reads.max { $0.record.completed < $1.record.completed }
        let state = last.map { "its last read shows “\($0.record.state ?? "no state")”" } ?? "it was never read"
        let text = "conversation \(id) was acknowledged and did not end: \(state)"
        return [HistoryViolation(.lost, text, shownBy: [created] + (last.map { [$0] } ?? []))]
    }

    private func returnViolations(_ id: String, _ conversation: HistoryIndex.Conversation) -> [HistoryViolation] {
        let reads = conversation.reads.filter { $0.record.outcome == .ok }
        let ended = reads.filter { $0.record.state == Self.endedState }
        guard let first = ended.min(by: { $0.record.completed < $1.record.completed }) else { return [] }
        if let open = reads.first(where: {
            $0.record.invoked > first.record.completed && $0.record.state != Self.endedState
        }) {
            let text = "conversation \(id) had ended, and was “\(open.record.state ?? "without state")” later"
            return [HistoryViolation(.cameBack, text, shownBy: [first, open])]
        }
        if let other = ended.first(where: { $0.record.endReason != first.record.endReason }) {
            let reasons = [first, other].map { $0.record.endReason ?? "nothing" }
            let text = "conversation \(id) ended as \(reasons[0]) and then as \(reasons[1])"
            return [HistoryViolation(.cameBack, text, shownBy: [first, other])]
        }
        return []
    }

    private func reasonViolations(_ id: String, _ conversation: HistoryIndex.Conversation) -> [HistoryViolation] {
        guard Self.firstAcknowledged(conversation.creates) != nil,
            let ended = conversation.reads.first(where: {
                $0.record.outcome == .ok && $0.record.state == Self.endedState
            })
        else { return [] }
        switch ended.record.endReason {
        case "completed":
            if conversation.accepts.contains(where: { $0.record.outcome != .refused }) { return [] }
            let text = "conversation \(id) ended as completed, and no agent ever accepted it"
            return [HistoryViolation(.wrongReason, text, shownBy: [ended])]
        case "abandoned":
            if !conversation.releases.contains(where: { $0.record.operation == .abandon }) {
                let text = "conversation \(id) ended as abandoned, and its customer never gave up"
                return [HistoryViolation(.wrongReason, text, shownBy: [ended])]
            }
            let works = index.ownerships.filter { $0.conversation == id }
            guard let work = works.last else { return [] }
            if let absence = index.absence(during: work), absence < ended.record.completed { return [] }
            let text = "conversation \(id) was accepted by \(work.agent), and ended as abandoned"
            return [HistoryViolation(.wrongReason, text, shownBy: [work.accept, ended])]
        default:
            return []
        }
    }

    static func firstAcknowledged(_ lines: [Line]) -> Line? {
        lines.filter { $0.record.outcome == .ok }.min { $0.record.completed < $1.record.completed }
    }
}
