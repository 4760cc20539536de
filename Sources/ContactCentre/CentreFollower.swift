public import Cluster
internal import Primitives
public import Routing
internal import Synchronization

/// Follows the centre's log on one node: keeps a copy for reading, and tells the queues and agents that this node
/// leads what concerns them, as logged commands with the configuration version.
///
/// Woken by the centre's notices, and each second in case one was lost.
public final class CentreFollower: Sendable {
    private struct State {
        var copy = CentreState(key: CentreState.key)
        var hasHeard = false
        var isAsking = false
        var isAskedAgain = false
        /// The shards that this node led when it last looked.
        var led: Set<ShardID> = []
    }

    private static let retry = Span.seconds(1)

    private let node: ClusterNode
    private let state = Mutex(State())

    public init(node: ClusterNode) { self.node = node }

    /// The configuration as this node knows it: behind the centre by one message at most.
    public var current: CentreState { state.withLock { $0.copy } }

    /// False until the centre has answered for the first time: the copy then says nothing.
    public var hasHeard: Bool { state.withLock { $0.hasHeard } }

    /// Starts following. Call once, after the node has started.
    public func start() {
        let centre = EntityID(.centre, CentreState.key)
        let shard = node.settings.map.shard(of: centre)
        _ = node.events.read([shard], after: nil) { [weak self] item in
            guard let self else { return false }
            if case .batch(let batch, _) = item, !batch.notices.contains(where: { $0.entity == centre }) { return true }
            ask()
            return true
        }
        poll()
    }

    private func poll() {
        ask()
        tellTakenOver()
        node.world.loops[0].schedule(after: Self.retry) { [weak self] in self?.poll() }
    }

    /// A new leader tells its entities anew: the one before may have ended half-way.
    private func tellTakenOver() {
        let map = node.settings.map
        let led = Set((0..<map.shardCount).map { ShardID($0) }.filter { node.leader(of: $0) == node.id })
        let (new, copy) = state.withLock { state in
            defer { state.led = led }
            return (led.subtracting(state.led), state.copy)
        }
        guard !new.isEmpty, copy.version > 0 else { return }
        tell(CentreState(key: CentreState.key), copy) { new.contains(map.shard(of: $0)) }
    }

    private func ask() {
        let since = state.withLock { state -> UInt64? in
            state.isAskedAgain = state.isAsking
            guard !state.isAsking else { return nil }
            state.isAsking = true
            return state.copy.version
        }
        guard let since else { return }
        let context = CallContext(patience: .seconds(2))
        node.submit(
            CentreCommand.changes(since: since), to: EntityID(.centre, CentreState.key), context: context
        ) { [weak self] result in self?.answered(result, since: since) }
    }

    private func answered(_ result: Result<CallAnswer, CallError>, since: UInt64) {
        if case .success(let answer) = result,
            case .changes(let changes, let version, _) = reply(answer)
        {
            take(changes, upTo: version)
        }
        let again = state.withLock { state in
            state.isAsking = false
            return state.isAskedAgain
        }
        if again { ask() }
    }

    private func reply(_ answer: CallAnswer) -> CentreReply? {
        switch answer {
        case .typed(let message): message as? CentreReply
        case .bytes(let bytes): try? CentreReply(decoding: bytes)
        }
    }

    private func take(_ changes: [CentreChange], upTo version: UInt64) {
        let (before, after) = state.withLock { state -> (CentreState, CentreState) in
            let before = state.copy
            state.hasHeard = true
            // A centre that lost its log knows less than this copy: keep it until there is something newer.
            guard version > before.version else { return (before, before) }
            // There may be more than one answer holds.
            state.isAskedAgain = true
            for change in changes { state.copy.apply(change, at: .zero) }
            return (before, state.copy)
        }
        guard before.version != after.version else { return }
        tell(before, after) { _ in true }
    }

    private func tell(_ before: CentreState, _ after: CentreState, where concerns: (EntityID) -> Bool) {
        for id in Set(before.queues.keys).union(after.queues.keys).sorted()
        where isMine(id.entity) && concerns(id.entity) {
            let settings = after.effective(id) ?? QueueSettings(version: after.version, media: [])
            if settings.version != before.effective(id)?.version {
                configure(QueueCommand.configure(settings), id.entity)
            }
        }
        for id in Set(before.agents.keys).union(after.agents.keys).sorted()
        where isMine(id.entity) && concerns(id.entity) {
            let settings = after.effective(id) ?? AgentSettings(version: after.version, maximum: .none)
            if settings.version != before.effective(id)?.version {
                configure(AgentCommand.configure(settings), id.entity)
            }
        }
    }

    /// Tells an entity of this node until it has heard; a newer version makes an older one harmless.
    private func configure(_ command: any EntityCommand, _ entity: EntityID) {
        node.submit(command, to: entity) { [weak self] result in
            guard let self, case .failure = result else { return }
            node.world.loops[0].schedule(after: Self.retry) { [weak self] in self?.configure(command, entity) }
        }
    }

    private func isMine(_ entity: EntityID) -> Bool { node.leader(of: entity) == node.id }
}
