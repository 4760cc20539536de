import Primitives
import Routing
import SecureTransport

/// Who asks: the checked claims of a token.
struct Principal: Sendable {
    let subject: String
    private(set) var roles: Set<Role>
    let expires: Instant
    /// Nil for all divisions.
    private let divisions: Set<String>?

    /// A division of this name in a token stands for all.
    static let allDivisions = "*"

    init(_ claims: TokenClaims) {
        subject = claims.subject
        roles = Set(claims.roles.compactMap(Role.init))
        expires = claims.expires
        let isUnlimited = roles.contains(.admin) || claims.divisions.contains(Self.allDivisions)
        divisions = isUnlimited ? nil : Set(claims.divisions)
    }

    /// The agent that this token is, if it is one.
    var agent: AgentID? { roles.contains(.agent) ? AgentID(subject) : nil }

    /// The same principal with the roles that count for a route: a role that may not use it lends nothing to one that may.
    func limited(to allowed: [Role]) -> Principal {
        var copy = self
        copy.roles = roles.intersection(allowed)
        return copy
    }

    /// True when nothing but the role agent lets this principal in.
    var isOnlyAgent: Bool { roles == [.agent] }

    /// What has no division belongs to everybody.
    func sees(division: String) -> Bool { division.isEmpty || divisions?.contains(division) ?? true }

    /// Makes sure that an agent's own token stays with that agent.
    func limit(to agent: AgentID) throws(Problem) {
        guard isOnlyAgent, self.agent != agent else { return }
        throw .forbidden("An agent's token is for that agent only")
    }
}
