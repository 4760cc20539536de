import Cluster
import Dispatch
import Distributed
import Foundation
import Primitives

/// Values to write, of the shape of routing events; the peers write the same.
struct Payloads: Sendable {
    private let values: [[UInt8]]

    init(_ file: String, _ bytes: Int) throws {
        let all = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        guard bytes > 0, all.count >= bytes else { throw BenchError("\(file) holds no payload of \(bytes) bytes") }
        values = stride(from: 0, through: all.count - bytes, by: bytes).map { Array(all[$0..<$0 + bytes]) }
    }

    subscript(number: Int) -> [UInt8] { values[number % values.count] }
}

/// Writers in a closed loop, each with a register of its own, inside one node: what they write goes to leaders in this
/// process and in the others alike, by the same route that the API takes.
struct Driver: Sendable {
    /// More writers do not fit: ``versions()`` asks so many registers.
    static let writerLimit = 256

    let system: TandemSystem
    let payloads: Payloads

    /// - Parameter oneShard: all registers live on shard 1, which another node leads when all is well: every write
    ///   crosses a link, as those of a client would.
    /// - Returns: writes, seconds, p50 and p99 in milliseconds, how many failed, and the share of writers whose
    ///   register another node leads.
    func drive(writers: Int, oneShard: Bool, milliseconds: Int) async throws -> [String: Double] {
        guard (1...Self.writerLimit).contains(writers) else { throw BenchError("\(writers) writers are too many") }
        let registers = try (0..<writers).map { try register($0, oneShard: oneShard) }
        let remote = registers.count { system.node.leader(of: $0.id) != system.node.id }
        let begin = DispatchTime.now().uptimeNanoseconds
        let end = begin + UInt64(milliseconds) * 1_000_000
        var times: [UInt64] = []
        var failures = 0
        var reason: (any Error)?
        await withTaskGroup(of: Written.self) { group in
            for (number, register) in registers.enumerated() {
                group.addTask(executorPreference: system.node.executor(of: register.id)) {
                    await write(register, from: number * 1_009, until: end)
                }
            }
            for await some in group {
                times += some.times
                failures += some.failures
                reason = some.reason ?? reason
            }
        }
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
        guard !times.isEmpty else {
            throw BenchError(
                "no write of \(writers) writers succeeded, \(failures) failed, the last one: \(reason.map { "\($0)" } ?? "–")"
            )
        }
        times.sort()
        return [
            "writes": Double(times.count), "seconds": seconds, "p50": percentile(times, 0.5),
            "p99": percentile(times, 0.99), "failures": Double(failures),
            "remote": Double(remote) / Double(writers),
        ]
    }

    /// Writes that all registers say they have taken, each read at its leader.
    func versions() async throws -> UInt64 {
        var sum: UInt64 = 0
        for number in 0..<Self.writerLimit {
            for oneShard in [false, true] {
                sum += try await register(number, oneShard: oneShard).version
            }
        }
        return sum
    }

    private func register(_ number: Int, oneShard: Bool) throws -> Register {
        for attempt in 0... {
            let id = EntityID(.register, oneShard ? "one-\(number)-\(attempt)" : "all-\(number)")
            if oneShard, system.node.settings.map.shard(of: id) != ShardID(1) { continue }
            return try Register.resolve(id: id, using: system)
        }
        throw BenchError("no register on shard 1")
    }

    /// What became of one writer's writes.
    private struct Written: Sendable {
        var times: [UInt64] = []
        var failures = 0
        var reason: (any Error)?
    }

    private func write(_ register: Register, from first: Int, until end: UInt64) async -> Written {
        var written = Written()
        var number = first
        var last = DispatchTime.now().uptimeNanoseconds
        while last < end {
            do {
                _ = try await register.perform(.write(payloads[number]))
                written.times.append(DispatchTime.now().uptimeNanoseconds - last)
            } catch {
                written.failures += 1
                written.reason = error
            }
            number += 1
            last = DispatchTime.now().uptimeNanoseconds
        }
        return written
    }

    private func percentile(_ sorted: [UInt64], _ share: Double) -> Double {
        Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1e6
    }
}
