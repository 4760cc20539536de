import APIClient
import History

/// What the demo must know of the centre's configuration; read from the cluster at the start.
struct CentreFacts: Sendable {
    /// The cluster has no such queue or agent.
    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    /// Limits of an agent that has none of its own for a medium: the defaults of the routing semantics.
    static let defaultMaximum = [
        "voice": 1, "callback": 1, "chat": 4, "message": 4, "email": 1, "social": 4, "workitem": 1,
    ]

    private(set) var queues: [String: APIShapes.Queue] = [:]

    /// Reads the queues of `arrivals` and the limits of `agents`; the history keeps the limits.
    /// - Throws: ``Missing``, or what the calls throw.
    init(queues ids: [String], agents: [String], with client: RecordingClient) async throws {
        for id in ids {
            let draft = HistoryRecord(.readQueue)
            let response = try await client.send(draft, "GET", Path.queue(id))
            guard response.status == 200 else { throw Self.missing("queue", id, response.status) }
            queues[id] = try APIShapes.decode(APIShapes.Queue.self, response.body)
        }
        for id in agents {
            var draft = HistoryRecord(.readAgent)
            draft.agent = id
            let response = try await client.send(draft, "GET", Path.agent(id)) { response, record in
                guard let agent = try? APIShapes.decode(APIShapes.Agent.self, response.body) else { return }
                record.limits = Self.limits(agent)
                record.reconnectSeconds = agent.reconnectSeconds ?? HistoryChecker.defaultReconnectSeconds
            }
            guard response.status == 200 else { throw Self.missing("agent", id, response.status) }
        }
    }

    /// Seconds of after-contact work that is due in a queue; `nil` if none is.
    func afterContactSeconds(_ queue: String) -> Double? {
        guard let work = queues[queue]?.afterContactWork, work.kind != "none" else { return nil }
        return work.seconds ?? 1
    }

    /// Seconds within which an answer counts for the service level, before division.
    func threshold(_ queue: String, _ mediaType: String) -> Double? {
        queues[queue]?.serviceLevel?[mediaType]?.seconds
    }

    private static func limits(_ agent: APIShapes.Agent) -> [String: HistoryRecord.Limit] {
        var limits = defaultMaximum.mapValues { HistoryRecord.Limit(maximum: $0) }
        for (medium, own) in agent.utilization?.media ?? [:] {
            let maximum = own.maximum ?? limits[medium]?.maximum ?? 0
            limits[medium] = HistoryRecord.Limit(
                maximum: maximum, mayBeInterruptedBy: own.mayBeInterruptedBy ?? [])
        }
        return limits
    }

    private static func missing(_ kind: String, _ id: String, _ status: Int) -> Missing {
        Missing(
            description: """
                the cluster answered \(status) for \(kind) \(id). Apply the sample first: \
                tandemctl apply -f cluster-config/sample-centre.yaml. Nothing was played.
                """)
    }
}
