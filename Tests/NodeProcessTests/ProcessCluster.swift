import APIClient
import Foundation
import NIOPosix

/// Nodes as an operator runs them: programs, the samples of `cluster-config`, certificates and tokens, in a folder of its own.
final class ProcessCluster {
    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    /// What a command line said.
    struct Answer {
        let code: Int32
        let text: String
        let complaints: String
    }

    private static let project = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let readyLimit = Duration.seconds(30)
    private static let pause = Duration.milliseconds(50)

    /// A loopback address that no other process takes, so that a port on it is nobody else's: the number of this process.
    private let address: String
    private let folder: URL
    private var nodes: [String: RunningProgram] = [:]
    private var commands = 0

    init() {
        let process = ProcessInfo.processInfo.processIdentifier
        address = "127.\(64 | process >> 16 & 63).\(process >> 8 & 255).\(process & 255)"
        folder = FileManager.default.temporaryDirectory.appending(path: "tandem-\(UUID().uuidString)")
    }

    deinit {
        for node in nodes.values { node.signal(SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: preparation

    /// The authority, and the tokens of the API.
    func prepare() async throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: Self.sample("sample-centre.yaml"), to: folder.appending(path: "centre.yaml"))
        try await makeAuthority("certs")
        _ = try await control("certs", "tokens", "--dir", "certs", "--agents", "centre.yaml", "--out", "tokens.json")
    }

    func makeAuthority(_ directory: String) async throws {
        _ = try await control("certs", "init", "--dir", directory, "--cluster", "dev")
    }

    /// The file and the certificate of the only founder.
    func prepareFounder(_ name: String) async throws {
        var text = try String(contentsOf: Self.sample("one-node/n1.yaml"), encoding: .utf8)
        text = try replace("7121", with: "\(7100 + number(name))", in: text)
        text = try replace("8071", with: "\(8080 + number(name))", in: text)
        text = try replace("count: 64", with: "count: 8", in: text)
        try await finish(try replace(".run/one/", with: "", in: text), name, certificates: "certs")
    }

    /// The file and the certificate of a node that asks `seeds` to take it in, with this token.
    func prepareJoiner(_ name: String, seeds: [String], token: String, certificates: String = "certs") async throws {
        var text = try String(contentsOf: Self.sample("joining/n4.yaml"), encoding: .utf8)
        text = try replace("7104", with: "\(7100 + number(name))", in: text)
        text = try replace("8084", with: "\(8080 + number(name))", in: text)
        text = try replace("n4", with: name, in: text)
        let listed = seeds.map { "    - {host: 127.0.0.1, port: \(7100 + number($0))}\n" }.joined()
        let pattern = /seeds:\n(?: +- \{host: .*\n)+/
        guard text.contains(pattern) else { throw Unexpected(description: "the sample names no seeds") }
        text.replace(pattern, with: "seeds:\n\(listed)")
        try Data(token.utf8).write(to: folder.appending(path: "\(name).token"))
        try await finish(text, name, certificates: certificates)
    }

    private func finish(_ text: String, _ name: String, certificates: String) async throws {
        if !FileManager.default.fileExists(atPath: folder.appending(path: "\(certificates)/\(name).pem").path) {
            _ = try await control("certs", "issue", "--dir", certificates, "--node", name, "--host", address)
        }
        let text = try replace("127.0.0.1", with: address, in: text).replacing(".run/certs", with: certificates)
            .replacing(".run/", with: "")
        try Data(text.utf8).write(to: folder.appending(path: "\(name).yaml"))
    }

    private static func sample(_ path: String) -> URL { project.appending(path: "cluster-config/\(path)") }

    private func number(_ name: String) -> Int { Int(name.dropFirst()) ?? 0 }

    private func replace(_ part: String, with other: String, in text: String) throws -> String {
        guard text.contains(part) else { throw Unexpected(description: "the sample says nothing of “\(part)”") }
        return text.replacing(part, with: other)
    }

    // MARK: nodes

    func start(_ name: String) throws {
        nodes[name] = try RunningProgram("tandem-node", ["--config", "\(name).yaml"], in: folder, log: name)
    }

    func startAndWait(_ name: String) async throws {
        try start(name)
        try await wait("\(name) is ready") { await self.isReady(name) }
    }

    func signal(_ signal: Int32, _ name: String) { nodes[name]?.signal(signal) }

    /// The exit code of a node that ends, or the signal that ended it, and the end of what it said.
    func end(of name: String) async throws -> Answer {
        guard let node = nodes.removeValue(forKey: name) else {
            throw Unexpected(description: "\(name) was not started")
        }
        do {
            try await wait("\(name) ends") { !node.isRunning }
        } catch {
            node.signal(SIGKILL)
            throw error
        }
        return Answer(code: await node.ended(), text: try node.said(), complaints: try node.complained())
    }

    /// Its disk is empty from now on.
    func wipe(_ name: String) throws { try FileManager.default.removeItem(at: folder.appending(path: name)) }

    private func isReady(_ name: String) async -> Bool {
        let client = APIClient(
            servers: [server(name)], token: nil, group: MultiThreadedEventLoopGroup.singleton, timeout: .seconds(2))
        return (try? await client.send("GET", "/readyz"))?.status == 200
    }

    private func server(_ name: String) -> String { "http://\(address):\(8080 + number(name))" }

    /// Until it holds; a node that ends meanwhile has failed.
    func wait(_ what: String, until holds: () async throws -> Bool) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + Self.readyLimit
        while try await !holds() {
            for (name, node) in nodes where !node.isRunning {
                throw Unexpected(
                    description: "\(name) ended by itself: \(try node.said().suffix(2_000))\(try node.complained())")
            }
            guard clock.now < deadline else {
                throw Unexpected(description: "waited \(Self.readyLimit) in vain until \(what)")
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    // MARK: commands

    /// What `tandemctl` answers, asked of these nodes.
    func ask(_ names: [String], _ words: String...) async throws -> Answer {
        let servers = names.flatMap { ["--server", server($0)] }
        return try await command(words + servers + ["--token-file", "tokens.json"])
    }

    /// What `tandemctl` says where it succeeds; with nodes, of these.
    /// - Throws: ``Unexpected`` where it does not.
    func control(_ words: String..., of names: [String] = []) async throws -> String {
        let options =
            names.isEmpty ? [] : names.flatMap { ["--server", server($0)] } + ["--token-file", "tokens.json"]
        let answer = try await command(words + options)
        guard answer.code == 0 else {
            throw Unexpected(
                description:
                    "tandemctl \(words.joined(separator: " ")) ended with \(answer.code): \(answer.text)\(answer.complaints)"
            )
        }
        return answer.text
    }

    private func command(_ words: [String]) async throws -> Answer {
        commands += 1
        let program = try RunningProgram("tandemctl", words, in: folder, log: "command-\(commands)")
        return Answer(code: await program.ended(), text: try program.said(), complaints: try program.complained())
    }
}
