import APIClient
import ArgumentParser
import Foundation
import NIOPosix

/// How results are written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

/// The option of every command.
struct OutputOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("How to write results: for people, or as one JSON value.", valueName: "format"))
    var output: OutputFormat = .table
}

/// The options of every command that talks to a cluster.
struct ServerOptions: ParsableArguments {
    static let defaultServers = (8081...8083).map { "http://127.0.0.1:\($0)" }
    static let defaultTokenFile = ".run/tokens.json"
    static let defaultAuthority = ".run/certs/authority.pem"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Address of a node, http://host:port or https://host:port; repeat it for several. Any node answers anything. "
                + "(default: http://127.0.0.1:8081, :8082 and :8083)", valueName: "url"))
    var server: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("JSON file with names and bearer tokens; the entry “admin” is used.", valueName: "file"))
    var tokenFile: String = ServerOptions.defaultTokenFile

    @Option(
        name: .long,
        help: ArgumentHelp("PEM file of the authority behind the nodes' certificates, for https.", valueName: "file"))
    var authority: String = ServerOptions.defaultAuthority

    @Flag(
        name: .long,
        help: "Have the nodes write into their logs what they do for this command; its trace goes to standard error.")
    var trace = false

    var servers: [String] { server.isEmpty ? Self.defaultServers : server }

    func client() throws -> APIClient {
        APIClient(
            servers: servers, token: try token(), authorityFile: authority,
            headers: trace ? [("traceparent", CommandTrace.announced.traceparent)] : [],
            group: MultiThreadedEventLoopGroup.singleton)
    }

    private func token() throws -> String {
        guard let bytes = FileManager.default.contents(atPath: tokenFile) else {
            throw CommandFailure(
                .failed,
                "There is no token file \(tokenFile); nothing was done. Name one with --token-file, make one with "
                    + "tandemctl certs tokens, or start the cluster with make run, which makes it.")
        }
        guard case .object(let tokens)? = try? JSONValue(json: Array(bytes)), case .string(let token)? = tokens["admin"]
        else {
            throw CommandFailure(
                .failed,
                "\(tokenFile) is not a JSON object with a token under “admin”; nothing was done. "
                    + "Make it anew with tandemctl certs tokens.")
        }
        return token
    }
}
