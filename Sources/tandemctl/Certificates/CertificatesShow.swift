import ArgumentParser
import Primitives
import SecureTransport

/// `tandemctl certs show`.
struct CertificatesShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what certificates say, and whether they are valid now.")

    @Argument(help: ArgumentHelp("PEM files of certificates.", valueName: "file"))
    var files: [String]

    @OptionGroup var output: OutputOptions

    func run() throws {
        var shown: [JSONValue] = []
        for file in files {
            let details: CertificateDetails
            do {
                details = try CertificateDetails(file: file)
            } catch {
                throw CommandFailure(.failed, "\(file) cannot be shown: \(error)")
            }
            shown.append(Self.json(file, details))
            if output.output == .table { Self.show(file, details) }
        }
        if output.output == .json {
            Console.say(String(decoding: try JSONValue.array(shown).json(pretty: true), as: UTF8.self))
        }
    }

    private static func show(_ file: String, _ details: CertificateDetails) {
        let state = state(of: details)
        Console.say(Console.coloured(file, .bold))
        Console.say("  state        " + Console.coloured(state.text, state.isValid ? .green : .red))
        Console.say("  subject      \(TextTable.printable(details.subject))")
        Console.say("  issuer       \(TextTable.printable(details.issuer))")
        Console.say("  names        \(details.alternativeNames.joined(separator: ", "))")
        Console.say("  valid        \(details.notBefore.text) to \(details.notAfter.text)")
        Console.say("  authority    \(details.isAuthority ? "yes" : "no")")
        Console.say("  fingerprint  SHA-256 \(details.fingerprint)")
    }

    private static func state(of details: CertificateDetails) -> (text: String, isValid: Bool) {
        let now = Instant.present
        if now < details.notBefore { return ("not valid yet", false) }
        if now >= details.notAfter { return ("expired: issue a new one with tandemctl certs issue", false) }
        return ("valid for \(Int((details.notAfter - now).seconds / 86_400)) more days", true)
    }

    static func json(_ file: String, _ details: CertificateDetails) -> JSONValue {
        .object([
            "file": .string(file), "subject": .string(details.subject), "issuer": .string(details.issuer),
            "names": .array(details.alternativeNames.map { .string($0) }),
            "notBefore": .string(details.notBefore.text), "notAfter": .string(details.notAfter.text),
            "isAuthority": .bool(details.isAuthority), "fingerprint": .string(details.fingerprint),
            "isValid": .bool(state(of: details).isValid),
        ])
    }
}
