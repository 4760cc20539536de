import ArgumentParser
import Foundation
import Primitives
import SecureTransport

/// `tandemctl certs issue`.
struct CertificatesIssue: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue",
        abstract: "Issue the certificate of a node.",
        discussion: """
            Writes NODE.pem and NODE.key (secret) into the folder of the authority. The certificate names the node by the URI \
            tandem://CLUSTER/node/NODE, serves for both ends of the links between nodes, and for HTTPS under the given hosts.
            """)

    @Option(name: .long, help: ArgumentHelp("Folder of the authority.", valueName: "folder"))
    var dir: String

    @Option(name: .long, help: "Name of the node, as in its configuration.")
    var node: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Host name or address under which the node is reached; repeat it for several. (default: 127.0.0.1, localhost)"
        ))
    var host: [String] = []

    @Option(name: .long, help: "Days until the certificate expires.")
    var days: Int = 90

    @Option(name: .long, help: "Name of the cluster. (default: the one of the authority)")
    var cluster: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...CertificateAuthority.longestValidityDays).contains(days) else {
            throw ValidationError("--days is a number from 1 to \(CertificateAuthority.longestValidityDays)")
        }
    }

    func run() throws {
        let folder = CertificateFolder(path: dir)
        let (file, keyFile) = (folder.certificate(of: node), folder.key(of: node))
        let details: CertificateDetails
        do {
            let authority = try CertificateAuthority(
                certificateFile: folder.authority, keyFile: folder.authorityKey)
            let cluster = try cluster ?? Self.cluster(of: CertificateDetails(file: folder.authority))
            guard let identity = NodeIdentity(cluster: cluster, node: NodeID(node)) else {
                throw CommandFailure(
                    .failed,
                    "“\(node)” in “\(cluster)” cannot be named in a certificate: 1 to 63 letters, digits, . _ and -. "
                        + "Nothing was made.")
            }
            let issued = try authority.issue(
                identity, hosts: host.isEmpty ? ["127.0.0.1", "localhost"] : host,
                notBefore: Instant.present + .seconds(-60), validityDays: days)
            try issued.write(certificateFile: file, keyFile: keyFile)
            details = try CertificateDetails(file: file)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(
                .failed,
                "No certificate was issued for \(node): \(error). Check the folder \(dir) (tandemctl certs init makes one); "
                    + "to replace a certificate, move its two files away first.")
        }
        switch output.output {
        case .table:
            Console.say("Issued \(file) and \(keyFile), valid until \(details.notAfter.text)")
        case .json:
            Console.say(String(decoding: try CertificatesShow.json(file, details).json(), as: UTF8.self))
        }
    }

    private static func cluster(of authority: CertificateDetails) throws -> String {
        let marker = "Tandem authority "
        guard let found = authority.subject.range(of: marker) else {
            throw CommandFailure(
                .failed, "The authority's certificate names no cluster: give it with --cluster. Nothing was made.")
        }
        return String(authority.subject[found.upperBound...].prefix { $0 != "," && $0 != " " })
    }
}
