internal import Cluster
internal import Primitives

/// Calls of clients outside the cluster: through any node, repeated with the same key until there is a final answer.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class ClientCalls: @unchecked Sendable {
    private let cluster: SimulatedCluster
    private var world: SimulatedWorld { cluster.world }
    private(set) var calls: UInt64 = 0
    private(set) var repeated: UInt64 = 0
    /// Clients stop asking once the run is over.
    var isClosed = false

    init(cluster: SimulatedCluster) { self.cluster = cluster }

    /// - Parameter answered: called once with the reply, or with nil when the request itself was refused.
    func call<Command: EntityCommand>(
        _ command: Command, on entity: EntityID, key: String?, attempt: Int = 1,
        answered: @escaping @Sendable (Command.Reply?) -> Void
    ) {
        guard !isClosed else { return }
        guard let node = cluster.anyNode() else {
            return again(command, entity, key, attempt, answered)
        }
        calls += 1
        let context = CallContext(
            key: key.map { RequestKey(scope: $0, body: StableHash.of(command.encoded)) }, patience: .seconds(2))
        let once = Once()
        // A node that crashes answers nothing: the client gives up on it and asks another.
        world.after(.seconds(3)) { [self] in if once.take() { again(command, entity, key, attempt, answered) } }
        node.submit(command, to: entity, context: context) { [self] result in
            guard once.take() else { return }
            switch result {
            case .success(.typed(let message)): answered(message as? Command.Reply)
            case .success(.bytes(let bytes)): answered(try? Command.Reply(decoding: bytes))
            case .failure(.notExecuted), .failure(.outcomeUnknown): again(command, entity, key, attempt, answered)
            case .failure(.keyReused), .failure(.malformed):
                world.note("refused \(command) on \(entity)")
                answered(nil)
            }
        }
    }

    private func again<Command: EntityCommand>(
        _ command: Command, _ entity: EntityID, _ key: String?, _ attempt: Int,
        _ answered: @escaping @Sendable (Command.Reply?) -> Void
    ) {
        repeated += 1
        world.after(world.span(20_000...200_000)) { [self] in
            call(command, on: entity, key: key, attempt: attempt + 1, answered: answered)
        }
    }
}

/// Happens at most once.
///
/// Proof for `@unchecked Sendable`: used on the simulator's one thread.
private final class Once: @unchecked Sendable {
    private var isTaken = false

    func take() -> Bool {
        defer { isTaken = true }
        return !isTaken
    }
}
