import ArgumentParser

/// `tandemctl version-floor`.
struct VersionFloor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version-floor", abstract: "Look at what may be written to the log, and allow newer forms.",
        discussion: """
            A build reads and writes forms of records up to some number. Newer ones are written only when the floor has reached \
            them; a node whose build does not read them cannot join then.
            """, subcommands: [VersionFloorShow.self, VersionFloorRaise.self], defaultSubcommand: VersionFloorShow.self)
}

/// `tandemctl version-floor show`.
struct VersionFloorShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the floor and each node's range.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await ClusterRequest(options: options, failure: "The floor could not be read")
            .send("GET", "/version-floor")
        if output.output == .json {
            return Console.say(String(decoding: try answer.json(pretty: true), as: UTF8.self))
        }
        func number(_ value: JSONValue?) -> String { value?.number.map { "\(Int($0))" } ?? "–" }
        var table = TextTable("NODE", "OLDEST", "NEWEST")
        for node in answer["nodes"]?.items ?? [] {
            table.add([node["id"]?.text ?? "–", number(node["oldest"]), number(node["newest"])])
        }
        for line in table.lines { Console.say(line) }
        Console.say("Version floor: \(number(answer["floor"])). It can rise to \(number(answer["highestPossible"])).")
    }
}

/// `tandemctl version-floor raise`.
struct VersionFloorRaise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raise", abstract: "Allow newer forms; there is no way back to older builds.")

    @Argument(help: "The new floor.") var floor: Int
    @OptionGroup var confirm: ConfirmOptions
    @OptionGroup var options: ServerOptions

    func validate() throws {
        guard (1...Int(UInt32.max)).contains(floor) else { throw ValidationError("\(floor) is no floor.") }
    }

    func run() async throws {
        try confirm.confirm("Builds that do not read forms up to \(floor) can never join this cluster again.")
        _ = try await ClusterRequest(options: options, failure: "The floor stays as it was")
            .send("POST", "/version-floor", .object(["floor": .number(Double(floor))]))
        Console.say("The version floor is \(floor) now.")
    }
}
