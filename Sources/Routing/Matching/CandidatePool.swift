internal import Primitives

/// Agents who may be given work, in the order in which a queue asks them: the longest idle first, ties by id in byte order.
///
/// They stand in the list of each skill that they hold, so that a search walks only the shortest list of what is asked.
struct CandidatePool: Sendable, Equatable {
    private struct Place: Sendable, Comparable {
        let idleSince: Instant
        let agent: AgentID

        init(_ snapshot: AgentSnapshot, _ clock: IdleClock) {
            idleSince = snapshot.idleSince(by: clock)
            agent = snapshot.agent
        }

        static func < (left: Place, right: Place) -> Bool {
            (left.idleSince, left.agent) < (right.idleSince, right.agent)
        }
    }

    /// Which events start the idle clock.
    var clock = IdleClock.any {
        didSet {
            let present = agents.values
            (agents, all, holders) = ([:], TreeSet(), [:])
            for snapshot in present { enter(snapshot) }
        }
    }
    private(set) var agents: [AgentID: AgentSnapshot] = [:]
    private var all = TreeSet<Place>()
    private var holders: [String: TreeSet<Place>] = [:]

    var isEmpty: Bool { agents.isEmpty }

    subscript(agent: AgentID) -> AgentSnapshot? { agents[agent] }

    mutating func enter(_ snapshot: AgentSnapshot) {
        if let old = agents[snapshot.agent] {
            if old.idleSince(by: clock) == snapshot.idleSince(by: clock), old.skills == snapshot.skills {
                agents[snapshot.agent] = snapshot
                return
            }
            leave(snapshot.agent)
        }
        agents[snapshot.agent] = snapshot
        let place = Place(snapshot, clock)
        all.insert(place)
        for held in snapshot.skills { holders[held.skill, default: TreeSet()].insert(place) }
    }

    mutating func leave(_ agent: AgentID) {
        guard let old = agents.removeValue(forKey: agent) else { return }
        let place = Place(old, clock)
        all.remove(place)
        for held in old.skills {
            holders[held.skill]?.remove(place)
            if holders[held.skill]?.isEmpty ?? false { holders[held.skill] = nil }
        }
    }

    /// Whom a method of evaluation chooses of those who fulfil a requirement and whom `isAsked` admits (routing-semantics 3).
    ///
    /// It walks past those who hold the rarest skill asked and lack another, or have no room for the medium. For the
    /// longest idle it stops at the first who is left; the other methods look at all, or at as many as the window holds.
    func best(
        for requirement: Requirement, by rules: RoutingRules, where isAsked: (AgentSnapshot) -> Bool
    ) -> AgentSnapshot? {
        var list = all
        for request in requirement.skills {
            guard let holders = holders[request.skill] else { return nil }
            if holders.count < list.count { list = holders }
        }
        var choice = Choice(requirement, rules)
        _ = list.first { place in
            guard let snapshot = agents[place.agent], requirement.isFulfilled(by: snapshot), isAsked(snapshot) else {
                return false
            }
            return choice.isMade(with: snapshot)
        }
        return choice.best
    }

    /// A choice among candidates who come in the order of the idle clock, which settles what is equal.
    private struct Choice {
        private let requirement: Requirement
        private let evaluation: Evaluation
        private let window: Int
        private var seen = 0
        private var merit = -Double.infinity
        private(set) var best: AgentSnapshot?

        init(_ requirement: Requirement, _ rules: RoutingRules) {
            self.requirement = requirement
            evaluation = rules.evaluation
            window = evaluation == .bestAvailableSkills ? rules.candidateWindow ?? .max : .max
        }

        /// Looks at the next candidate; true when no later one can be better.
        mutating func isMade(with snapshot: AgentSnapshot) -> Bool {
            seen += 1
            let merit = merit(of: snapshot)
            if best == nil || merit > self.merit { (best, self.merit) = (snapshot, merit) }
            return seen >= window || !isComparing
        }

        private var isComparing: Bool {
            switch evaluation {
            case .allSkills, .disregardSkills: false
            case .bestAvailableSkills: !requirement.skills.isEmpty
            case .leastLoaded: merit < 0
            }
        }

        /// The higher, the better. Averages over the same skills compare as their sums.
        private func merit(of snapshot: AgentSnapshot) -> Double {
            switch evaluation {
            case .allSkills, .disregardSkills: 0
            case .bestAvailableSkills:
                Double(
                    snapshot.skills.reduce(0) { sum, held in
                        requirement.skills.contains { $0.skill == held.skill } ? sum + Int(held.level) : sum
                    })
            case .leastLoaded: -snapshot.share(of: requirement.media)
            }
        }
    }
}
