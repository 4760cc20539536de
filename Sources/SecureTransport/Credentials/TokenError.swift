public import Primitives

/// Why a bearer token, or a set of keys for tokens, is refused. Nothing changes by a refusal.
public enum TokenError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Longer than ``TokenVerifier/tokenLimit`` bytes.
    case tooLong(Int)
    /// Not three base64url parts of JSON, JSON and signature.
    case malformed(String)
    /// Signed by another algorithm than EdDSA, or not at all.
    case algorithm(String)
    /// The key id is missing or none of the trusted keys.
    case unknownKey(String)
    case badSignature
    case expired(Instant)
    case notYetValid(Instant)
    /// The claims lack a field or have it in another form.
    case claims(String)
    /// The text is no key set, or has no Ed25519 key.
    case keySet(String)

    public var description: String {
        switch self {
        case .tooLong(let count): "the token has \(count) bytes, the limit is \(TokenVerifier.tokenLimit)"
        case .malformed(let text): "the token is malformed: \(text)"
        case .algorithm(let name): "the token's algorithm '\(name)' is not EdDSA; get a token from this cluster's key"
        case .unknownKey(let key): "the token's key '\(key)' is not trusted here; get a new token"
        case .badSignature: "the token's signature is wrong; get a new token"
        case .expired: "the token has expired; get a new token"
        case .notYetValid: "the token is not valid yet; compare the clocks"
        case .claims(let text): "the token's claims cannot be used: \(text)"
        case .keySet(let text): "the key set cannot be used: \(text); give a JWKS text with Ed25519 keys"
        }
    }
}
