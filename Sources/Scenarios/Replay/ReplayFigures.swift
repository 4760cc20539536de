internal import Primitives
internal import Routing

/// What is counted over a replay (routing-semantics 10), event by event.
struct ReplayFigures: Sendable {
    /// Abandons after less than this are left out of the service level.
    private static let shortAbandon = Span.seconds(5)

    private var counts = ScenarioResult.Statistics()
    private var answerWait = Span.zero
    private var longestWait: Span?
    /// What counts for the service level: only media with a target.
    private var due = 0
    private var inTime = 0
    private var hours: [AgentID: Hours] = [:]
    /// Since the last event that the result tells: only what lies before it counts.
    private var changes: [Change] = []

    private struct Change {
        let agent: AgentID
        let status: ScenarioResult.Status
        let isBusy: Bool
        let time: Instant
    }

    /// An agent's time on queue, and with something in hand, until the last change.
    private struct Hours {
        var since: Instant
        var status: ScenarioResult.Status
        var onQueue = Span.zero
        var busy = Span.zero

        mutating func pass(to now: Instant) {
            let length = now - since
            since = now
            guard status != .offQueue else { return }
            onQueue = onQueue + length
            if isBusy { busy = busy + length }
        }

        var isBusy = false
    }

    mutating func offered(target: Span?) {
        counts.offered += 1
        if target != nil { due += 1 }
    }

    mutating func answered(after wait: Span, target: Span?) {
        counts.answered += 1
        answerWait = answerWait + wait
        longestWait = max(longestWait ?? wait, wait)
        if let target, wait <= target { inTime += 1 }
    }

    mutating func abandoned(after wait: Span, target: Span?) {
        counts.abandoned += 1
        longestWait = max(longestWait ?? wait, wait)
        guard wait < Self.shortAbandon else { return }
        counts.shortAbandons += 1
        if target != nil { due -= 1 }
    }

    mutating func changed(_ agent: AgentID, to status: ScenarioResult.Status, isBusy: Bool, at now: Instant) {
        changes.append(Change(agent: agent, status: status, isBusy: isBusy, time: now))
    }

    /// The run has come at least to here.
    mutating func settle() {
        for change in changes {
            hours[change.agent, default: Hours(since: change.time, status: change.status)].pass(to: change.time)
            hours[change.agent]?.status = change.status
            hours[change.agent]?.isBusy = change.isBusy
        }
        changes = []
    }

    /// - Parameter end: the time of the last event that the result tells.
    func statistics(at end: Instant) -> ScenarioResult.Statistics {
        var figures = counts
        if counts.offered > 0 { figures.abandonRate = Double(counts.abandoned) / Double(counts.offered) }
        if counts.answered > 0 { figures.averageSpeedOfAnswerSeconds = answerWait.seconds / Double(counts.answered) }
        figures.longestWaitSeconds = longestWait?.seconds
        if due > 0 { figures.serviceLevel = Double(inTime) / Double(due) }
        var (onQueue, busy) = (Span.zero, Span.zero)
        for var hours in hours.values {
            hours.pass(to: end)
            (onQueue, busy) = (onQueue + hours.onQueue, busy + hours.busy)
        }
        if onQueue > .zero { figures.occupancy = busy.seconds / onQueue.seconds }
        return figures
    }
}
