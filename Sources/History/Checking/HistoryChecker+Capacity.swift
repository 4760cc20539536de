/// Promise 3: no offer takes an agent over its limits.
extension HistoryChecker {
    /// A span in which an agent certainly had something in hand: from its ring to the answer that was no, or to the
    /// moment somebody asked for the end of the work.
    struct Holding {
        var agent: String
        var mediaType: String
        var conversation: String
        var span: Range<Int64>
        /// The ring, and the answer to it.
        var evidence: [Line]
    }

    func capacityViolations() -> [HistoryViolation] {
        var found: [HistoryViolation] = []
        for (agent, holdings) in Dictionary(grouping: holdings(), by: \.agent) {
            guard let line = index.agents[agent], let limits = line.record.limits else {
                let text = "the limits of \(agent) were never read, so its load cannot be judged"
                found.append(HistoryViolation(.unusable, text, shownBy: holdings.prefix(1).flatMap(\.evidence)))
                continue
            }
            found += overloads(of: agent, holdings.sorted { $0.span.lowerBound < $1.span.lowerBound }, limits)
        }
        return found
    }

    /// The first moment of too much, if there is one: one violation an agent is enough to look into.
    private func overloads(
        of agent: String, _ holdings: [Holding], _ limits: [String: HistoryRecord.Limit]
    ) -> [HistoryViolation] {
        var inHand: [Holding] = []
        for holding in holdings {
            inHand.removeAll { $0.span.upperBound <= holding.span.lowerBound }
            guard let limit = limits[holding.mediaType] else {
                let text = "\(agent) got \(holding.mediaType), for which the history shows no limit"
                return [HistoryViolation(.unusable, text, shownBy: holding.evidence)]
            }
            if let other = inHand.first(where: { !Self.mayMeet($0.mediaType, holding.mediaType, limits) }) {
                let text =
                    "\(agent) had \(other.mediaType) \(other.conversation) and \(holding.mediaType) "
                    + "\(holding.conversation) at once, and neither may interrupt the other"
                return [HistoryViolation(.overCapacity, text, shownBy: other.evidence + holding.evidence)]
            }
            inHand.append(holding)
            let same = inHand.filter { $0.mediaType == holding.mediaType }
            if same.count > limit.maximum {
                let text = "\(agent) had \(same.count) of \(holding.mediaType) at once, and may have \(limit.maximum)"
                return [HistoryViolation(.overCapacity, text, shownBy: same.flatMap(\.evidence))]
            }
        }
        return []
    }

    private static func mayMeet(_ one: String, _ other: String, _ limits: [String: HistoryRecord.Limit]) -> Bool {
        one == other || limits[one]?.mayBeInterruptedBy.contains(other) == true
            || limits[other]?.mayBeInterruptedBy.contains(one) == true
    }

    private func holdings() -> [Holding] {
        var found: [Holding] = []
        for work in index.ownerships {
            let alert = index.offers[work.offer]?.alerts.first { $0.record.agent == work.agent }
            guard let mediaType = work.mediaType else { continue }
            let start = min(alert?.record.completed ?? work.invoked, work.accept.record.completed)
            let end = max(start, releaseTime(of: work))
            let evidence = (alert.map { [$0] } ?? []) + [work.accept]
            found.append(
                Holding(
                    agent: work.agent, mediaType: mediaType, conversation: work.conversation, span: start..<end,
                    evidence: evidence))
        }
        // An offer that was accepted as well is counted above, and found elsewhere.
        for offer in index.offers.values where Self.firstAcknowledged(offer.accepts) == nil {
            guard let declined = Self.firstAcknowledged(offer.declines), let agent = declined.record.agent,
                let alert = offer.alerts.first(where: { $0.record.agent == agent }),
                let mediaType = alert.record.mediaType, let conversation = alert.record.conversation,
                let sent = offer.declines.filter({ $0.record.outcome != .refused }).map(\.record.invoked).min()
            else { continue }
            let start = alert.record.completed
            found.append(
                Holding(
                    agent: agent, mediaType: mediaType, conversation: conversation, span: start..<max(start, sent),
                    evidence: [alert, declined]))
        }
        return found.filter { !$0.span.isEmpty }
    }

    /// The earliest moment at which this work may have left the agent.
    private func releaseTime(of work: HistoryIndex.Ownership) -> Int64 {
        let conversation = index.conversations[work.conversation]
        var times = conversation?.releases.map(\.record.invoked) ?? []
        if let absence = index.absence(during: work) { times.append(absence) }
        let ended = conversation?.reads.contains { $0.record.outcome == .ok && $0.record.state == Self.endedState }
        // It ended without anybody here asking for it: from the accept on, nothing is certain.
        if times.isEmpty, ended == true { return work.accept.record.completed }
        return times.min() ?? .max
    }
}
