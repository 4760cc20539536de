import ArgumentParser
import Cluster
import Dispatch
import Distributed
import Foundation
import Primitives

/// Drives the other process and prints one line of figures, in microseconds:
/// `RES <sequential p50> <p99> <calls/s with 64 in flight> <cpu µs per call, both ends> <local p50> <command bytes>`.
struct Drive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Calls the other process and prints figures.")
    @OptionGroup var meeting: Meeting
    @Option(help: "Milliseconds for each phase.") var milliseconds = 2_500
    @Option(help: "Calls in flight in the second phase.") var concurrency = 64
    @Option(help: "Process id of the other end, for its CPU time.") var server: Int

    func run() async throws {
        let bench = try await BenchNode.start("n1", meeting)
        let node = bench.node
        for _ in 0..<500 where node.connected.count < 2 { try await Task.sleep(for: .milliseconds(20)) }
        guard node.connected.count == 2 else {
            throw ValidationError("the other process is not reachable on port \(meeting.port + 1)")
        }
        let system = TandemSystem(node: node)
        let remote = try echo(system, ownedBy: NodeID("n2"))
        let local = try echo(system, ownedBy: NodeID("n1"))
        guard let executor = node.executor(of: local.id) else { throw ValidationError("no local shard") }
        let length = UInt64(milliseconds) * 1_000_000
        _ = try await Task(executorPreference: executor) { try await timed(remote, for: 500_000_000) }.value
        let sequential = try await Task(executorPreference: executor) { try await timed(remote, for: length) }.value
        let before = cpuMicroseconds()
        let begin = DispatchTime.now().uptimeNanoseconds
        let count = try await inFlight(remote, on: executor, for: length)
        let elapsed = Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
        let cpu = cpuMicroseconds() - before
        let short = try await Task(executorPreference: executor) { try await timed(local, for: 500_000_000) }.value
        print(
            "RES", percentile(sequential, 0.5), percentile(sequential, 0.99), Double(count) / elapsed,
            cpu / Double(count), percentile(short, 0.5), command(1).encoded.count)
    }

    private func echo(_ system: TandemSystem, ownedBy owner: NodeID) throws -> Echo {
        for number in 0... {
            let id = EntityID(.echo, "echo\(number)")
            if system.node.settings.map.preferredLeader(of: id) == owner {
                return try Echo.resolve(id: id, using: system)
            }
        }
        throw ValidationError("no shard of \(owner)")
    }

    private func inFlight(_ echo: Echo, on executor: CallerExecutor, for length: UInt64) async throws -> Int {
        let end = DispatchTime.now().uptimeNanoseconds + length
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<concurrency {
                group.addTask(executorPreference: executor) {
                    var count = 0
                    while DispatchTime.now().uptimeNanoseconds < end {
                        _ = try await echo.answer(command(count))
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
    }

    /// User and system time of this process and of the other end.
    private func cpuMicroseconds() -> Double { cpu(of: "self") + cpu(of: "\(server)") }

    private func cpu(of process: String) -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let fields = text.split(separator: ")").last?.split(separator: " "), fields.count > 12,
            let user = Double(fields[11]), let system = Double(fields[12])
        else { return 0 }
        return (user + system) * 1_000_000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

/// Nanoseconds of each call, one after the other.
private func timed(_ echo: Echo, for length: UInt64) async throws -> [UInt64] {
    var times: [UInt64] = []
    times.reserveCapacity(1 << 18)
    let end = DispatchTime.now().uptimeNanoseconds + length
    var last = DispatchTime.now().uptimeNanoseconds
    while last < end {
        _ = try await echo.answer(command(times.count))
        let now = DispatchTime.now().uptimeNanoseconds
        times.append(now - last)
        last = now
    }
    return times
}

private func percentile(_ times: [UInt64], _ share: Double) -> Double {
    let sorted = times.sorted()
    return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1_000
}

/// About 300 bytes of the shape of a routing request, the same fields as the peer's term.
private func command(_ number: Int) -> EchoCommand {
    var body = EchoBody()
    body.tenant = "tenant-0042"
    body.queue = "billing-emea-tier2"
    body.skills = ["de:4", "billing:3", "fraud:2", "retention:5"]
    body.customer = "c-9f8e7d6c5b4a39281706"
    body.attributes = [
        "ani=+4930123456789", "dnis=+498001234567", "ivr=main>2>4>1", "channel=voice", "kind=route",
        "correlation=00000000000000000000000000000000", "contract=premium-2026-emea-gold",
        "segment=retention-risk-high",
        "last=agent-0815-berlin-mitte",
    ]
    body.priority = Int64(number)
    body.deadline = Instant(microseconds: 1_760_000_000_123_000)
    return EchoCommand(.measure, body: body)
}
