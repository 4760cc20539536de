import Foundation
import Primitives
import SecureTransport
import Testing

@Suite struct CertificateTests {
    let authority: TestAuthority

    init() throws { authority = try TestAuthority() }

    @Test func `an issued certificate says what was asked for`() throws {
        let identity = try #require(NodeIdentity(cluster: "test", node: NodeID("n-1")))
        let start = Instant(microseconds: 1_750_000_000_000_000)
        let issued = try authority.authority.issue(
            identity, hosts: ["n1.example.org", "10.0.0.1", "::1"], notBefore: start, validityDays: 30)
        let details = try CertificateDetails(pem: issued.certificatePEM)
        #expect(details.subject == "CN=n-1")
        #expect(details.issuer == "CN=Tandem authority test")
        #expect(
            details.alternativeNames == [
                "URI:tandem://test/node/n-1", "DNS:n1.example.org", "IP:10.0.0.1", "IP:0:0:0:0:0:0:0:1",
            ])
        #expect(details.notBefore == start)
        #expect(details.notAfter == start + .seconds(30 * 86_400))
        #expect(details.fingerprint.split(separator: ":").count == 32)
        #expect(!details.isAuthority)
        #expect(try details.nodeIdentity() == identity)
        #expect(try CertificateDetails(file: authority.authorityFile).isAuthority)
    }

    @Test func `two certificates differ even for the same node`() throws {
        let identity = try #require(NodeIdentity(cluster: "test", node: NodeID("a")))
        let pair = try (0..<2).map { _ in
            try authority.authority.issue(identity, hosts: [], notBefore: .zero, validityDays: 1)
        }
        let prints = try pair.map { try CertificateDetails(pem: $0.certificatePEM).fingerprint }
        #expect(prints[0] != prints[1])
        #expect(pair[0].keyPEM != pair[1].keyPEM)
    }

    @Test func `private keys are readable by their owner only, and nothing is overwritten`() throws {
        let name = try authority.issue("a")
        for path in [authority.file("ca-key.pem"), authority.file("\(name)-key.pem")] {
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: authority.authorityFile))
        #expect(throws: CredentialError.self) {
            try CertificateAuthority.create(
                cluster: "test", certificateFile: authority.authorityFile, keyFile: authority.file("fresh.pem"),
                notBefore: .zero)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: authority.authorityFile)) == before)
        #expect(!FileManager.default.fileExists(atPath: authority.file("fresh.pem")))
    }

    @Test func `an authority is read back, with its own key only`() throws {
        let again = try CertificateAuthority(
            certificateFile: authority.authorityFile, keyFile: authority.file("ca-key.pem"))
        #expect(again.certificatePEM == authority.authority.certificatePEM)
        let name = try authority.issue("a")
        #expect(throws: CredentialError.self) {
            try CertificateAuthority(
                certificateFile: authority.authorityFile, keyFile: authority.file("\(name)-key.pem"))
        }
        #expect(throws: CredentialError.self) {
            try CertificateAuthority(
                certificateFile: authority.file("\(name).pem"), keyFile: authority.file("\(name)-key.pem"))
        }
    }

    @Test(arguments: ["", "a b", "a/b", "a,DNS:evil", "é", "-a", ".a", String(repeating: "a", count: 64)])
    func `names that could be read as something else are refused`(name: String) throws {
        #expect(NodeIdentity(cluster: "test", node: NodeID(name)) == nil)
        #expect(NodeIdentity(cluster: name, node: NodeID("a")) == nil)
        let identity = try #require(NodeIdentity(cluster: "test", node: NodeID("a")))
        guard name != String(repeating: "a", count: 64) else { return }
        #expect(throws: CredentialError.self) {
            try authority.authority.issue(identity, hosts: [name], notBefore: .zero, validityDays: 1)
        }
    }

    @Test(arguments: [0, -1, CertificateAuthority.longestValidityDays + 1])
    func `a validity out of bounds is refused`(days: Int) throws {
        let identity = try #require(NodeIdentity(cluster: "test", node: NodeID("a")))
        #expect(throws: CredentialError.self) {
            try authority.authority.issue(identity, hosts: [], notBefore: .zero, validityDays: days)
        }
    }
}
