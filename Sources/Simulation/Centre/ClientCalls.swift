internal import Cluster
internal import Primitives

/// Calls of clients outside the cluster: through any node, repeated with the same key until there is a final answer.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class ClientCalls: @unchecked Sendable {
    /// What a client knows after one try.
    enum Outcome<Reply: Sendable> {
        case answered(Reply)
        /// The request itself was refused: another try would be, too.
        case refused
        /// Certainly without effect.
        case notExecuted
        /// It may have had its effect, and may still have it.
        case unknown
    }

    private let cluster: SimulatedCluster
    private var world: SimulatedWorld { cluster.world }
    private(set) var calls: UInt64 = 0
    private(set) var repeated: UInt64 = 0
    /// Clients stop asking once the run is over.
    var isClosed = false

    init(cluster: SimulatedCluster) { self.cluster = cluster }

    /// One try, through any node that runs.
    func attempt<Command: EntityCommand>(
        _ command: Command, on entity: EntityID, key: String?,
        done: @escaping @Sendable (Outcome<Command.Reply>) -> Void
    ) {
        guard !isClosed else { return }
        guard let node = cluster.anyNode() else { return done(.notExecuted) }
        calls += 1
        let context = CallContext(
            key: key.map { RequestKey(scope: $0, body: StableHash.of(command.encoded)) }, patience: .seconds(2))
        let once = Once()
        // A node that crashes answers nothing: the client gives up on it.
        world.after(.seconds(3)) { if once.take() { done(.unknown) } }
        node.submit(command, to: entity, context: context) { [world] result in
            guard once.take() else { return }
            switch result {
            case .success(.typed(let message)):
                done((message as? Command.Reply).map { .answered($0) } ?? .refused)
            case .success(.bytes(let bytes)):
                done((try? Command.Reply(decoding: bytes)).map { .answered($0) } ?? .refused)
            case .failure(.notExecuted): done(.notExecuted)
            case .failure(.outcomeUnknown): done(.unknown)
            case .failure(.keyReused), .failure(.tooLarge), .failure(.malformed):
                world.note("refused \(command) on \(entity)")
                done(.refused)
            }
        }
    }

    /// - Parameter answered: called once with the reply, or with nil when the request itself was refused.
    func call<Command: EntityCommand>(
        _ command: Command, on entity: EntityID, key: String?, answered: @escaping @Sendable (Command.Reply?) -> Void
    ) {
        attempt(command, on: entity, key: key) { [self] outcome in
            switch outcome {
            case .answered(let reply): answered(reply)
            case .refused: answered(nil)
            case .notExecuted, .unknown:
                repeated += 1
                world.after(world.span(20_000...200_000)) { [self] in
                    call(command, on: entity, key: key, answered: answered)
                }
            }
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
