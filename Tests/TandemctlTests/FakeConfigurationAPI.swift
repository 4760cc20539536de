import APIClient
import Synchronization
import tandemctl

/// An API that keeps what is PUT, adds fields of its own to what it returns, and refuses what a test wants refused.
final class FakeConfigurationAPI: ConfigurationAPI {
    struct Call: Sendable, Equatable {
        var method: String
        var path: String
    }

    private struct State {
        var stored: [String: JSONValue] = [:]
        var calls: [Call] = []
        var headers: [[String]] = []
        var answers: [String: [APIResponse]] = [:]
    }

    private let state = Mutex(State())

    var calls: [Call] { state.withLock { $0.calls } }
    var puts: [String] { calls.filter { $0.method == "PUT" }.map(\.path) }
    /// The header fields of each call, as `name: value`.
    var headers: [[String]] { state.withLock { $0.headers } }

    func store(_ path: String, _ json: String) throws {
        let value = try JSONValue(json: Array(json.utf8))
        state.withLock { $0.stored[path] = value }
    }

    func stored(_ path: String) -> JSONValue? { state.withLock { $0.stored[path] } }

    /// The next answers to this method and path, before anything is looked up or stored.
    func answer(_ method: String, _ path: String, _ status: Int, _ body: String = "", _ headers: (String, String)...) {
        let fields = headers.map { (name: $0.0, value: $0.1) }
        let response = APIResponse(status: status, headers: fields, body: Array(body.utf8))
        state.withLock { $0.answers["\(method) \(path)", default: []].append(response) }
    }

    func send(
        _ method: String, _ path: String, body: [UInt8]?, headers: [(String, String)]
    ) async throws -> APIResponse {
        let value = try body.map { try JSONValue(json: $0) }
        return try state.withLock { state in
            state.calls.append(Call(method: method, path: path))
            state.headers.append(headers.map { "\($0.0): \($0.1)" })
            if var answers = state.answers["\(method) \(path)"], !answers.isEmpty {
                let answer = answers.removeFirst()
                state.answers["\(method) \(path)"] = answers
                return answer
            }
            let key = String(path.prefix { $0 != "?" })
            if method == "PUT" {
                state.stored[key] = value
                return APIResponse(status: 200, headers: [], body: [])
            }
            guard case .object(var fields)? = state.stored[key] else {
                return APIResponse(status: 404, headers: [], body: Array(#"{"title":"Not Found"}"#.utf8))
            }
            fields["id"] = .string("own")
            fields["addedByServer"] = .number(1)
            return APIResponse(
                status: 200, headers: [(name: "etag", value: "\"7\"")], body: try JSONValue.object(fields).json())
        }
    }
}

/// A clock whose sleeps end at once; time passes nevertheless.
final class ImmediateClock: Clock {
    typealias Instant = ContinuousClock.Instant

    private let state = Mutex((now: ContinuousClock.now, slept: [Duration]()))

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .zero }
    var slept: [Duration] { state.withLock { $0.slept } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        state.withLock { state in
            state.slept.append(state.now.duration(to: deadline))
            state.now = max(state.now, deadline)
        }
    }
}
