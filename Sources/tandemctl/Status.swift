import APIClient
import ArgumentParser

/// `tandemctl status`.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the nodes of the cluster.",
        discussion: "One node answers for all; its view of the others may be a moment old.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
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
        switch output.output {
        case .json: Console.say(String(decoding: try cluster.json(pretty: true), as: UTF8.self))
        case .table: show(cluster)
        }
    }

    private func show(_ cluster: JSONValue) {
        var table = TextTable("NODE", "STATE", "SHARDS LED", "LINKS UP", "VERSION", "UPTIME")
        let nodes = cluster["nodes"]?.items ?? []
        for node in nodes { table.add(Self.row(node)) }
        for (index, line) in table.lines.enumerated() {
            if index == 0 {
                Console.say(Console.coloured(line, .bold))
            } else {
                let isUp = ["up", "alive", "ready"].contains(nodes[index - 1]["state"]?.text ?? "")
                Console.say(Console.coloured(line, isUp ? .green : .red))
            }
        }
        if nodes.isEmpty { Console.say("The answer names no nodes. See all of it with --output json.") }
    }

    /// A count may come as a number or as the list of what is counted.
    static func row(_ node: JSONValue) -> [String] {
        func count(_ names: String...) -> String {
            guard let value = names.lazy.compactMap({ node[$0] }).first else { return "–" }
            return value.items.map { "\($0.count)" } ?? value.text
        }
        let name = node["id"] ?? node["node"] ?? node["name"]
        let uptime = node["uptimeSeconds"]?.number.map { duration($0) } ?? "–"
        return [
            name?.text ?? "–", node["state"]?.text ?? "–", count("shardsLed", "shards"), count("linksUp", "links"),
            node["version"]?.text ?? "–", uptime,
        ]
    }

    static func duration(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e12)))
        let (days, hours, minutes) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60)
        if days > 0 { return "\(days) d \(hours) h" }
        if hours > 0 { return "\(hours) h \(minutes) min" }
        return minutes > 0 ? "\(minutes) min \(whole % 60) s" : "\(whole) s"
    }
}
