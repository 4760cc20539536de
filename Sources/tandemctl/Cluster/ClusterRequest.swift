import APIClient

/// One request of a command about the cluster, with what to say when it fails.
struct ClusterRequest {
    let options: ServerOptions
    /// What did not happen then, without a full stop: "Node n4 was not drained".
    let failure: String

    /// - Returns: the answer; null when it has no content.
    func send(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        let client = try options.client()
        let response: APIResponse
        do {
            let bytes = method == "GET" ? nil : try (body ?? .object([:])).json()
            response = try await client.send(method, "/api/v1/cluster\(path)", body: bytes)
        } catch {
            throw CommandFailure(error, doing: failure)
        }
        let reasons = ApplyRun.reasons(response).joined(separator: "; ")
        if response.status == 504 { throw CommandFailure(.timedOut, "\(failure), as far as is known: \(reasons)") }
        guard (200..<300).contains(response.status) else { throw CommandFailure(.failed, "\(failure): \(reasons)") }
        if response.body.isEmpty { return .null }
        guard let answer = try? JSONValue(json: response.body) else {
            throw CommandFailure(.failed, "\(failure): the answer is no JSON. Is --server the address of a node?")
        }
        return answer
    }
}
