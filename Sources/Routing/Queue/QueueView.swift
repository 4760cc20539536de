internal import Primitives

/// A queue's view of its agents: soft, never logged. A failover forgets it, and the new leader asks all members.
public struct QueueView: Sendable, Equatable {
    /// Those with free capacity, by their last word.
    private(set) var pool = CandidatePool()
    private var heard: [AgentID: Instant] = [:]
    /// Until when an agent who has just got free is bid to by all its queues, and pushed to by none: a push that
    /// comes before another queue's higher bid would pass it (promise 4).
    private var fresh: [AgentID: Instant] = [:]
    /// When tickets that found only fresh agents are pushed again.
    var retryAt: Instant?
    /// False until this leader has asked all members how they are.
    var hasAsked = false

    /// The last word of each agent that has free capacity.
    public var free: [AgentID: AgentSnapshot] { pool.agents }
    var isEmpty: Bool { pool.isEmpty }

    /// How many agents are remembered as fresh before those are forgotten who are not any more.
    private static let freshLimit = 64

    /// Takes an agent's word unless a newer one is known.
    /// - Parameter window: for how long other queues may bid to an agent who can take more than it could.
    /// - Returns: whether the agent now stands in the view.
    mutating func hear(_ snapshot: AgentSnapshot, window: Span, at now: Instant) -> Bool {
        if let last = heard[snapshot.agent], last >= snapshot.sequence { return false }
        heard[snapshot.agent] = snapshot.sequence
        // The idle clock tells of a busy time whose words were lost.
        let last = pool[snapshot.agent]
        if snapshot.hasMore(than: last) || snapshot.idleSince != last?.idleSince {
            if fresh.count > Self.freshLimit { fresh = fresh.filter { $0.value > now } }
            fresh[snapshot.agent] = now + window
        }
        if snapshot.free.isZero {
            pool.leave(snapshot.agent)
            return false
        }
        pool.enter(snapshot)
        return true
    }

    /// The order of agents is that of the queue's idle clock.
    mutating func follow(_ rules: RoutingRules) {
        if pool.clock != rules.idleClock { pool.clock = rules.idleClock }
    }

    /// Until when this agent is only bid to; nil when it may be pushed to.
    func freshUntil(_ agent: AgentID, at now: Instant) -> Instant? {
        fresh[agent].flatMap { $0 > now ? $0 : nil }
    }

    /// The agent stays out until it says something newer.
    mutating func drop(_ agent: AgentID) { pool.leave(agent) }

    mutating func keep(_ members: Set<AgentID>) {
        for agent in pool.agents.keys where !members.contains(agent) { pool.leave(agent) }
        heard = heard.filter { members.contains($0.key) }
        fresh = fresh.filter { members.contains($0.key) }
    }

    /// Forgets agents altogether: a recovered one may count its time anew.
    mutating func drop(where gone: (AgentID) -> Bool) {
        for agent in pool.agents.keys where gone(agent) { pool.leave(agent) }
        heard = heard.filter { !gone($0.key) }
    }
}

extension AgentSnapshot {
    /// Whether more can be taken of some medium than the agent's last word said; no word counts as nothing.
    func hasMore(than last: AgentSnapshot?) -> Bool {
        MediaType.allCases.contains { free[$0] > (last?.free[$0] ?? 0) }
    }
}
