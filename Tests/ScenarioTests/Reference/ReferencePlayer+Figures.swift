import Primitives
import Routing
import Scenarios

extension ReferencePlayer {
    /// Section 9: the wait that a new interaction is told; nil where nothing can be told.
    func estimate(_ item: Int) -> Double? {
        let able = possible(item)
        guard !able.isEmpty else { return nil }
        if !eligible(item).isEmpty { return 0 }
        let own = rank(item)
        let before = items.indices.count { other in
            other != item && items[other].phase == .waiting && items[other].queue == items[item].queue
                && rank(other) < own
        }
        return wait(rules(of: item), items[item].media, position: before + 1, agents: able.count)
    }

    private func wait(_ queue: Scenario.Queue, _ media: MediaType, position: Int, agents: Int) -> Double? {
        let recent = ledger.samples.filter {
            $0.queue == queue.id && $0.media == media && $0.at + .seconds(1_800) >= now
        }
        let assumed = queue.assumedHandle[media]?.seconds
        let mean = recent.isEmpty ? nil : recent.reduce(0) { $0 + $1.length.seconds } / Double(recent.count)
        guard let handle = recent.count >= 5 ? mean : assumed ?? mean else { return nil }
        return Double(position) * handle / Double(agents)
    }

    /// Section 4: whether a conditional rule holds now. An unknown metric is false.
    func holds(_ rule: ConditionalRule, for media: MediaType) -> Bool {
        guard let queue = queues[rule.queue] else { return false }
        let line = items.count { $0.phase == .waiting && $0.queue == queue.id }
        let found: Double?
        switch rule.metric {
        case .waiting: found = Double(line)
        case .serviceLevel: found = ledger.serviceLevelOfHalfHour(queue.id, at: now).map { $0 * 100 }
        case .ewt:
            let present = queue.members.compactMap { place(of: $0.agent) }
                .filter { agents[$0].isOnQueue && !agents[$0].isNotResponding }
            found = present.isEmpty ? nil : wait(queue, media, position: line + 1, agents: present.count)
        }
        guard let found else { return false }
        switch rule.comparison {
        case .lessThan: return found < rule.value
        case .lessThanOrEqual: return found <= rule.value
        case .greaterThan: return found > rule.value
        case .greaterThanOrEqual: return found >= rule.value
        }
    }

    /// Section 10: what is counted.
    struct Ledger {
        struct Sample {
            var queue: QueueID
            var media: MediaType
            var length: Span
            var at: Instant
        }

        /// What counts for the service level, at its own time.
        struct Mark {
            enum Kind {
                case offered, shortAbandon, answeredInTime
            }

            var kind: Kind
            var queue: QueueID
            var at: Instant
        }

        var counts = ScenarioResult.Statistics()
        var samples: [Sample] = []
        private var marks: [Mark] = []
        private var waits: [Span] = []
        private var answerWaits: [Span] = []
        private var onQueue = Span.zero
        private var busy = Span.zero
        /// The same until the last event that was told.
        private var settled = (onQueue: Span.zero, busy: Span.zero)

        static let shortAbandon = Span.seconds(5)

        mutating func offered(_ queue: Scenario.Queue, _ media: MediaType, at now: Instant) {
            counts.offered += 1
            if target(queue, media) != nil { marks.append(Mark(kind: .offered, queue: queue.id, at: now)) }
        }

        mutating func answered(_ queue: Scenario.Queue, _ media: MediaType, after wait: Span, at now: Instant) {
            counts.answered += 1
            waits.append(wait)
            answerWaits.append(wait)
            if let target = target(queue, media), wait <= target {
                marks.append(Mark(kind: .answeredInTime, queue: queue.id, at: now))
            }
        }

        mutating func abandoned(_ queue: Scenario.Queue, _ media: MediaType, after wait: Span, at now: Instant) {
            counts.abandoned += 1
            waits.append(wait)
            guard wait < Self.shortAbandon else { return }
            counts.shortAbandons += 1
            if target(queue, media) != nil { marks.append(Mark(kind: .shortAbandon, queue: queue.id, at: now)) }
        }

        mutating func handled(_ queue: QueueID, _ media: MediaType, _ length: Span, at now: Instant) {
            samples.append(Sample(queue: queue, media: media, length: length, at: now))
        }

        /// Nothing changes between two instants.
        mutating func pass(from: Instant, to: Instant, _ agents: [Agent]) {
            for agent in agents where agent.isOnQueue {
                onQueue = onQueue + (to - from)
                if agent.works.contains(where: \.isInHand) { busy = busy + (to - from) }
            }
        }

        mutating func settle() { settled = (onQueue, busy) }

        private func target(_ queue: Scenario.Queue, _ media: MediaType) -> Span? {
            if let target = queue.serviceLevel[media] { return target }
            switch media {
            case .voice, .chat, .message: return .seconds(20)
            case .email: return .seconds(86_400)
            case .callback, .social, .workitem: return nil
            }
        }

        private func serviceLevel(_ marks: [Mark]) -> Double? {
            let offered = marks.count { $0.kind == .offered } - marks.count { $0.kind == .shortAbandon }
            return offered > 0 ? Double(marks.count { $0.kind == .answeredInTime }) / Double(offered) : nil
        }

        func serviceLevelOfHalfHour(_ queue: QueueID, at now: Instant) -> Double? {
            let halfHour = Int64(1_800_000_000)
            return serviceLevel(
                marks.filter { $0.queue == queue && $0.at.microseconds / halfHour == now.microseconds / halfHour })
        }

        var statistics: ScenarioResult.Statistics {
            var figures = counts
            if counts.offered > 0 { figures.abandonRate = Double(counts.abandoned) / Double(counts.offered) }
            if !answerWaits.isEmpty {
                figures.averageSpeedOfAnswerSeconds =
                    answerWaits.reduce(Span.zero) { $0 + $1 }.seconds / Double(answerWaits.count)
            }
            figures.longestWaitSeconds = waits.max()?.seconds
            figures.serviceLevel = serviceLevel(marks)
            if settled.onQueue > .zero { figures.occupancy = settled.busy.seconds / settled.onQueue.seconds }
            return figures
        }
    }
}
