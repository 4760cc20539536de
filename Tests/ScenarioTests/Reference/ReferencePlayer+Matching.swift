import Primitives
import Routing
import Scenarios

/// Sections 1, 2, 3 and 6: who may take what, who is chosen, and what an agent takes first.
extension ReferencePlayer {
    /// Offers whatever can be offered now.
    mutating func match() {
        while true {
            for item in items.indices where items[item].phase == .waiting {
                advance(item)
                if items[item].phase == .waiting { overflowWhileWaiting(item) }
            }
            guard let (item, agent) = nextPair() else { return }
            offer(item, to: agent)
            tellStatus()
            // Where the queue answers, it does so as soon as it rings.
            if let work = agents[agent].works.lastIndex(where: { $0.item == item && $0.isAutomatic }) {
                answer(agent, work)
            }
        }
    }

    /// The first interaction, by rank, with its best agent, who wants nothing more than it. Where agents' orders of queues
    /// go round in a circle: the first by rank.
    private func nextPair() -> (Int, Int)? {
        let waiting = inOrder(items.indices.filter { items[$0].phase == .waiting }) { _ in 0 }
        let takeable = Dictionary(uniqueKeysWithValues: waiting.map { ($0, eligible($0)) })
        var fallback: (Int, Int)?
        for item in waiting {
            guard let best = best(of: takeable[item] ?? [], for: item) else { continue }
            fallback = fallback ?? (item, best)
            let own = waiting.filter { other in (takeable[other] ?? []).contains { $0.agent == best } }
            if inOrder(own, { queueOrder(best, $0) }).first == item { return (item, best) }
        }
        return fallback
    }

    /// The lines of the queues, each in its own order, as one: of their heads the first by the order of queues, then by
    /// rank. What stands in front does so in its own line.
    private func inOrder(_ waiting: [Int], _ queueOrder: (Int) -> Int) -> [Int] {
        var lines = Dictionary(grouping: waiting) { items[$0].queue }.values.map { line in
            line.sorted { (items[$0].isFront ? 0 : 1, rank($0)) < (items[$1].isFront ? 0 : 1, rank($1)) }
        }
        var order: [Int] = []
        while order.count < waiting.count {
            let heads = lines.indices.filter { !lines[$0].isEmpty }
            let next = heads.min { left, right in
                (queueOrder(lines[left][0]), rank(lines[left][0])) < (
                    queueOrder(lines[right][0]), rank(lines[right][0])
                )
            }
            if let next { order.append(lines[next].removeFirst()) }
        }
        return order
    }

    // MARK: rank

    struct Rank: Comparable {
        /// 0 where the queue is ordered by priority.
        var ordering: Int
        var key: Int64
        /// Behind the key of a queue that is ordered by priority.
        var since: Int64
        var queue: [UInt8]
        var sequence: Int

        static func < (left: Rank, right: Rank) -> Bool {
            if left.ordering != right.ordering { return left.ordering < right.ordering }
            if left.key != right.key { return left.key < right.key }
            if left.since != right.since { return left.since < right.since }
            if left.queue != right.queue { return left.queue.lexicographicallyPrecedes(right.queue) }
            return left.sequence < right.sequence
        }
    }

    func rank(_ item: Int) -> Rank {
        let rules = rules(of: item).rank
        let (it, priority) = (items[item], Int64(items[item].priority) + Int64(items[item].basePriority))
        let isStrict = rules.ordering == .priority
        let aged = it.since.microseconds - it.ageOffset.microseconds
        return Rank(
            ordering: isStrict ? 0 : 1,
            key: isStrict ? -priority : aged - priority * rules.secondsPerPriorityPoint * 1_000_000,
            since: isStrict ? aged : it.since.microseconds, queue: Array(it.queue.key.utf8), sequence: it.sequence)
    }

    private func queueOrder(_ agent: Int, _ item: Int) -> Int {
        rules(of: item).members.first { $0.agent == agents[agent].plan.id }?.queueOrder ?? 0
    }

    // MARK: eligibility

    /// Whom the item may be offered to now.
    func eligible(_ item: Int) -> [Candidate] {
        possible(item).filter { hasRoom($0.agent, for: item) && !isReserved($0.agent, against: item) }
    }

    /// The same, whatever they have in hand.
    func possible(_ item: Int) -> [Candidate] {
        guard items[item].retryAt <= ruleTime else { return [] }
        let asked = asked(item)
        return admitted(item).filter { candidate in
            let agent = agents[candidate.agent]
            let id = agent.plan.id
            let isFree = items[item].excludedUntil[id].map { $0 <= ruleTime } ?? true
            return agent.isOnQueue && !agent.isNotResponding && !agent.isLost && isFree
                && !items[item].plan.excluded.contains(id) && agent.skills.satisfies(asked)
        }
    }

