/// Promise 2: at most one answer to an offer counts, and at most one agent owns a conversation.
extension HistoryChecker {
    func offerViolations(_ id: String, _ offer: HistoryIndex.Offer) -> [HistoryViolation] {
        guard let accepted = Self.firstAcknowledged(offer.accepts) else { return [] }
        var found: [HistoryViolation] = []
        let agent = accepted.record.agent ?? "?"
        if let declined = Self.firstAcknowledged(offer.declines) {
            let text = "offer \(id) was accepted and declined, both with success"
            found.append(HistoryViolation(.answeredTwice, text, shownBy: [accepted, declined]))
        }
        let over = offer.endings.first {
            $0.record.offerOutcome == .declined || $0.record.offerOutcome == .unanswered
        }
        if let over {
            let outcome = over.record.offerOutcome?.rawValue ?? "over"
            let text = "offer \(id) was accepted by \(agent), and then said to be \(outcome)"
            found.append(HistoryViolation(.answeredTwice, text, shownBy: [accepted, over]))
        }
        let sent = offer.accepts.filter { $0.record.outcome != .refused }.map(\.record.invoked).min()
        let withdrawn = offer.endings.first {
            $0.record.offerOutcome == .withdrawn && $0.record.completed < sent ?? accepted.record.invoked
        }
        if let withdrawn {
            let text = "offer \(id) was withdrawn, and \(agent) accepted it later with success"
            found.append(HistoryViolation(.acceptedTooLate, text, shownBy: [withdrawn, accepted]))
        }
        for line in offer.accepts where line.record.outcome == .ok {
            if offer.alerts.contains(where: { $0.record.agent == line.record.agent }) { continue }
            let text = "offer \(id) never rang at \(line.record.agent ?? "?"), who accepted it with success"
            found.append(HistoryViolation(.notOffered, text, shownBy: offer.alerts.prefix(1) + [line]))
        }
        return found
    }

    func ownerViolations() -> [HistoryViolation] {
        var found: [HistoryViolation] = []
        for (id, works) in Dictionary(grouping: index.ownerships, by: \.conversation) {
            for (former, next) in zip(works, works.dropFirst()) {
                // Without transfers, work goes to a second agent only if the first was away for too long.
                if let absence = index.absence(during: former), absence < next.accept.record.completed { continue }
                let text = "conversation \(id) was with \(former.agent), and \(next.agent) accepted it as well"
                found.append(HistoryViolation(.doubled, text, shownBy: [former.accept, next.accept]))
            }
            let ended = index.conversations[id]?.reads.filter {
                $0.record.outcome == .ok && $0.record.state == Self.endedState
            }
            guard let ended = ended?.min(by: { $0.record.completed < $1.record.completed }) else { continue }
            for work in works where work.invoked > ended.record.completed {
                let text = "conversation \(id) had ended, and \(work.agent) accepted it later with success"
                found.append(HistoryViolation(.acceptedTooLate, text, shownBy: [ended, work.accept]))
            }
        }
        return found
    }
}
