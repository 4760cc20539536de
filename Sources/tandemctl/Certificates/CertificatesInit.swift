import ArgumentParser
import Foundation
import Primitives
import SecureTransport

/// `tandemctl certs init`.
struct CertificatesInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make an authority and a key for tokens.",
        discussion: """
            Writes authority.pem (what nodes and clients trust), authority.key (secret, only needed to issue), tokens.key (secret, \
            signs bearer tokens) and jwks.json (its public half, for the nodes).
            """)

    @Option(name: .long, help: ArgumentHelp("Folder for the files; made if it does not exist.", valueName: "folder"))
    var dir: String

    @Option(name: .long, help: "Name of the cluster, as in the nodes' configuration.")
    var cluster: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let folder = CertificateFolder(path: dir)
        do {
            try FileManager.default.createDirectory(
                atPath: dir, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            // A minute ago, so that a node whose clock is a little slow accepts it at once.
            let notBefore = Instant.present + .seconds(-60)
            _ = try CertificateAuthority.create(
                cluster: cluster, certificateFile: folder.authority, keyFile: folder.authorityKey, notBefore: notBefore)
            let key = try TokenKey.create(file: folder.tokenKey)
            try key.publicKeySet().write(toFile: folder.publicKeys, atomically: true, encoding: .utf8)
        } catch {
            throw CommandFailure(
                .failed, "The authority was not made: \(error). Give an empty folder, or go on with certs issue.")
        }
        let files = [folder.authority, folder.authorityKey, folder.tokenKey, folder.publicKeys]
        switch output.output {
        case .table:
            Console.say("Made an authority for the cluster \(cluster): " + files.joined(separator: ", "))
            Console.say("Next: tandemctl certs issue --dir \(dir) --node NAME")
        case .json:
            let value = JSONValue.object(["cluster": .string(cluster), "files": .array(files.map { .string($0) })])
            Console.say(String(decoding: try value.json(), as: UTF8.self))
        }
    }
}
