import ArgumentParser
import Foundation

/// `tandemctl watch`.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch the nodes, who leads how much, and what is being moved.",
        discussion: """
            Draws the view anew every second until it is interrupted (Ctrl-C). When standard output is no terminal, or \
            with --once, it prints one view and ends.
            """)

    private static let pause = Duration.seconds(1)

    @Flag(help: "Print one view and end.") var once = false
    @OptionGroup var options: ServerOptions

    func run() async throws {
        guard !once, isatty(STDOUT_FILENO) == 1 else {
            for line in try await view() { Console.say(line) }
            return
        }
        Console.clear()
        while true {
            do { Console.redraw(try await view()) } catch let failure as CommandFailure {
                // Nodes that are away for a moment come back; the view goes on.
                Console.redraw(failure.text.split(separator: "\n").map { TextTable.printable(String($0)) })
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    private func view() async throws -> [String] {
        let request = ClusterRequest(options: options, failure: "The state of the cluster could not be read")
        let cluster = try await request.send("GET", "")
        return WatchView.lines(cluster: cluster, operations: try await ClusterReading.operations(request))
    }
}
