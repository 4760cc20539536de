import ArgumentParser
import Foundation

/// The command line for operators of a cluster.
@main
struct Tandemctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tandemctl",
        abstract: "Look at and change a Tandem cluster.",
        discussion: """
            Talks to the HTTP API of any node; certs and log work on files alone.

            Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 no node could be reached; \
            4 timed out while the operation may go on.
            """,
        subcommands: [
            Status.self, Watch.self, Doctor.self, Cluster.self, Shards.self, NodeCommands.self, Operations.self,
            JoinTokens.self, VersionFloor.self, Apply.self, Conversation.self, Certificates.self, Log.self,
            Version.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Console.complain(failure.text)
            Foundation.exit(failure.code.rawValue)
        } catch {
            let code = exitCode(for: error)
            if code.isSuccess { exit(withError: error) }  // --help and the like, on standard output
            Console.complain(fullMessage(for: error))
            Foundation.exit(code == .validationFailure ? ExitStatus.usage.rawValue : ExitStatus.failed.rawValue)
        }
    }
}
