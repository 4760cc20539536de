import COpenSSL
import Foundation
import Primitives

/// The Ed25519 private key that signs a cluster's bearer tokens.
public final class TokenKey: Sendable {
    /// The key's name in tokens and key sets: its thumbprint (RFC 7638).
    public let keyID: String
    private let key: OpenSSLKey
    private let publicText: String

    private init(key: OpenSSLKey) throws(CredentialError) {
        self.key = key
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        ERR_clear_error()
        guard EVP_PKEY_get_id(key.pointer) == EVP_PKEY_ED25519,
            EVP_PKEY_get_raw_public_key(key.pointer, &bytes, &count) == 1, count == 32
        else {
            ERR_clear_error()
            throw .unreadable("the key is no Ed25519 key")
        }
        publicText = Base64URL.encode(bytes)
        let thumbprint = Array("{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"\(publicText)\"}".utf8)
        var digest = [UInt8](repeating: 0, count: 32)
        guard EVP_Digest(thumbprint, thumbprint.count, &digest, nil, EVP_sha256(), nil) == 1 else {
            throw .openSSL(OpenSSLErrors.drainText())
        }
        keyID = Base64URL.encode(digest)
    }

    /// Makes a key that is kept in memory only.
    public static func make() throws(CredentialError) -> TokenKey { try TokenKey(key: try .makeEd25519()) }

    /// Makes a key and its file, readable by its owner only; an existing file is refused.
    public static func create(file: String) throws(CredentialError) -> TokenKey {
        let key = try make()
        try PEMFile.write(try key.key.pem(), to: file, isPrivate: true)
        return key
    }

    /// Reads a key from its PEM file.
    public convenience init(file: String) throws(CredentialError) {
        try self.init(key: try OpenSSLKey(pem: try PEMFile.read(file), from: file))
    }

    /// The public key as a JWKS text, for ``TokenVerifier`` and other programs.
    public func publicKeySet() throws(CredentialError) -> String {
        let key = TokenFormat.Key(kty: "OKP", crv: "Ed25519", x: publicText, kid: keyID, alg: "EdDSA", use: "sig")
        do {
            return String(decoding: try TokenFormat.encode(TokenFormat.KeySet(keys: [key])), as: UTF8.self)
        } catch {
            throw .invalid("the key set cannot be written")
        }
    }

    /// A compact signed token (RFC 7515) with these claims.
    public func sign(_ claims: TokenClaims) throws(CredentialError) -> String {
        let seconds = { (instant: Instant) in (Double(instant.microseconds) / 1_000_000).rounded(.down) }
        let body = TokenFormat.Claims(
            sub: claims.subject, roles: claims.roles, divisions: claims.divisions, exp: seconds(claims.expires),
            nbf: claims.notBefore.map(seconds))
        do {
            let header = try TokenFormat.encode(TokenFormat.Header(alg: "EdDSA", kid: keyID, typ: "JWT"))
            return try sign(header: header, body: try TokenFormat.encode(body))
        } catch let error as CredentialError {
            throw error
        } catch {
            throw .invalid("the claims cannot be written as JSON")
        }
    }

    /// Lets tests sign headers and claims that must be refused.
    package func sign(header: [UInt8], body: [UInt8]) throws(CredentialError) -> String {
        let signed = "\(Base64URL.encode(header)).\(Base64URL.encode(body))"
        let message = Array(signed.utf8)
        var signature = [UInt8](repeating: 0, count: 64)
        var count = signature.count
        ERR_clear_error()
        guard let context = EVP_MD_CTX_new() else { throw .openSSL("out of memory") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, nil, nil, key.pointer) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { throw .openSSL(OpenSSLErrors.drainText()) }
        return "\(signed).\(Base64URL.encode(Array(signature.prefix(count))))"
    }
}
