import ArgumentParser
import Foundation

/// `tandemctl operations`.
struct Operations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at moves of shards that are under way, and cancel them.",
        subcommands: [OperationsList.self, OperationsShow.self, OperationsCancel.self],
        defaultSubcommand: OperationsList.self)
}

/// What begins an operation: it is waited for on demand.
struct WaitOptions: ParsableArguments {
    @Flag(help: "Wait until it is done, and show its progress.") var wait = false

    /// Says what has begun, and waits for its end if that is wished.
    func follow(_ operation: JSONValue, _ output: OutputOptions, _ options: ServerOptions) async throws {
        let id = operation["id"]?.text ?? "?"
        var last = operation
        if operation["state"]?.text == "running" {
            if output.output == .table, !wait {
                return Console.say(
                    "\(id) has begun: \(OperationText.line(operation)). See tandemctl operations show \(id); "
                        + "tandemctl operations cancel \(id) stops it.")
            }
            if wait { last = try await OperationProgress(options: options).wait(for: id) }
        }
        if output.output == .json {
            Console.say(String(decoding: try last.json(pretty: true), as: UTF8.self))
        } else {
            Console.say(OperationText.end(last))
        }
        let isUnfinished = (last["overtaken"]?.number ?? 0) > 0 || last["state"]?.text == "cancelled"
        if wait, isUnfinished { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}

/// `tandemctl operations list`.
struct OperationsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List operations, newest first.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await ClusterRequest(options: options, failure: "The operations could not be read")
            .send("GET", "/operations")
        let items = answer["items"]?.items ?? []
        if output.output == .json {
            return Console.say(String(decoding: try JSONValue.array(items).json(pretty: true), as: UTF8.self))
        }
        var table = TextTable("OPERATION", "KIND", "NODE", "STATE", "MOVES", "DONE", "RUNNING", "CREATED", "ENDED")
        for item in items {
            table.add(
                ["id", "kind", "node", "state", "moves", "done", "running", "createdAt", "endedAt"].map {
                    item[$0]?.text ?? "–"
                })
        }
        for (index, line) in table.lines.enumerated() { Console.say(index == 0 ? Console.coloured(line, .bold) : line) }
        if items.isEmpty { Console.say("Nothing has been moved yet.") }
    }
}

/// `tandemctl operations show`.
struct OperationsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an operation and its steps, with their times.")

    @Argument(help: "The operation, as op-1.") var id: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func validate() throws { try checkOperation(id) }

    func run() async throws {
        let operation = try await ClusterRequest(options: options, failure: "\(id) could not be read")
            .send("GET", "/operations/\(id)")
        if output.output == .json {
            return Console.say(String(decoding: try operation.json(pretty: true), as: UTF8.self))
        }
        Console.say(OperationText.line(operation))
        var table = TextTable("SHARD", "FROM", "TO", "STATE", "STARTED", "LEARNING", "EXCHANGING", "ENDED")
        for step in operation["steps"]?.items ?? [] { table.add(StepText.row(step)) }
        for (index, line) in table.lines.enumerated() { Console.say(index == 0 ? Console.coloured(line, .bold) : line) }
    }
}

/// `tandemctl operations cancel`.
struct OperationsCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel an operation.",
        discussion: "What waits does not begin, and shards that move stay where they were; what is done stays done.")

    @Argument(help: "The operation, as op-1.") var id: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServerOptions

    func validate() throws { try checkOperation(id) }

    func run() async throws {
        let operation = try await ClusterRequest(options: options, failure: "\(id) was not cancelled")
            .send("POST", "/operations/\(id)/cancel")
        if output.output == .json {
            return Console.say(String(decoding: try operation.json(pretty: true), as: UTF8.self))
        }
        Console.say(OperationText.end(operation))
    }
}

private func checkOperation(_ id: String) throws {
    guard id.hasPrefix("op-"), UInt64(id.dropFirst(3)) != nil else {
        throw ValidationError("“\(id)” is no operation: they are called op-1, op-2 and so on.")
    }
}

/// A step of a plan in words.
package enum StepText {
    package static func row(_ step: JSONValue) -> [String] {
        func nodes(_ name: String) -> String {
            (step[name]?.items ?? []).map(\.text).joined(separator: " ")
        }
        /// Seconds since the step began.
        func since(_ name: String) -> String {
            guard let time = step[name]?.time, let started = step["startedAt"]?.time else { return "–" }
            return String(format: "+%.2f s", time.timeIntervalSince(started))
        }
        return [
            step["shard"]?.text ?? "?", nodes("from"), nodes("to"), step["state"]?.text ?? "–",
            step["startedAt"]?.text ?? "–", since("learningAt"), since("exchangingAt"),
            step["startedAt"] == nil ? step["endedAt"]?.text ?? "–" : since("endedAt"),
        ]
    }
}
