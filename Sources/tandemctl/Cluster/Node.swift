import ArgumentParser
import Foundation

/// `tandemctl node`.
struct NodeCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Empty nodes, use them again, take them out.",
        subcommands: [NodeDrain.self, NodeUndrain.self, NodeRemove.self, NodeReplace.self])

    static func check(_ name: String) throws {
        guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || ".-_".contains($0) }) else {
            throw ValidationError("“\(name)” is no name of a node.")
        }
    }
}

/// Asks before something that cannot be taken back.
struct ConfirmOptions: ParsableArguments {
    @Flag(help: "Do not ask.") var yes = false

    func confirm(_ question: String) throws {
        if yes { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(.usage, "\(question) Nothing was done: confirm with --yes.")
        }
        Console.complain("\(question) Type yes to go on:")
        guard readLine() == "yes" else { throw CommandFailure(.failed, "Nothing was done.") }
    }
}

/// `tandemctl node drain`.
struct NodeDrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Move everything that a node keeps to others.",
        discussion: """
            Needs another node for each replica; where there is none, the replica stays and leads no more. Calls go on \
            meanwhile. The node takes nothing new until it is undrained.
            """)

    @Argument(help: "The node.") var node: String
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func validate() throws { try NodeCommands.check(node) }

    func run() async throws {
        let operation = try await ClusterRequest(options: options, failure: "Node \(node) is not drained")
            .send("POST", "/nodes/\(node)/drain")
        try await wait.follow(operation, output, options)
    }
}

/// `tandemctl node undrain`.
struct NodeUndrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain", abstract: "Let an emptied node be used again.")

    @Argument(help: "The node.") var node: String
    @OptionGroup var options: ServerOptions

    func validate() throws { try NodeCommands.check(node) }

    func run() async throws {
        _ = try await ClusterRequest(options: options, failure: "Node \(node) stays as it was")
            .send("POST", "/nodes/\(node)/undrain")
        Console.say("Node \(node) may be used again; tandemctl shards rebalance gives it shards.")
    }
}

/// `tandemctl node remove`.
struct NodeRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take an emptied node out of the cluster.",
        discussion: "Drain it first. Stop its process afterwards; its data directory is of no use any more.")

    @Argument(help: "The node.") var node: String
    @OptionGroup var confirm: ConfirmOptions
    @OptionGroup var options: ServerOptions

    func validate() throws { try NodeCommands.check(node) }

    func run() async throws {
        try confirm.confirm("Node \(node) leaves the cluster for good.")
        _ = try await ClusterRequest(options: options, failure: "Node \(node) was not removed")
            .send("POST", "/nodes/\(node)/remove")
        Console.say("Node \(node) is no part of the cluster any more. Stop its process.")
    }
}

/// `tandemctl node replace`.
struct NodeReplace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace", abstract: "Put what a lost node kept on others.",
        discussion: """
            For a node that does not come back. Its shards must have a majority without it. When it is done, take the node \
            out with tandemctl node remove.
            """)

    @Argument(help: "The lost node.") var node: String
    @OptionGroup var confirm: ConfirmOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func validate() throws { try NodeCommands.check(node) }

    func run() async throws {
        try confirm.confirm("What node \(node) holds is given up, and copied anew to others.")
        let operation = try await ClusterRequest(options: options, failure: "Node \(node) is not replaced")
            .send("POST", "/nodes/\(node)/replace")
        try await wait.follow(operation, output, options)
    }
}
