import COpenSSL
public import Primitives
import Synchronization

/// Checks bearer tokens against a set of public keys. Accepts EdDSA (Ed25519) only; thread-safe.
///
/// Issuer and audience are not looked at: the keys belong to one cluster.
public final class TokenVerifier: Sendable {
    /// Longer tokens are refused unread.
    public static let tokenLimit = 8 << 10
    /// Longer key sets are refused.
    public static let keySetLimit = 64 << 10
    /// More keys than this are refused.
    public static let keyLimit = 32
    /// Good tokens that are remembered; when there are more, all are checked anew.
    static let knownLimit = 4_096

    private let keys: [String: OpenSSLKey]
    /// Claims of tokens whose signature was good: clients send the same one with each request. Times are looked at each
    /// time.
    private let known = Mutex<[String: TokenClaims]>([:])

    /// Reads a JWKS text; keys of other kinds in it are passed over.
    public init(keySet text: String) throws(TokenError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.keySetLimit else { throw .keySet("it is longer than \(Self.keySetLimit) bytes") }
        guard let set = TokenFormat.decode(TokenFormat.KeySet.self, from: bytes) else { throw .keySet("it is no JWKS") }
        guard set.keys.count <= Self.keyLimit else { throw .keySet("it has more than \(Self.keyLimit) keys") }
        var keys: [String: OpenSSLKey] = [:]
        for key in set.keys where key.kty == "OKP" && key.crv == "Ed25519" {
            if let use = key.use, use != "sig" { continue }
            if let algorithm = key.alg, algorithm != "EdDSA" { continue }
            guard let keyID = key.kid, !keyID.isEmpty else { throw .keySet("a key has no id") }
            guard keys[keyID] == nil else { throw .keySet("the key id '\(keyID)' occurs twice") }
            guard let raw = key.x.flatMap(Base64URL.decode), raw.count == 32,
                let pointer = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, raw, raw.count)
            else { throw .keySet("the key '\(keyID)' is no Ed25519 key") }
            keys[keyID] = OpenSSLKey(taking: pointer)
        }
        guard !keys.isEmpty else { throw .keySet("it has no Ed25519 key") }
        self.keys = keys
    }

    /// Checks form, algorithm, key, signature and times, in this order.
    ///
    /// - Parameter now: the moment to compare with; there is no tolerance.
    public func verify(_ token: String, now: Instant) throws(TokenError) -> TokenClaims {
        let claims: TokenClaims
        if let found = known.withLock({ $0[token] }) {
            claims = found
        } else {
            claims = try signedClaims(of: token)
            known.withLock { known in
                if known.count >= Self.knownLimit { known = [:] }
                known[token] = claims
            }
        }
        guard now < claims.expires else { throw .expired(claims.expires) }
        if let start = claims.notBefore, now < start { throw .notYetValid(start) }
        return claims
    }

    private func signedClaims(of token: String) throws(TokenError) -> TokenClaims {
        guard token.utf8.count <= Self.tokenLimit else { throw .tooLong(token.utf8.count) }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("it has \(parts.count) parts instead of three") }
        guard let headerBytes = Base64URL.decode(String(parts[0])),
            let header = TokenFormat.decode(TokenFormat.Header.self, from: headerBytes)
        else { throw .malformed("the header cannot be read") }
        guard header.alg == "EdDSA" else { throw .algorithm(Self.printable(header.alg)) }
        guard header.crit == nil else { throw .malformed("it needs extensions that are not known here") }
        guard let keyID = header.kid, let key = keys[keyID] else {
            throw .unknownKey(Self.printable(header.kid ?? "none"))
        }
        guard let signature = Base64URL.decode(String(parts[2])) else {
            throw .malformed("the signature cannot be read")
        }
        let message = Array("\(parts[0]).\(parts[1])".utf8)
        guard Self.isValid(signature, of: message, key) else { throw .badSignature }
        guard let body = Base64URL.decode(String(parts[1])) else { throw .malformed("the claims cannot be read") }
        return try claims(in: body)
    }

    private func claims(in body: [UInt8]) throws(TokenError) -> TokenClaims {
        guard let claims = TokenFormat.decode(TokenFormat.Claims.self, from: body) else {
            throw .claims("sub, roles and exp are needed, in their usual forms")
        }
        guard !claims.sub.isEmpty else { throw .claims("sub is empty") }
        guard let expires = TokenFormat.instant(claims.exp) else { throw .claims("exp is no moment") }
        var notBefore: Instant?
        if let seconds = claims.nbf {
            guard let start = TokenFormat.instant(seconds) else { throw .claims("nbf is no moment") }
            notBefore = start
        }
        return TokenClaims(
            subject: claims.sub, roles: claims.roles, divisions: claims.divisions ?? [], expires: expires,
            notBefore: notBefore)
    }

    private static func isValid(_ signature: [UInt8], of message: [UInt8], _ key: OpenSSLKey) -> Bool {
        guard signature.count == 64, let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, nil, nil, key.pointer) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    private static func printable(_ text: String) -> String {
        String(decoding: text.utf8.prefix(64).map { (0x21...0x7E).contains($0) ? $0 : 0x3F }, as: UTF8.self)
    }
}
