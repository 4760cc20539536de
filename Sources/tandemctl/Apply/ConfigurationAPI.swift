package import APIClient

/// The part of the API client that applying a file needs.
package protocol ConfigurationAPI: Sendable {
    func send(
        _ method: String, _ path: String, body: [UInt8]?, headers: [(String, String)]
    ) async throws -> APIResponse
}

extension APIClient: ConfigurationAPI {}
