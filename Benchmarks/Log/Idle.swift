import ArgumentParser
import Cluster
import Dispatch
import Foundation
import NIOCore
import NIOPosix
import NodeIO
import Primitives
import Routing
import Synchronization

/// Creates conversations through the log of a node that is alone, and says what each of them costs in memory.
///
/// The queue is not on the node: what the conversations tell it is logged and leads to nothing, and they wait for ever.
struct Idle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Memory of idle conversations.")
    @Option(help: "Data directory.") var data: String
    @Option(help: "Conversations to create.") var count = 1_000_000
    @Option(help: "Stop after so many seconds, however many there are.") var seconds = 120
    @Option(help: "Shards.") var shards: UInt32 = 64
    @Option(help: "Requests under way.") var inFlight = 512
    @Flag(help: "Keep no log: what the entities alone take.") var withoutLog = false

    func run() async throws {
        var table = MethodTable()
        table.register(ConversationState.self)
        let bench =
            withoutLog
            ? nil
            : try await LogNode.start(
                .init(node: "n1", nodes: ["n1"], data: data, shardCount: shards, loops: 1), table: table)
        try await bench?.ready()
        let node = bench?.node ?? startWithoutLog(table)
        let before = residentBytes()
        let begin = DispatchTime.now().uptimeNanoseconds
        let end = begin + UInt64(seconds) * 1_000_000_000
        let tally = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<inFlight {
                group.addTask {
                    while DispatchTime.now().uptimeNanoseconds < end {
                        let number = tally.begun.add(1, ordering: .relaxed).oldValue
                        guard number < count else { return }
                        if await create(number, on: node) { tally.created.add(1, ordering: .relaxed) }
                    }
                }
            }
        }
        let took = Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
        // Idle is what nobody has used for some seconds: only then an entity goes to rest.
        try await Task.sleep(for: .seconds(12))
        let created = tally.created.load(ordering: .relaxed)
        guard created > 0 else { throw BenchError("no conversation was created") }
        let each = Double(residentBytes() - before) / Double(created)
        let logged = Double(bench?.storage.thread.counters.bytes ?? 0) / Double(created)
        let line =
            #"{"created":\#(created),"seconds":\#(took),"bytesPerEntity":\#(each),"stateBytes":\#(stateBytes()),"#
            + #""inlineBytes":\#(MemoryLayout<ConversationState>.size),"#
            + #""logBytesPerEntity":\#(logged)}"#
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
        _exit(0)
    }

    private func startWithoutLog(_ table: MethodTable) -> ClusterNode {
        let id = NodeID("n1")
        let clock = SystemClock()
        let map = ShardMap(shardCount: shards, nodes: [id])
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let node = ClusterNode(
            .init(
                cluster: LogNode.cluster, node: id, map: map, table: table,
                incarnation: UInt64(clamping: clock.now.microseconds)),
            world: NodeWorld(
                clock: clock, loops: [NIOEntityLoop(loop.next())], log: VolatileLog(node: id, map: map), seed: 1))
        node.start(transport: NoTransport())
        return node
    }

    private func create(_ number: Int, on node: ClusterNode) async -> Bool {
        await withUnsafeContinuation { continuation in
            node.submit(ConversationCommand.create(work(number)), to: id(number).entity) { result in
                let isCreated = if case .success = result { true } else { false }
                continuation.resume(returning: isCreated)
            }
        }
    }

    /// A name as the API gives them: sixteen bytes in base 64.
    private func id(_ number: Int) -> ConversationID {
        var random = SeededRandom(seed: UInt64(number))
        let bytes = (0..<16).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        return ConversationID(Base64URL.encode(bytes))
    }

    private func work(_ number: Int) -> NewConversation {
        NewConversation(
            queue: QueueID("billing-emea-tier\(number % 3 + 1)"), division: "emea", media: .voice,
            priority: Int32(number % 10),
            customer: [
                Attribute("name", "Customer \(number)"),
                Attribute("phone", "+49\(3_000_000_000 + number * 7_919 % 1_000_000_000)"),
            ],
            attributes: [
                Attribute("contract", "premium-2026-emea-gold"), Attribute("ivr", "main>2>4>\(number % 7)"),
                Attribute("segment", "retention-risk-high"), Attribute("case", "C-\(number * 17 % 99_991)"),
                Attribute("site", "berlin-mitte"),
            ],
            externalID: "ext-\(number)-\(number * 31 % 65_537)")
    }

    /// Bytes of one conversation's state in its binary form.
    private func stateBytes() -> Int {
        var state = ConversationState(key: id(1).key)
        state.apply(.created(work(1)), at: Instant(microseconds: 1_760_000_000_000_000))
        state.apply(.ticketIssued(1, work(1).queue), at: Instant(microseconds: 1_760_000_000_000_000))
        var writer = ByteWriter()
        state.encodeState(into: &writer)
        return writer.bytes.count
    }

    private func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

private final class Tally: Sendable {
    let begun = Atomic<Int>(0)
    let created = Atomic<Int>(0)
}
