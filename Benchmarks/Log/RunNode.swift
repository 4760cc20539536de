import ArgumentParser
import Cluster
import Dispatch
import Foundation
import NodeIO
import NodeLog
import Primitives

/// One of the three nodes. It takes commands on standard input and answers each with a line of JSON:
/// `ready`, `drive <writers> <all|one> <milliseconds>`, `written`, `counters`; the end of the input ends the process.
struct RunNode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "One node; takes commands on standard input.")
    @Option(help: "Name of this node.") var name: String
    @Option(help: "Data directory.") var data: String
    @Option(help: "Folder with authority.pem and a certificate and key of each node.") var certs: String
    @Option(help: "Port of n1; n2 and n3 listen on the next.") var port = 7_691
    @Option(help: "Shards of the cluster.") var shards: UInt32 = 64
    @Option(help: "Loops that run entities.") var loops = 2
    @Option(help: "File of payloads, one after the other.") var payloads: String
    @Option(help: "Bytes of a payload.") var payloadBytes = 300
    @Flag(help: "Write the log uncompressed.") var plain = false

    func run() async throws {
        var table = MethodTable()
        table.register(RegisterState.self)
        let bench = try await LogNode.start(
            .init(
                node: name, nodes: ["n1", "n2", "n3"], data: data, certificates: certs, port: port, shardCount: shards,
                loops: loops, log: LogSettings(compresses: !plain)), table: table)
        let driver = Driver(system: TandemSystem(node: bench.node), payloads: try Payloads(payloads, payloadBytes))
        for await line in lines() {
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "ready":
                try await bench.ready()
                answer(leaders(bench.node))
            case "drive" where words.count == 4:
                guard let writers = Int(words[1]), let milliseconds = Int(words[3]) else { fallthrough }
                answer(
                    try await driver.drive(writers: writers, oneShard: words[2] == "one", milliseconds: milliseconds))
            case "written": answer(["versions": Double(try await driver.versions())])
            case "counters": answer(counters(bench))
            default: throw BenchError("unknown command: \(line)")
            }
        }
    }

    private func leaders(_ node: ClusterNode) -> [String: Double] {
        Dictionary(
            uniqueKeysWithValues: node.settings.map.nodes.map { ($0.name, Double(node.shardsLed(by: $0))) })
    }

    private func counters(_ bench: LogNode) -> [String: Double] {
        let counters = bench.storage.thread.counters
        return [
            "syncs": Double(counters.syncs), "items": Double(counters.items), "bytes": Double(counters.bytes),
            "syncP50us": Double(counters.syncTime.quantile(0.5) ?? 0),
            "syncP99us": Double(counters.syncTime.quantile(0.99) ?? 0),
        ]
    }

    private func answer(_ values: [String: Double]) {
        let fields = values.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
        FileHandle.standardOutput.write(Data("{\(fields.joined(separator: ","))}\n".utf8))
    }

    /// Read on a thread of their own, so that no other thread waits for them.
    private func lines() -> AsyncStream<String> {
        AsyncStream { continuation in
            DispatchQueue(label: "input").async {
                while let line = readLine() { continuation.yield(line) }
                continuation.finish()
            }
        }
    }
}
