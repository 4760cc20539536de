/// What the cluster says of itself at one moment: the answers of the API as they came.
package struct ClusterReading: Sendable, Equatable {
    /// `GET /cluster`.
    package var cluster: JSONValue
    /// `GET /cluster/health`.
    package var health: JSONValue
    /// `GET /cluster/shards`.
    package var shards: JSONValue
    /// `GET /cluster/operations`; nil when the registry of the cluster did not answer.
    package var operations: JSONValue?

    package init(cluster: JSONValue, health: JSONValue, shards: JSONValue, operations: JSONValue?) {
        self.cluster = cluster
        self.health = health
        self.shards = shards
        self.operations = operations
    }

    /// Asks a node, one question after the other.
    static func take(_ options: ServerOptions) async throws -> ClusterReading {
        let request = ClusterRequest(options: options, failure: "The state of the cluster could not be read")
        return ClusterReading(
            cluster: try await request.send("GET", ""), health: try await request.send("GET", "/health"),
            shards: try await request.send("GET", "/shards"), operations: try await operations(request))
    }

    /// The registry is a group of its own: without a leader it does not answer, though nodes do.
    static func operations(_ request: ClusterRequest) async throws -> JSONValue? {
        do { return try await request.send("GET", "/operations") } catch let failure as CommandFailure {
            guard failure.code == .failed || failure.code == .timedOut else { throw failure }
            return nil
        }
    }
}
