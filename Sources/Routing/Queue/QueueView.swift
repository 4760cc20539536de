internal import Primitives

/// A queue's view of its agents: soft, never logged. A failover forgets it, and the new leader asks all members.
public struct QueueView: Sendable, Equatable {
    /// The last word of each agent that has free capacity.
    public private(set) var free: [AgentID: AgentSnapshot] = [:]
    private var heard: [AgentID: Instant] = [:]
    /// False until this leader has asked all members how they are.
    var hasAsked = false

    /// Takes an agent's word unless a newer one is known.
    /// - Returns: whether the agent now stands in the view.
    mutating func hear(_ snapshot: AgentSnapshot) -> Bool {
        if let last = heard[snapshot.agent], last >= snapshot.sequence { return false }
        heard[snapshot.agent] = snapshot.sequence
        free[snapshot.agent] = snapshot.free.isZero ? nil : snapshot
        return free[snapshot.agent] != nil
    }

    /// The agent stays out until it says something newer.
    mutating func drop(_ agent: AgentID) { free[agent] = nil }

    mutating func keep(_ members: [AgentID]) {
        let members = Set(members)
        free = free.filter { members.contains($0.key) }
        heard = heard.filter { members.contains($0.key) }
    }

    /// Forgets agents altogether: a recovered one may count its time anew.
    mutating func drop(where gone: (AgentID) -> Bool) {
        free = free.filter { !gone($0.key) }
        heard = heard.filter { !gone($0.key) }
    }
}