    /// Section 6.
    func hasRoom(_ agent: Int, for item: Int, ignoringOtherMedia: Bool = false) -> Bool {
        let utilization = agents[agent].utilization
        let works = agents[agent].works.filter(\.isInHand)
        let media = items[item].media
        if !ignoringOtherMedia {
            if works.contains(where: { $0.state == .alerting && $0.media.ringsAlone }) { return false }
            for work in works where work.media != media {
                if work.isAfterContact {
                    if utilization[work.media].afterContactWorkBlocksAll { return false }
                } else if !utilization[work.media].mayBeInterruptedBy.contains(media) {
                    return false
                }
            }
        }
        for work in works where work.isAfterContact && utilization[work.media].afterContactWorkBlocksAll {
            return false
        }
        switch utilization.mode {
        case .perMedia:
            let label = items[item].plan.label
            let most = label.flatMap { utilization.labels[$0]?.maximum } ?? Int.max
            return works.count { $0.media == media } < utilization[media].maximum
                && works.count { $0.label != nil && $0.label == label } < most
        case .weighted:
            let used = works.filter(\.interruptedBy.isEmpty).reduce(0) { $0 + weight($1.media, $1.label, utilization) }
            return used + weight(media, items[item].plan.label, utilization) <= utilization.capacity
        }
    }

    private func weight(_ media: MediaType, _ label: String?, _ utilization: Utilization) -> Int {
        label.flatMap { utilization.labels[$0]?.weight } ?? utilization[media].weight
    }

    /// Whether the agent is kept for the first interaction that it could take were it free of other media.
    private func isReserved(_ agent: Int, against item: Int) -> Bool {
        guard agents[agent].utilization.media.values.contains(where: { $0.reserveAfter != nil }) else { return false }
        let wanted = items.indices.filter { other in
            items[other].phase == .waiting && hasRoom(agent, for: other, ignoringOtherMedia: true)
                && possible(other).contains { $0.agent == agent }
        }
        guard let first = inOrder(wanted, { queueOrder(agent, $0) }).first,
            let after = agents[agent].utilization[items[first].media].reserveAfter
        else { return false }
        return items[first].since + after <= ruleTime && items[first].media != items[item].media
    }

    // MARK: choice

    /// Section 3 and, in the preferred stage, the highest score.
    private func best(of candidates: [Candidate], for item: Int) -> Int? {
        let rules = rules(of: item).routing
        let isOwn = items[item].stages.first == .own
        let byIdle = candidates.sorted { left, right in
            let (one, other) = (agents[left.agent], agents[right.agent])
            let (since, otherSince) = (one.idleSince(rules.idleClock), other.idleSince(rules.idleClock))
            if since != otherSince { return since < otherSince }
            return Array(one.plan.id.key.utf8).lexicographicallyPrecedes(Array(other.plan.id.key.utf8))
        }
        guard isOwn else {
            let highest = byIdle.map(\.score).max()
            return byIdle.first { $0.score == highest }?.agent
        }
        switch rules.evaluation {
        case .allSkills, .disregardSkills: return byIdle.first?.agent
        case .bestAvailableSkills:
            let names = Set(asked(item).map(\.skill))
            guard !names.isEmpty else { return byIdle.first?.agent }
            let window = byIdle.prefix(rules.candidateWindow ?? byIdle.count)
            func sum(_ candidate: Candidate) -> Int {
                agents[candidate.agent].skills.filter { names.contains($0.skill) }.reduce(0) { $0 + Int($1.level) }
            }
            let highest = window.map(sum).max()
            return window.first { sum($0) == highest }?.agent
        case .leastLoaded:
            func share(_ candidate: Candidate) -> Double {
                let utilization = agents[candidate.agent].utilization
                let works = agents[candidate.agent].works.filter(\.isInHand)
                if utilization.mode == .weighted {
                    let used = works.filter(\.interruptedBy.isEmpty)
                        .reduce(0) { $0 + weight($1.media, $1.label, utilization) }
                    return Double(used) / Double(utilization.capacity)
                }
                let media = items[item].media
                return Double(works.count { $0.media == media }) / Double(max(1, utilization[media].maximum))
            }
            let least = byIdle.map(share).min()
            return byIdle.first { share($0) == least }?.agent
        }
    }
}
