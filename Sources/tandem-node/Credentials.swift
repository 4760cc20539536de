import ArgumentParser
#if canImport(Glibc)
    import Glibc
#endif
import Foundation
import NodeIO
import Primitives
import SecureTransport

/// The files that the configuration names, opened and checked.
struct Credentials {
    let cluster: TLSContext
    /// When the certificate for the other nodes ends.
    let clusterEnds: Instant
    let https: TLSContext?
    let verifier: TokenVerifier
    /// Present only in development: signs the tokens that are printed at the start.
    let developmentKey: TokenKey?

    init(_ configuration: NodeConfiguration) throws {
        do {
            cluster = try TLSContext.cluster(
                configuration.cluster, authorityFile: configuration.tls.authority,
                certificateFile: configuration.tls.certificate, keyFile: configuration.tls.key)
            clusterEnds = try CertificateDetails(file: configuration.tls.certificate).notAfter
            if let certificate = configuration.http.certificate, let key = configuration.http.key {
                https = try TLSContext.server(certificateFile: certificate, keyFile: key)
            } else {
                https = nil
            }
            guard let keys = readText(configuration.tokens.jwks) else {
                throw Failure("tokens.jwks: \(configuration.tokens.jwks) cannot be read", code: 2)
            }
            verifier = try TokenVerifier(keySet: keys)
            developmentKey = try configuration.tokens.developmentKey.map { try TokenKey(file: $0) }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                "\(error)\nMake development credentials with `tandemctl certs init` and `tandemctl certs issue`. "
                    + "The node did not start; nothing was changed.", code: 2)
        }
    }

    /// One token of each role for trying the API by hand, with the time at which they end.
    func developmentTokens(now: Instant) throws -> [(role: String, token: String)] {
        guard let developmentKey else { return [] }
        return try ["admin", "supervisor", "integration", "reporting"].map { role in
            let claims = TokenClaims(
                subject: role, roles: [role], divisions: ["*"], expires: now + .seconds(30 * 86_400))
            return (role, try developmentKey.sign(claims))
        }
    }
}

/// Says why the program ends, with its exit code.
struct Failure: Error, CustomStringConvertible {
    let description: String
    let code: Int32

    init(_ description: String, code: Int32) {
        self.description = description
        self.code = code
    }
}

/// The text of a file, or nil when it cannot be read.
func readText(_ path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return String(data: data, encoding: .utf8)
}
