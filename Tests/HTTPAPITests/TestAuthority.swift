import Foundation
import NodeIO
import Primitives
import SecureTransport

/// A certificate authority and a server's certificate in a temporary folder.
final class TestAuthority: Sendable {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tandem-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let now = SystemClock().now
        let authority = try CertificateAuthority.create(
            cluster: "test", certificateFile: "\(folder)/ca.pem", keyFile: "\(folder)/ca-key.pem",
            notBefore: now + .seconds(-86_400))
        guard let identity = NodeIdentity(cluster: "test", node: NodeID("n1")) else { throw TestFailure("no identity") }
        let issued = try authority.issue(
            identity, hosts: ["localhost", "127.0.0.1"], notBefore: now + .seconds(-3_600), validityDays: 2)
        try issued.write(certificateFile: "\(folder)/n1.pem", keyFile: "\(folder)/n1-key.pem")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var authorityFile: String { "\(folder)/ca.pem" }

    func serverContext() throws -> TLSContext {
        try .server(certificateFile: "\(folder)/n1.pem", keyFile: "\(folder)/n1-key.pem")
    }
}
