import ArgumentParser
import Foundation
import Primitives
import SecureTransport

/// `tandemctl certs`.
struct Certificates: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certs",
        abstract: "Make and look at certificates, keys and tokens. Works on files alone.",
        discussion: """
            Meant for development and small installations: the authority's key and the token key stay in one folder that only \
            its owner can read. Existing keys and certificates are never overwritten.
            """,
        subcommands: [CertificatesInit.self, CertificatesIssue.self, CertificatesShow.self, CertificatesTokens.self])
}

/// The files of one folder of certificates.
struct CertificateFolder {
    let path: String

    var authority: String { path + "/authority.pem" }
    var authorityKey: String { path + "/authority.key" }
    var tokenKey: String { path + "/tokens.key" }
    var publicKeys: String { path + "/jwks.json" }

    func certificate(of node: String) -> String { "\(path)/\(node).pem" }
    func key(of node: String) -> String { "\(path)/\(node).key" }
}

extension Instant {
    /// The present by the system's clock, to the second.
    static var present: Instant { .zero + .seconds(Int64(Date().timeIntervalSince1970)) }

    /// RFC 3339 in UTC.
    var text: String {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000).formatted(.iso8601)
    }
}
