import APIClient
import ArgumentParser

/// `tandemctl cluster`.
struct Cluster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the nodes of the cluster.",
        discussion: "One node answers for all; its view of the others may be a moment old.",
        subcommands: [Status.self, ClusterMembers.self], defaultSubcommand: Status.self)

    /// The cluster as the answering node sees it.
    static func read(_ options: ServerOptions) async throws -> JSONValue {
        let client = try options.client()
        let response: APIResponse
        do {
            response = try await client.send("GET", "/api/v1/cluster")
        } catch {
            throw CommandFailure(error, doing: "The state of the cluster could not be read")
        }
        guard response.status == 200, let cluster = try? JSONValue(json: response.body) else {
            throw CommandFailure(
                .failed,
                "The state of the cluster could not be read: \(ApplyRun.reasons(response).joined(separator: "; ")). "
                    + "Check the token (entry “admin” of \(options.tokenFile)), then try again.")
        }
        return cluster
    }

    /// Writes a table of nodes, each line in the colour of its state.
    static func show(_ table: TextTable, of nodes: [JSONValue]) {
        for (index, line) in table.lines.enumerated() {
            if index == 0 {
                Console.say(Console.coloured(line, .bold))
            } else {
                Console.say(Console.coloured(line, nodes[index - 1]["state"]?.text == "alive" ? .green : .red))
            }
        }
    }
}

/// `tandemctl cluster members`.
struct ClusterMembers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members", abstract: "Show what gossip says of each node.",
        discussion: "States: alive, suspect (does not answer), dead, left (stopped), unseen (never heard of).")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let cluster = try await Cluster.read(options)
        let nodes = cluster["nodes"]?.items ?? []
        if output.output == .json {
            return Console.say(String(decoding: try JSONValue.array(nodes).json(pretty: true), as: UTF8.self))
        }
        var table = TextTable("NODE", "STATE", "SINCE", "ZONE", "ADDRESS", "LOAD", "VERSION", "INCARNATION")
        for node in nodes { table.add(Self.row(node)) }
        Cluster.show(table, of: nodes)
        for line in NodeAdvice.lines(nodes) { Console.say(line) }
    }

    static func row(_ node: JSONValue) -> [String] {
        func text(_ name: String) -> String { node[name]?.text ?? "–" }
        let load = node["load"]?.number.map { "\(Int((min(max($0, 0), 1) * 100).rounded())) %" } ?? "–"
        return [
            text("id"), text("state"), text("since"), text("zone"), text("address"), load, text("version"),
            text("incarnation"),
        ]
    }
}
