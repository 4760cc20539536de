internal import Primitives

/// The shell around one ``ShardCore``: brings inputs to it on its loop and does what it wants done.
actor Shard {
    nonisolated let id: ShardID
    nonisolated let executor: ShardExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private unowned let node: ClusterNode
    private let clock: any NodeClock
    private var core: ShardCore?
    private var wakeAt: Instant = .distantFuture
    private var isPerforming = false

    init(_ id: ShardID, executor: ShardExecutor, node: ClusterNode, clock: any NodeClock) {
        self.id = id
        self.executor = executor
        self.node = node
        self.clock = clock
    }

    /// Runs `body` inside this shard: at once when the caller is on its loop.
    nonisolated func enter(_ body: @escaping @Sendable (isolated Shard) -> Void) {
        if executor.enters() {
            defer { executor.leaves() }
            return assumeIsolated { shard in body(shard) }
        }
        executor.loop.execute { self.enter(body) }
    }

    /// Opens the shard; its log says what is committed, and when it leads.
    func open(_ settings: ShardCore.Settings, log: any ShardLog, seed: UInt64) {
        let id = id
        core = ShardCore(
            settings, seed: seed,
            log: .init(
                append: { log.append($0, to: id, term: $1) }, confirm: { log.confirm($0, of: id, term: $1) },
                snapshot: { log.snapshot($0, of: id, through: $1) }))
        log.open(id) { [weak self] event in self?.enter { $0.hear(event) } }
    }

    /// This node keeps the shard no more; who waits for it is told so.
    func close() { input { core, _ in core.close() } }

    private func hear(_ event: ShardLogEvent) {
        input { core, now in
            do { try core.take(event, at: now) } catch {
                preconditionFailure(
                    "shard \(self.id): a committed record cannot be read (\(error)); nothing was changed")
            }
        }
    }

    /// One input for the core, then everything that follows from it.
    func input(_ give: (ShardCore, Instant) -> Void) {
        guard let core else { return }
        give(core, clock.now)
        // What is done may bring a further input: its effects follow after these, in order.
        if isPerforming { return }
        isPerforming = true
        while true {
            let effects = core.takeEffects()
            if effects.isEmpty { break }
            for effect in effects { node.perform(effect, of: id, epoch: core.epoch) }
            core.giveBack(effects)
        }
        isPerforming = false
        scheduleWake(core)
    }

    /// Only a leader decides what is due: a follower's timers may be long past, and it would be woken for nothing all the
    /// time. One that becomes leader comes by here too.
    private func scheduleWake(_ core: ShardCore) {
        guard core.isLeading, let due = core.nextDue, due < wakeAt else { return }
        wakeAt = due
        let delay = max(due - clock.now, .milliseconds(1))
        executor.loop.schedule(after: delay) { [weak self] in self?.enter { $0.wake(due) } }
    }

    private func wake(_ scheduled: Instant) {
        guard scheduled == wakeAt else { return }
        wakeAt = .distantFuture
        input { $0.wake(at: $1) }
    }

    /// A hash of what is committed here, whether it leads or not.
    func digest() -> ShardDigest? { core?.digest }

    /// What is committed here, for invariant checks; nil unless it leads.
    func inspect(since known: ShardInspection?) -> ShardInspection? {
        guard let core, core.isLeading else { return nil }
        return core.inspection(since: known)
    }
}
