import APIClient
import Foundation
import History
import NIOCore
import Primitives
import Synchronization

/// A client of the cluster that records each try of each call.
///
/// Keeps to one server while that answers and goes on to the next when it does not. A call whose outcome is not known,
/// or that was not executed for want of a quorum, is tried again with the same key.
final class RecordingClient: Sendable {
    /// There was no final answer within ``DemoLimits/retrying``.
    struct GaveUp: Error, CustomStringConvertible {
        var description: String
    }

    private struct State {
        var server: Int
        var random: SeededRandom
        var keys = 0
    }

    let process: String
    private let run: DemoContext
    private let clients: [(address: String, client: APIClient)]
    private let spreads: Bool
    private let state: Mutex<State>

    /// - Parameters:
    ///   - process: the name in the history, and part of the keys.
    ///   - home: index of the server that is asked first.
    ///   - spreads: each call goes to the next server, instead of all to one.
    init(process: String, token: String, home: Int, spreads: Bool = false, run: DemoContext, random: SeededRandom) {
        self.process = process
        self.run = run
        self.spreads = spreads
        clients = run.servers.map { address in
            let client = APIClient(
                servers: [address], token: token, authorityFile: run.authorityFile, group: run.group,
                timeout: DemoLimits.answer)
            return (address, client)
        }
        state = Mutex(State(server: home % run.servers.count, random: random))
    }

    /// Sends a call until there is a final answer, and records each try.
    /// - Parameters:
    ///   - draft: operation and names; times, outcome and address are filled in here.
    ///   - learn: adds to the record what an acknowledged answer says.
    /// - Returns: the answer, whatever its status, but for 429, 503 and 5xx, which are tried again.
    /// - Throws: ``GaveUp``, or `CancellationError`; the call may then have had its effect.
    func send(
        _ draft: HistoryRecord, _ method: String, _ path: String, body: [UInt8]? = nil,
        learn: (APIResponse, inout HistoryRecord) -> Void = { _, _ in }
    ) async throws -> APIResponse {
        let key = method == "POST" ? nextKey() : nil
        let headers = key.map { [("Idempotency-Key", $0)] } ?? []
        let started = run.clock.now
        var attempt = 1
        while true {
            let (address, client) = currentServer(advance: spreads && attempt == 1)
            var record = draft
            (record.process, record.server, record.key, record.attempt) = (process, address, key, attempt)
            record.invoked = run.clock.now
            var problem: String
            var pause: Duration?
            do {
                let response = try await client.send(method, path, body: body, headers: headers)
                record.completed = run.clock.now
                record.status = response.status
                record.outcome = Self.outcome(response.status)
                if record.outcome == .ok { learn(response, &record) }
                await run.recorder.record(record)
                if !Self.isTriedAgain(response.status) { return response }
                problem = "status \(response.status)"
                pause = response.header("Retry-After").flatMap { Int($0) }.map { .seconds($0) }
            } catch {
                record.completed = run.clock.now
                // Without a connection nothing was sent.
                if case .notReachable? = error as? APIClientError {
                    record.outcome = .refused
                } else {
                    record.outcome = .unknown
                }
                await run.recorder.record(record)
                if Task.isCancelled { throw CancellationError() }
                problem = Output.reason(error)
            }
            _ = currentServer(advance: true)
            let passed = Duration.microseconds(run.clock.now - started)
            guard passed < DemoLimits.retrying else {
                throw GaveUp(description: "\(method) \(path) had no final answer in \(passed): \(problem)")
            }
            try await Task.sleep(for: pauseLength(attempt, atLeast: pause))
            attempt += 1
        }
    }

    /// One event stream from the server in turn; the next call takes the next server.
    func events(
        _ path: String, lastEventID: String?, afterFailure: Bool
    )
        -> (address: String, stream: AsyncThrowingStream<ServerSentEvent, any Error>)
    {
        let (address, client) = currentServer(advance: afterFailure)
        return (address, client.events(path, lastEventID: lastEventID))
    }

    private func nextKey() -> String {
        let number = state.withLock { state in
            state.keys += 1
            return state.keys
        }
        return "\(run.name)/\(process)/\(number)"
    }

    private func currentServer(advance: Bool) -> (String, APIClient) {
        let server = state.withLock { state in
            if advance { state.server = (state.server + 1) % clients.count }
            return state.server
        }
        return clients[server]
    }

    private func pauseLength(_ attempt: Int, atLeast least: Duration?) -> Duration {
        let jitter = state.withLock { Double.random(in: 0.8...1.2, using: &$0.random) }
        let plain = DemoLimits.firstPause * (1 << min(attempt - 1, 10)) * jitter
        return min(max(plain, least ?? .zero), DemoLimits.longestPause)
    }

    private static func outcome(_ status: Int) -> HistoryRecord.Outcome {
        switch status {
        case 200..<300: .ok
        case 503: .refused
        case 500...: .unknown
        default: .refused
        }
    }

    private static func isTriedAgain(_ status: Int) -> Bool {
        status == 429 || status >= 500
    }
}
