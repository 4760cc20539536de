/// What a token's bearer may be. Other role names in a token mean nothing to this version.
enum Role: String, Sendable, CaseIterable {
    /// Everything, in all divisions; alone writes configuration.
    case admin
    /// Reads everything in its divisions, sets presence, ends conversations.
    case supervisor
    /// The agent whose id is the token's subject: own presence, offers and conversations.
    case agent
    /// Creates, reads, ends and abandons conversations; reads configuration.
    case integration
    /// Reads.
    case reporting
}

extension [Role] {
    static let everyReader: [Role] = [.admin, .supervisor, .integration, .reporting]
}
