public import Membership
internal import Primitives
internal import Synchronization

/// Drives the membership of a node: brings it links, messages and the time, sends what it wants sent, and passes on what
/// it has found out. The registry of the cluster's nodes stays with the shard map; here is only who answers.
public final class GossipDriver: Sendable {
    /// How often metadata that change by themselves are looked at.
    private static let refreshTicks = 20

    private struct State {
        var swim: Swim
        var ticks = 0
        var isStopped = false
    }

    private let state: Mutex<State>
    private let loop: any EntityLoop
    private let clock: any NodeClock
    private let send: @Sendable (Frame, NodeID) -> Void
    private let changed: @Sendable (MemberChange) -> Void
    private let describe: @Sendable (MemberMetadata) -> MemberMetadata

    /// - Parameters:
    ///   - describe: this node's metadata as they are now, made from those told last.
    ///   - changed: told of every change of the view.
    init(
        _ swim: Swim, loop: any EntityLoop, clock: any NodeClock,
        send: @escaping @Sendable (Frame, NodeID) -> Void,
        describe: @escaping @Sendable (MemberMetadata) -> MemberMetadata,
        changed: @escaping @Sendable (MemberChange) -> Void
    ) {
        state = Mutex(State(swim: swim))
        self.loop = loop
        self.clock = clock
        self.send = send
        self.describe = describe
        self.changed = changed
    }

    func start() { schedule() }

    /// Nothing is sent any more.
    func stop() { state.withLock { $0.isStopped = true } }

    /// Says good-bye to everybody: they take this node for gone at once.
    public func leave() { act { swim, _ in swim.leave() } }

    func received(_ frame: Frame, from peer: NodeID) {
        guard let message = try? GossipMessage(decoding: frame.payload) else { return }
        act { $0.receive(message, from: peer, at: $1) }
    }

    /// Only these are members; who is not is not talked about.
    func admit(_ nodes: [NodeID]) { act { swim, _ in swim.admitted = Set(nodes) } }

    func linkChanged(_ peer: NodeID, isUp: Bool) {
        act { isUp ? $0.linkUp(peer, at: $1) : $0.linkDown(peer, at: $1) }
    }

    // MARK: questions

    /// This node and all that it has heard of, by id.
    public var members: [Member] {
        let now = clock.now
        return state.withLock { ($0.swim.others + [$0.swim.own(at: now)]).sorted { $0.id < $1.id } }
    }

    public var counters: Swim.Counters { state.withLock { $0.swim.counters } }

    /// 0 when this node keeps its times; up to 8.
    public var healthScore: Int { state.withLock { $0.swim.healthScore } }

    /// What has been found out about the others, in figures.
    var figures: MembershipFigures {
        state.withLock { MembershipFigures(healthScore: $0.swim.healthScore, $0.swim.counters) }
    }

    // MARK: parts

    private func schedule() {
        let tick = state.withLock { $0.swim.settings.tick }
        loop.schedule(after: tick) { [weak self] in
            guard let self, !state.withLock(\.isStopped) else { return }
            refresh()
            act { $0.tick(at: $1) }
            schedule()
        }
    }

    private func refresh() {
        let told = state.withLock { state -> MemberMetadata? in
            state.ticks += 1
            return state.ticks % Self.refreshTicks == 0 ? state.swim.metadata : nil
        }
        guard let told else { return }
        let metadata = describe(told)
        if metadata != told { act { swim, _ in swim.update(metadata) } }
    }

    private func act(_ body: (inout Swim, Instant) -> Void) {
        let now = clock.now
        let effects = state.withLock { state -> Swim.Effects in
            guard !state.isStopped else { return Swim.Effects() }
            body(&state.swim, now)
            return state.swim.takeEffects()
        }
        for (peer, message) in effects.messages { send(Frame(.gossip, payload: message.encoded), peer) }
        for change in effects.changes { changed(change) }
    }
}
