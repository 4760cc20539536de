import ArgumentParser

/// `tandemctl shards move`.
struct ShardsMove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Move a replica of a shard to another node.",
        discussion: "The new replica learns first and votes when it holds nearly everything; calls go on meanwhile.")

    @Argument(help: "The number of the shard.") var shard: Int
    @Option(help: ArgumentHelp("The node that shall keep it no more.", valueName: "node")) var from: String
    @Option(help: ArgumentHelp("The node that shall keep it.", valueName: "node")) var to: String
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let operation = try await ClusterRequest(options: options, failure: "Shard \(shard) does not move")
            .send("POST", "/shards/\(shard)/move", .object(["from": .string(from), "to": .string(to)]))
        try await wait.follow(operation, output, options)
    }
}

/// `tandemctl shards rebalance`.
struct ShardsRebalance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebalance", abstract: "Even out replicas, leaders and bytes over the nodes.",
        discussion: "Copies of a shard go to different zones where that can be; as little moves as possible.")

    @Flag(help: "Only show what would move.") var dryRun = false
    @Option(help: ArgumentHelp("Only the first so many moves of the plan.", valueName: "count")) var maxMoves: Int?
    @Option(help: ArgumentHelp("Shards that move at a time. (default: 1)", valueName: "count")) var concurrent: Int?
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func validate() throws {
        if let maxMoves, !(1...1_025).contains(maxMoves) { throw ValidationError("--max-moves must be 1 to 1025") }
        if let concurrent, !(1...16).contains(concurrent) { throw ValidationError("--concurrent must be 1 to 16") }
    }

    func run() async throws {
        var body: [String: JSONValue] = dryRun ? ["dryRun": .bool(true)] : [:]
        if let maxMoves { body["maxMoves"] = .number(Double(maxMoves)) }
        if let concurrent { body["maxConcurrentMoves"] = .number(Double(concurrent)) }
        let answer = try await ClusterRequest(options: options, failure: "The shards stay where they are")
            .send("POST", "/rebalance", .object(body))
        guard dryRun else { return try await wait.follow(answer, output, options) }
        if output.output == .json {
            return Console.say(String(decoding: try answer.json(pretty: true), as: UTF8.self))
        }
        let steps = answer["steps"]?.items ?? []
        guard !steps.isEmpty else { return Console.say("All is balanced: nothing would move.") }
        var table = TextTable("SHARD", "FROM", "TO")
        for step in steps { table.add(StepText.row(step)) }
        for (index, line) in table.lines.enumerated() { Console.say(index == 0 ? Console.coloured(line, .bold) : line) }
        Console.say("\(steps.count) moves; nothing was changed. Run it without --dry-run to do this.")
    }
}
