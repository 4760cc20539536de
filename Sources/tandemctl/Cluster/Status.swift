import ArgumentParser

/// `tandemctl status`.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the nodes of the cluster, and who leads its registry.",
        discussion: "One node answers for all; its view of the others may be a moment old.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let cluster = try await Cluster.read(options)
        switch output.output {
        case .json: Console.say(String(decoding: try cluster.json(pretty: true), as: UTF8.self))
        case .table: show(cluster)
        }
    }

    private func show(_ cluster: JSONValue) {
        var table = TextTable("NODE", "STATE", "SHARDS LED", "KEPT", "LINKED", "VERSION", "UPTIME")
        let nodes = cluster["nodes"]?.items ?? []
        for node in nodes { table.add(Self.row(node)) }
        Cluster.show(table, of: nodes)
        if nodes.isEmpty { Console.say("The answer names no nodes. See all of it with --output json.") }
        let led = nodes.compactMap { $0["shardsLed"]?.number }.reduce(0, +)
        if let shards = cluster["shards"]?.number, led < shards {
            Console.say(
                "\(Int(shards - led)) of \(Int(shards)) shards have no leader: they serve nothing until a majority "
                    + "of their nodes is back."
            )
        }
        Console.say(RegistryText.line(cluster))
        for line in NodeAdvice.lines(nodes) { Console.say(line) }
    }

    static func row(_ node: JSONValue) -> [String] {
        let uptime = node["uptimeSeconds"]?.number.map { duration($0) } ?? "–"
        return [
            node["id"]?.text ?? "–", node["state"]?.text ?? "–", node["shardsLed"]?.text ?? "–",
            node["replicas"]?.text ?? "–", node["linked"]?.text == "true" ? "yes" : "no", node["version"]?.text ?? "–",
            uptime,
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
