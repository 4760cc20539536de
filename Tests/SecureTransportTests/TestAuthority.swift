import Foundation
import Primitives
import SecureTransport

/// A certificate authority in a temporary folder, removed with the last reference.
final class TestAuthority: Sendable {
    let folder: String
    let authority: CertificateAuthority
    static let cluster = "test"

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tandem-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        authority = try CertificateAuthority.create(
            cluster: Self.cluster, certificateFile: "\(folder)/ca.pem", keyFile: "\(folder)/ca-key.pem",
            notBefore: Self.now + .seconds(-86_400 * 30))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    static var now: Instant { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

    func file(_ name: String) -> String { "\(folder)/\(name)" }
    var authorityFile: String { file("ca.pem") }

    /// Writes a certificate under a fresh name and returns that name.
    func write(_ issued: IssuedCertificate) throws -> String {
        let name = UUID().uuidString
        try issued.write(certificateFile: file("\(name).pem"), keyFile: file("\(name)-key.pem"))
        return name
    }

    func issue(
        _ node: String, cluster: String = cluster, startDays: Int64 = -1, validityDays: Int = 30
    ) throws -> String {
        guard let identity = NodeIdentity(cluster: cluster, node: NodeID(node)) else {
            throw CredentialError.invalid(node)
        }
        return try write(
            authority.issue(
                identity, hosts: ["localhost", "127.0.0.1"], notBefore: Self.now + .seconds(startDays * 86_400),
                validityDays: validityDays))
    }

    func issue(node: String, names: [String], usage: String) throws -> String {
        try write(
            authority.issue(
                subject: node, names: names, usage: usage, notBefore: Self.now + .seconds(-3_600), validityDays: 2))
    }

    /// - Parameter trusting: whose certificates the context accepts; this authority's if nil.
    func context(
        certificate: String, cluster: String = cluster, trusting: TestAuthority? = nil, version: Int32 = 0x0304
    ) throws -> TLSContext {
        try .cluster(
            cluster, authorityFile: (trusting ?? self).authorityFile, certificateFile: file("\(certificate).pem"),
            keyFile: file("\(certificate)-key.pem"), version: version)
    }
}
