internal import Primitives

/// A queue's view of its agents: soft, never logged. A failover forgets it, and the new leader asks all members.
public struct QueueView: Sendable, Equatable {
    /// The last word of each agent that has free capacity.
    public private(set) var free: [AgentID: AgentSnapshot] = [:]
    private var heard: [AgentID: Instant] = [:]
    /// Until when an agent who has just got free is bid to by all its queues, and pushed to by none: a push that
    /// comes before another queue's higher bid would pass it (promise 4).
    private var fresh: [AgentID: Instant] = [:]
    /// When tickets that found only fresh agents are pushed again.
    var retryAt: Instant?
    /// False until this leader has asked all members how they are.
    var hasAsked = false

    /// Takes an agent's word unless a newer one is known.
    /// - Returns: whether the agent now stands in the view.
    mutating func hear(_ snapshot: AgentSnapshot, at now: Instant) -> Bool {
        if let last = heard[snapshot.agent], last >= snapshot.sequence { return false }
        heard[snapshot.agent] = snapshot.sequence
        // The idle clock tells of a busy time whose words were lost.
        let last = free[snapshot.agent]
        if snapshot.hasMore(than: last) || snapshot.idleSince != last?.idleSince {
            fresh = fresh.filter { $0.value > now }
            fresh[snapshot.agent] = now + AgentState.bidWindow
        }
        free[snapshot.agent] = snapshot.free.isZero ? nil : snapshot
        return free[snapshot.agent] != nil
    }

    /// Until when this agent is only bid to; nil when it may be pushed to.
    func freshUntil(_ agent: AgentID, at now: Instant) -> Instant? {
        fresh[agent].flatMap { $0 > now ? $0 : nil }
    }

    /// The agent stays out until it says something newer.
    mutating func drop(_ agent: AgentID) { free[agent] = nil }

    mutating func keep(_ members: [AgentID]) {
        let members = Set(members)
        free = free.filter { members.contains($0.key) }
        heard = heard.filter { members.contains($0.key) }
        fresh = fresh.filter { members.contains($0.key) }
    }

    /// Forgets agents altogether: a recovered one may count its time anew.
    mutating func drop(where gone: (AgentID) -> Bool) {
        free = free.filter { !gone($0.key) }
        heard = heard.filter { !gone($0.key) }
    }
}

extension AgentSnapshot {
    /// Whether more can be taken of some medium than the agent's last word said; no word counts as nothing.
    func hasMore(than last: AgentSnapshot?) -> Bool {
        MediaType.allCases.contains { free[$0] > (last?.free[$0] ?? 0) }
    }
}
