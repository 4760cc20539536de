import ArgumentParser
import Foundation
import Primitives
import SecureTransport

/// `tandemctl certs tokens`.
struct CertificatesTokens: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "Make bearer tokens for a contact centre's people and programs.",
        discussion: """
            Writes a JSON object from names to tokens: admin, supervisor, integration and reporting with all divisions of the \
            file, supervisor:DIVISION for each division, and agent:ID for each agent with its own division. Whoever has the \
            file is any of them: it is readable by its owner only. An existing file is replaced; tokens of the old one stay valid \
            until they expire.
            """)

    @Option(name: .long, help: ArgumentHelp("Folder with tokens.key.", valueName: "folder"))
    var dir: String

    @Option(
        name: .long, help: ArgumentHelp("The contact centre, as for tandemctl apply.", valueName: "file"))
    var agents: String

    @Option(name: .long, help: ArgumentHelp("Where to write the tokens.", valueName: "file"))
    var out: String

    @Option(name: .long, help: "Days until the tokens expire.")
    var days: Int = 30

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...365).contains(days) else { throw ValidationError("--days is a number from 1 to 365") }
    }

    func run() throws {
        guard let bytes = FileManager.default.contents(atPath: agents) else {
            throw CommandFailure(.failed, "\(agents) cannot be read; nothing was made. Check the path.")
        }
        let centre: CentreFile
        do {
            centre = try CentreFile(yaml: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw CommandFailure(
                .failed, "\(error.problems.map { "\(agents): \($0)" }.joined(separator: "\n"))\nNothing was made.")
        }
        let plan = TokenPlan(centre)
        do {
            let key = try TokenKey(file: CertificateFolder(path: dir).tokenKey)
            let expires = Instant.present + .seconds(Int64(days) * 86_400)
            var tokens: [String: JSONValue] = [:]
            for entry in plan.entries {
                let claims = TokenClaims(
                    subject: entry.subject, roles: entry.roles, divisions: entry.divisions, expires: expires)
                tokens[entry.name] = .string(try key.sign(claims))
            }
            try PrivateFile.replace(out, with: try JSONValue.object(tokens).json(pretty: true))
        } catch {
            throw CommandFailure(
                .failed,
                "The tokens were not written: \(error). Check \(dir) (tandemctl certs init) and the folder of \(out).")
        }
        switch output.output {
        case .table: Console.say("Wrote \(plan.entries.count) tokens to \(out), valid for \(days) days")
        case .json:
            let names = JSONValue.array(plan.entries.map { .string($0.name) })
            Console.say(
                String(decoding: try JSONValue.object(["file": .string(out), "names": names]).json(), as: UTF8.self))
        }
    }
}
