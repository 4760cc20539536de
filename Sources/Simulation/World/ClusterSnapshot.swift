internal import Cluster
internal import Primitives
internal import Routing

/// The committed state of every shard whose node runs.
///
/// Proof for `@unchecked Sendable`: filled synchronously on the simulator's thread.
final class ClusterSnapshot: @unchecked Sendable {
    let map: ShardMap
    private(set) var shards: [ShardID: ShardInspection] = [:]
    private(set) var registry: ClusterState?
    private(set) var queues: [QueueID: QueueState] = [:]
    private(set) var agents: [AgentID: AgentState] = [:]
    private(set) var conversations: [ConversationID: ConversationState] = [:]

    private var terms: [ShardID: [NodeID: UInt64]] = [:]
    /// The term of the newest leader of a shard.
    private let newestTerm: (ShardID) -> UInt64

    /// When each node last started.
    private let started: [NodeID: Instant]

    init(map: ShardMap, started: [NodeID: Instant], newestTerm: @escaping (ShardID) -> UInt64) {
        self.map = map
        self.newestTerm = newestTerm
        self.started = started
    }

    /// When the last of the nodes that keep an entity started.
    func start(of entity: EntityID) -> Instant {
        map.replicas(of: map.shard(of: entity)).compactMap { started[$0] }.max() ?? .zero
    }

    /// The terms of a node's groups.
    func take(_ groups: [ShardID: UInt64], of node: NodeID) {
        for (shard, term) in groups { terms[shard, default: [:]][node] = term }
    }

    /// Only the newest leader speaks for a shard: what another one holds may be of the past.
    func take(_ inspection: ShardInspection, of node: NodeID) {
        guard terms[inspection.shard]?[node] == newestTerm(inspection.shard) else { return }
        shards[inspection.shard] = inspection
        for entity in inspection.entities.values {
            switch entity {
            case let queue as OrderCheckedQueue: queues[queue.state.id] = queue.state
            case let agent as OrderCheckedAgent: agents[agent.state.id] = agent.state
            case let registry as ClusterState: self.registry = registry
            case let conversation as ConversationState: conversations[conversation.id] = conversation
            default: break
            }
        }
    }

    func shard(of entity: EntityID) -> ShardInspection? { shards[map.shard(of: entity)] }

    /// True when both shards run, know each other's epoch, and nothing is under way between them or uncommitted.
    func isSettled(_ one: EntityID, _ other: EntityID) -> Bool {
        guard let left = shard(of: one), let right = shard(of: other) else { return false }
        guard !left.isCommitting, !right.isCommitting else { return false }
        guard !left.unsettled.contains(right.shard), !right.unsettled.contains(left.shard) else { return false }
        return knows(left, right) && knows(right, left)
    }

    /// False while one has yet to learn that the other lost what it held.
    func knows(_ one: ShardInspection, _ other: ShardInspection) -> Bool {
        one.shard == other.shard || one.epochs[other.shard].map { $0 == other.epoch } ?? true
    }

    /// Until when the last of the conversations rests that were refused too often.
    var latestRest: Instant? {
        queues.values.flatMap { $0.tickets.values.compactMap(\.retryAt) }.max()
    }

    /// Where these conversations stand, and how the agents are: for the log of a run that does not end.
    func summary(of ids: [ConversationID]) -> [String] {
        var lines = ids.map { id -> String in
            guard let conversation = conversations[id] else { return "\(id): unknown" }
            let queued = queues[conversation.line]?.tickets[id]
            return "\(conversation.ticket) in \(conversation.line), leaving \(conversation.isLeaving), "
                + "owner \(conversation.owner?.agent.key ?? "-"), queue says \(queued.map { "\($0.ticket) \($0.state)" } ?? "nothing")"
        }
        for agent in agents.values.sorted(by: { $0.id < $1.id }) {
            lines.append(
                "\(agent.id): version \(agent.settings.version), on queue \(agent.onQueue), not responding "
                    + "\(agent.notResponding), queues \(agent.settings.queues), slots \(agent.slots.map { "\($0.ticket) \($0.state)" })"
            )
        }
        for queue in queues.values.sorted(by: { $0.id < $1.id }) {
            lines.append("\(queue.id): version \(queue.settings.version), members \(queue.settings.members)")
        }
        return lines
    }
}
