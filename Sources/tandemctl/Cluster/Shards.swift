import APIClient
import ArgumentParser

/// `tandemctl shards`.
struct Shards: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at shards and their replicas, move them, and choose who leads.",
        subcommands: [
            ShardsList.self, ShardsShow.self, ShardsMove.self, ShardsTransfer.self, ShardsRebalance.self,
        ], defaultSubcommand: ShardsList.self)

    /// The shards as all nodes that answer know them.
    static func read(_ options: ServerOptions, query: String = "") async throws -> JSONValue {
        let doing = "The shards could not be read"
        let client = try options.client()
        let response: APIResponse
        do {
            response = try await client.send("GET", "/api/v1/cluster/shards\(query)")
        } catch {
            throw CommandFailure(error, doing: doing)
        }
        guard response.status == 200, let shards = try? JSONValue(json: response.body) else {
            throw CommandFailure(.failed, "\(doing): \(ApplyRun.reasons(response).joined(separator: "; "))")
        }
        return shards
    }
}

/// Shards in words.
package enum ShardText {
    /// Replicas beside the leader: name, and what they lack.
    package static func followers(_ shard: JSONValue) -> String {
        let replicas = (shard["replicas"]?.items ?? []).filter { $0["node"]?.text != shard["leader"]?.text }
        return replicas.map { replica in
            var text = replica["node"]?.text ?? "?"
            if let lag = replica["lag"]?.number, lag > 0 { text += " (lacks \(replica["lag"]?.text ?? ""))" }
            switch replica["condition"]?.text {
            case "intact": break
            case "unknown": text += " (does not answer)"
            case let other?: text += " (\(other))"
            case nil: break
            }
            return text
        }
        .joined(separator: ", ")
    }
}

/// `tandemctl shards list`.
struct ShardsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List shards and their leaders.")

    @Option(help: "Only shards that this node keeps.") var node: String?
    @Option(help: "Only shards that this node leads.") var leader: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func validate() throws {
        for case let name? in [node, leader]
        where !name.allSatisfy({ $0.isLetter || $0.isNumber || ".-_".contains($0) }) {
            throw ValidationError("“\(name)” is no name of a node.")
        }
    }

    func run() async throws {
        let query = [node.map { "node=\($0)" }, leader.map { "leader=\($0)" }].compactMap(\.self)
        let shards = try await Shards.read(options, query: query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        if output.output == .json {
            return Console.say(String(decoding: try shards.json(pretty: true), as: UTF8.self))
        }
        let items = shards["items"]?.items ?? []
        var table = TextTable("SHARD", "LEADER", "TERM", "COMMITTED", "FOLLOWERS", "MOVING TO")
        for shard in items {
            let leading = (shard["replicas"]?.items ?? []).first { $0["node"]?.text == shard["leader"]?.text }
            table.add([
                shard["shard"]?.text ?? "?", shard["leader"]?.text ?? "none", shard["term"]?.text ?? "–",
                leading?["committed"]?.text ?? "–", ShardText.followers(shard),
                (shard["movingTo"]?.items ?? []).map(\.text).joined(separator: " "),
            ])
        }
        for (index, line) in table.lines.enumerated() { Console.say(index == 0 ? Console.coloured(line, .bold) : line) }
        let leaderless = items.count { $0["leader"] == nil }
        if leaderless > 0 {
            Console.say(
                "\(leaderless) of these have no leader: see tandemctl cluster members for who does not answer.")
        }
        if items.isEmpty { Console.say("No shard is like that.") }
    }
}

/// `tandemctl shards show`.
struct ShardsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show the replicas of a shard.")

    @Argument(help: "The number of the shard.") var shard: Int
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let shards = try await Shards.read(options)
        guard let found = shards["items"]?.items?.first(where: { $0["shard"]?.number == Double(shard) }) else {
            let count = shards["items"]?.items?.count ?? 0
            throw CommandFailure(.failed, "There is no shard \(shard): they are 0 to \(count - 1).")
        }
        if output.output == .json {
            return Console.say(String(decoding: try found.json(pretty: true), as: UTF8.self))
        }
        var table = TextTable("NODE", "ROLE", "CONDITION", "COMMITTED", "APPLIED", "LAST", "LACKS", "SNAPSHOT")
        for replica in found["replicas"]?.items ?? [] {
            table.add(
                ["node", "role", "condition", "committed", "applied", "last", "lag", "snapshot"].map {
                    replica[$0]?.text ?? "–"
                })
        }
        for (index, line) in table.lines.enumerated() { Console.say(index == 0 ? Console.coloured(line, .bold) : line) }
    }
}

/// `tandemctl shards transfer`.
struct ShardsTransfer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Let another node lead a shard.",
        discussion: """
            The node must keep a replica that holds nearly everything. Calls that arrive meanwhile are held for a moment \
            and carried out by the new leader. It stays there; rebalance may even it out again.
            """)

    @Argument(help: "The number of the shard.") var shard: Int
    @Option(help: ArgumentHelp("The node that shall lead.", valueName: "node")) var to: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let doing = "Shard \(shard) was not handed over"
        let client = try options.client()
        let body = try JSONValue.object(["to": .string(to)]).json()
        let response: APIResponse
        do {
            response = try await client.send("POST", "/api/v1/cluster/shards/\(shard)/transfer-leader", body: body)
        } catch {
            throw CommandFailure(error, doing: doing)
        }
        let reasons = ApplyRun.reasons(response).joined(separator: "; ")
        if response.status == 504 { throw CommandFailure(.timedOut, reasons) }
        guard response.status == 200 else { throw CommandFailure(.failed, "\(doing): \(reasons)") }
        if output.output == .json { return Console.say(String(decoding: response.body, as: UTF8.self)) }
        Console.say("\(to) leads shard \(shard).")
    }
}
