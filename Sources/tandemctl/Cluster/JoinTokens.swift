import ArgumentParser

/// `tandemctl join-token`.
struct JoinTokens: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join-token", abstract: "Let new nodes join the cluster.",
        discussion: """
            A node that is not among the founders of a cluster joins with a certificate of the cluster's authority (tandemctl \
            certs issue) and a token, which holds once.
            """, subcommands: [JoinTokenCreate.self, JoinTokenList.self, JoinTokenRevoke.self])
}

/// `tandemctl join-token create`.
struct JoinTokenCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a token with which one node can join.",
        discussion: """
            Standard output gets the token and nothing else, so that it can go into the file that the node's configuration names \
            (join.tokenFile). It is shown this once.
            """)

    @Option(help: "The only node that it is for; any without it.") var node: String?
    @Option(help: "Minutes for which it holds, 1 to 10080.") var minutes = 60
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func validate() throws {
        if let node { try NodeCommands.check(node) }
        guard (1...10_080).contains(minutes) else {
            throw ValidationError("--minutes is \(minutes); expected 1 to 10080 (a week).")
        }
    }

    func run() async throws {
        var body: [String: JSONValue] = ["expiresInSeconds": .number(Double(minutes * 60))]
        if let node { body["node"] = .string(node) }
        let answer = try await ClusterRequest(options: options, failure: "No token was made")
            .send("POST", "/join-tokens", .object(body))
        if output.output == .json {
            return Console.say(String(decoding: try answer.json(pretty: true), as: UTF8.self))
        }
        Console.say(answer["token"]?.text ?? "")
        Console.complain(
            "Token \(answer["id"]?.text ?? "–") holds until \(answer["expiresAt"]?.text ?? "–")"
                + (node.map { ", for node \($0)" } ?? "")
                + ". Put it into the new node's join.tokenFile and start that node.")
    }
}

/// `tandemctl join-token list`.
struct JoinTokenList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show the tokens that hold.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await ClusterRequest(options: options, failure: "The tokens could not be read")
            .send("GET", "/join-tokens")
        if output.output == .json {
            return Console.say(String(decoding: try answer.json(pretty: true), as: UTF8.self))
        }
        let items = answer["items"]?.items ?? []
        guard !items.isEmpty else {
            return Console.say("No join token holds. tandemctl join-token create makes one.")
        }
        var table = TextTable("TOKEN", "NODE", "HOLDS UNTIL")
        for item in items {
            table.add([item["id"]?.text ?? "–", item["node"]?.text ?? "any", item["expiresAt"]?.text ?? "–"])
        }
        for line in table.lines { Console.say(line) }
    }
}

/// `tandemctl join-token revoke`.
struct JoinTokenRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Let nobody join with a token any more.")

    @Argument(help: "The token's id, as in jt-1a2b3c4d5e.") var token: String
    @OptionGroup var options: ServerOptions

    func validate() throws { try NodeCommands.check(token) }

    func run() async throws {
        _ = try await ClusterRequest(options: options, failure: "The token was not revoked")
            .send("DELETE", "/join-tokens/\(token)")
        Console.say("Nobody can join with \(token) any more. Nodes that have joined with it stay.")
    }
}
