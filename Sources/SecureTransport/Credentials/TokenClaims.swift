public import Primitives

/// What a token says about its bearer.
public struct TokenClaims: Sendable, Equatable {
    /// Who it is; in an agent's token, the agent's id.
    public var subject: String
    public var roles: [String]
    public var divisions: [String]
    /// From this moment on the token is refused. Whole seconds in the token, rounded down.
    public var expires: Instant
    /// Before this moment the token is refused; nil: valid at once.
    public var notBefore: Instant?

    public init(
        subject: String, roles: [String], divisions: [String], expires: Instant, notBefore: Instant? = nil
    ) {
        self.subject = subject
        self.roles = roles
        self.divisions = divisions
        self.expires = expires
        self.notBefore = notBefore
    }
}
