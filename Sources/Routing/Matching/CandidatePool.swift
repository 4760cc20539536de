internal import Primitives

/// Agents who may be given work, in the order in which a queue asks them: the longest idle first, ties by id in byte order.
///
/// They stand in the list of each skill that they hold, so that a search walks only the shortest list of what is asked.
struct CandidatePool: Sendable, Equatable {
    private struct Place: Sendable, Comparable {
        let idleSince: Instant
        let agent: AgentID

        init(_ snapshot: AgentSnapshot) {
            idleSince = snapshot.idleSince
            agent = snapshot.agent
        }

        static func < (left: Place, right: Place) -> Bool {
            (left.idleSince, left.agent) < (right.idleSince, right.agent)
        }
    }

    private(set) var agents: [AgentID: AgentSnapshot] = [:]
    private var all = TreeSet<Place>()
    private var holders: [String: TreeSet<Place>] = [:]

    var isEmpty: Bool { agents.isEmpty }

    subscript(agent: AgentID) -> AgentSnapshot? { agents[agent] }

    mutating func enter(_ snapshot: AgentSnapshot) {
        if let old = agents[snapshot.agent] {
            if old.idleSince == snapshot.idleSince, old.skills == snapshot.skills {
                agents[snapshot.agent] = snapshot
                return
            }
            leave(snapshot.agent)
        }
        agents[snapshot.agent] = snapshot
        let place = Place(snapshot)
        all.insert(place)
        for held in snapshot.skills { holders[held.skill, default: TreeSet()].insert(place) }
    }

    mutating func leave(_ agent: AgentID) {
        guard let old = agents.removeValue(forKey: agent) else { return }
        let place = Place(old)
        all.remove(place)
        for held in old.skills {
            holders[held.skill]?.remove(place)
            if holders[held.skill]?.isEmpty ?? false { holders[held.skill] = nil }
        }
    }

    /// The first who fulfils a requirement, and whom `isAsked` admits.
    ///
    /// It walks past those who hold the rarest skill and lack another, or have no room for the medium.
    func first(for requirement: Requirement, where isAsked: (AgentSnapshot) -> Bool) -> AgentSnapshot? {
        var list = all
        for request in requirement.skills {
            guard let holders = holders[request.skill] else { return nil }
            if holders.count < list.count { list = holders }
        }
        let place = list.first { place in
            guard let snapshot = agents[place.agent], requirement.isFulfilled(by: snapshot) else { return false }
            return isAsked(snapshot)
        }
        return place.flatMap { agents[$0.agent] }
    }
}
