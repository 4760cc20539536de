import APIClient
import ArgumentParser

/// `tandemctl conversation`.
struct Conversation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at conversations.", subcommands: [Show.self])

    /// `tandemctl conversation show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one conversation: its state, where it waits, who had it.")

        @Argument(help: "The id of the conversation, as the API returned it.")
        var id: String

        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ServerOptions

        func run() async throws {
            let client = try options.client()
            let response: APIResponse
            do {
                response = try await client.send("GET", "/api/v1/conversations/\(ApplyRun.escaped(id))")
            } catch {
                throw CommandFailure(error, doing: "Conversation \(id) could not be read")
            }
            guard response.status == 200, case .object(let fields)? = try? JSONValue(json: response.body) else {
                let reasons = ApplyRun.reasons(response).joined(separator: "; ")
                throw CommandFailure(
                    .failed,
                    "Conversation \(id) could not be read: \(reasons) Check the id and the token.")
            }
            switch output.output {
            case .json: Console.say(String(decoding: try JSONValue.object(fields).json(pretty: true), as: UTF8.self))
            case .table: Self.show(fields)
            }
        }

        private static func show(_ fields: [String: JSONValue]) {
            let first = ["id", "state", "endReason", "queue", "mediaType", "waitingSince", "position", "ewt"]
            let lists = ["segments", "interactions"]
            let rest = fields.keys.filter { !first.contains($0) && !lists.contains($0) }.sorted()
            let names = (first + rest).filter { fields[$0] != nil && fields[$0] != .null }
            let width = names.map(\.count).max() ?? 0
            for name in names {
                let title = name + String(repeating: " ", count: width - name.count)
                Console.say(Console.coloured(title, .bold) + "  " + TextTable.printable(fields[name]?.text ?? ""))
            }
            guard let segments = fields["segments"]?.items, !segments.isEmpty else { return }
            var table = TextTable("SEGMENT", "AGENT", "ROLE", "STATE", "FROM", "TO")
            for segment in segments {
                let from = segment["startedAt"] ?? segment["start"] ?? segment["connectedAt"] ?? segment["from"]
                let to = segment["endedAt"] ?? segment["end"] ?? segment["to"]
                table.add(
                    [segment["id"], segment["agent"], segment["role"], segment["state"], from, to].map {
                        $0?.text ?? "–"
                    })
            }
            Console.say("")
            for (index, line) in table.lines.enumerated() {
                Console.say(index == 0 ? Console.coloured(line, .bold) : line)
            }
        }
    }
}
