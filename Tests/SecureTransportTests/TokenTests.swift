import Foundation
import Primitives
import SecureTransport
import Testing

@Suite struct TokenTests {
    let key: TokenKey
    let verifier: TokenVerifier
    let now = Instant(microseconds: 1_800_000_000_000_000)
    let claims: TokenClaims

    init() throws {
        key = try TokenKey.make()
        verifier = try TokenVerifier(keySet: key.publicKeySet())
        claims = TokenClaims(
            subject: "ana", roles: ["agent"], divisions: ["north"], expires: now + .seconds(3_600))
    }

    private func token(header: String, body: String? = nil) throws -> String {
        let body = body ?? #"{"sub":"ana","roles":["admin"],"exp":1900000000}"#
        return try key.sign(header: Array(header.utf8), body: Array(body.utf8))
    }

    private var goodHeader: String { #"{"alg":"EdDSA","kid":"\#(key.keyID)"}"# }

    @Test func `a signed token gives its claims back until it expires`() throws {
        let token = try key.sign(claims)
        #expect(try verifier.verify(token, now: now) == claims)
        #expect(try verifier.verify(token, now: claims.expires + .microseconds(-1)) == claims)
        #expect(throws: TokenError.expired(claims.expires)) { try verifier.verify(token, now: claims.expires) }
    }

    @Test func `a token is refused before its time`() throws {
        var later = claims
        later.notBefore = now + .seconds(60)
        let token = try key.sign(later)
        #expect(throws: TokenError.notYetValid(now + .seconds(60))) { try verifier.verify(token, now: now) }
        #expect(try verifier.verify(token, now: now + .seconds(60)) == later)
    }

    @Test func `that a token is known makes no other one good`() throws {
        let token = try key.sign(claims)
        #expect(try verifier.verify(token, now: now) == claims)
        let parts = token.split(separator: ".")
        let other = try key.sign(TokenClaims(subject: "bob", roles: ["admin"], divisions: [], expires: claims.expires))
        let forged = [parts[0], other.split(separator: ".")[1], parts[2]].joined(separator: ".")
        #expect(throws: TokenError.badSignature) { try verifier.verify(forged, now: now) }
        #expect(throws: TokenError.self) { try verifier.verify(token + "A", now: now) }
    }

    @Test func `more tokens than are remembered are all good`() throws {
        let tokens = try (0..<4_100).map { number in
            try key.sign(TokenClaims(subject: "a\(number)", roles: [], divisions: [], expires: claims.expires))
        }
        for _ in 0..<2 {
            for (number, token) in tokens.enumerated() {
                #expect(try verifier.verify(token, now: now).subject == "a\(number)")
            }
        }
    }

    @Test(arguments: ["none", "HS256", "RS256", "ES256", "eddsa", ""])
    func `any other algorithm is refused, also with a good signature`(name: String) throws {
        let token = try token(header: #"{"alg":"\#(name)","kid":"\#(key.keyID)"}"#)
        #expect(throws: TokenError.algorithm(name)) { try verifier.verify(token, now: now) }
        let unsigned = token.split(separator: ".").dropLast().joined(separator: ".") + "."
        #expect(throws: TokenError.algorithm(name)) { try verifier.verify(unsigned, now: now) }
    }

    @Test func `every changed character is refused`() throws {
        let token = Array(try key.sign(claims).utf8)
        for place in token.indices {
            var changed = token
            changed[place] = changed[place] == 0x41 ? 0x42 : 0x41
            let text = String(decoding: changed, as: UTF8.self)
            #expect(throws: TokenError.self, "place \(place)") { try verifier.verify(text, now: now) }
        }
    }

    @Test func `another key is unknown, and its signature under a known id is wrong`() throws {
        let other = try TokenKey.make()
        let foreign = try other.sign(claims)
        #expect(throws: TokenError.unknownKey(other.keyID)) { try verifier.verify(foreign, now: now) }
        let forged = try other.sign(header: Array(goodHeader.utf8), body: Array(#"{"sub":"ana"}"#.utf8))
        #expect(throws: TokenError.badSignature) { try verifier.verify(forged, now: now) }
        let nameless = try token(header: #"{"alg":"EdDSA"}"#)
        #expect(throws: TokenError.unknownKey("none")) { try verifier.verify(nameless, now: now) }
    }

    @Test func `malformed tokens are refused with a reason`() throws {
        for text in ["", "a", "a.b", "a.b.c.d", "....", "\u{0}.\u{0}.\u{0}", "e30.e30.e30=", "é.é.é"] {
            #expect(throws: TokenError.self, "\(text)") { try verifier.verify(text, now: now) }
        }
        let tooLong = String(repeating: "a", count: TokenVerifier.tokenLimit + 1)
        #expect(throws: TokenError.tooLong(tooLong.count)) { try verifier.verify(tooLong, now: now) }
        let critical = try token(header: #"{"alg":"EdDSA","kid":"\#(key.keyID)","crit":["b64"]}"#)
        #expect(throws: TokenError.self) { try verifier.verify(critical, now: now) }
    }

    @Test(arguments: [
        #"{}"#, #"[]"#, #"null"#, #"{"sub":"","roles":[],"exp":1900000000}"#, #"{"sub":"a","roles":[]}"#,
        #"{"sub":"a","roles":"admin","exp":1900000000}"#, #"{"sub":"a","roles":[],"exp":"1900000000"}"#,
        #"{"sub":"a","roles":[],"exp":1e300}"#, #"{"sub":"a","roles":[],"exp":-1}"#,
        #"{"sub":"a","roles":[],"exp":1900000000,"nbf":1e99}"#,
    ])
    func `claims in another form are refused`(body: String) throws {
        let token = try token(header: goodHeader, body: body)
        do {
            _ = try verifier.verify(token, now: now)
            Issue.record("accepted \(body)")
        } catch {
            guard case .claims = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `a key survives its file, which only its owner reads`() throws {
        let authority = try TestAuthority()
        let path = authority.file("token-key.pem")
        let made = try TokenKey.create(file: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let loaded = try TokenKey(file: path)
        #expect(loaded.keyID == made.keyID)
        #expect(try TokenVerifier(keySet: made.publicKeySet()).verify(loaded.sign(claims), now: now) == claims)
        #expect(throws: CredentialError.self) { try TokenKey.create(file: path) }
        #expect(throws: CredentialError.self) { try TokenKey(file: authority.file("ca-key.pem")) }
    }

    @Test(arguments: [
        "", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"RSA","kid":"r"}]}"#,
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"AAAA"}]}"#,
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
    ])
    func `a key set without a usable key is refused`(text: String) {
        #expect(throws: TokenError.self) { try TokenVerifier(keySet: text) }
    }
}
