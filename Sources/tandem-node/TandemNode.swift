import ArgumentParser
import Cluster
import ContactCentre
import Foundation
import HTTPAPI
import Logging
import NIOCore
import NIOPosix
import NodeIO
import Primitives
import Routing
import SecureTransport
import ServiceLifecycle

/// One node of a Tandem cluster.
@main
struct TandemNode: AsyncParsableCommand {
    static let version = "0.1.0"
    static let configuration = CommandConfiguration(
        commandName: "tandem-node", abstract: "Runs one node of a Tandem cluster.",
        discussion: """
            Reads a YAML file (cluster-config/three-nodes/n1.yaml is a commented example), joins its peers over mutual TLS \
            and serves the HTTP API until SIGTERM or SIGINT. What was acknowledged is in the data directory and survives restarts.
            Exit 0 after a graceful stop, 1 when it cannot run, 2 for wrong arguments or configuration.
            """, version: version)

    @Option(name: .customLong("config"), help: "The node's configuration file (YAML).") var file: String
    @Flag(help: "Check the configuration and the files that it names, say what is wrong, and end.") var check = false

    func run() async throws {
        do { try await start() } catch let failure as Failure {
            FileHandle.standardError.write(Data("tandem-node: \(failure)\n".utf8))
            throw ExitCode(failure.code)
        }
    }

    private func start() async throws {
        let configuration = try readConfiguration()
        let logger = makeLogger(configuration)
        let credentials = try Credentials(configuration)
        if check {
            print("\(file): the configuration of node \(configuration.node) is fine")
            return
        }
        let assembly = NodeAssembly(configuration, credentials, logger: logger)
        try await assembly.run()
    }

    private func readConfiguration() throws -> NodeConfiguration {
        guard let text = readText(file) else {
            throw Failure("\(file): cannot be read; name an existing YAML file with --config", code: 2)
        }
        do { return try NodeConfiguration(yaml: text) } catch {
            throw Failure("\(file): \(error)\nThe node did not start; nothing was changed.", code: 2)
        }
    }

    private func makeLogger(_ configuration: NodeConfiguration) -> Logger {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
            return handler
        }
        var logger = Logger(label: "tandem")
        logger[metadataKey: "tandem.node"] = "\(configuration.node)"
        return logger
    }
}
