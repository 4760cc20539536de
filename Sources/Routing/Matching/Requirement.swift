internal import Primitives

/// What a waiting ticket asks of an agent. Tickets that ask the same stand in one part of the line.
struct Requirement: Sendable, Hashable, Comparable {
    let media: MediaType
    let skills: [SkillRequest]

    /// The skill under which an agent who holds it finds the part; empty where none is asked.
    var lead: String { skills.first?.skill ?? "" }

    /// Whether this agent has room, and is skilled.
    func isFulfilled(by snapshot: AgentSnapshot) -> Bool {
        snapshot.free[media] > 0 && snapshot.skills.satisfies(skills)
    }

    static func < (left: Requirement, right: Requirement) -> Bool {
        if left.media != right.media { return left.media.rawValue < right.media.rawValue }
        for (one, other) in zip(left.skills, right.skills) where one != other { return one < other }
        return left.skills.count < right.skills.count
    }
}

extension SkillRequest: Comparable {
    public static func < (left: SkillRequest, right: SkillRequest) -> Bool {
        if left.skill != right.skill { return left.skill < right.skill }
        return (left.lowest, left.highest) < (right.lowest, right.highest)
    }

    private var lowest: Int { minimum.map { Int($0) } ?? -1 }
    private var highest: Int { maximum.map { Int($0) } ?? .max }
}
