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

    /// Opens the shard from its log.
    func open(_ settings: ShardCore.Settings, log: any ShardLog, newEpoch: UInt64, seed: UInt64) {
        let id = id
        let committed: @Sendable (UInt64) -> Void = { [weak self] index in
            self?.enter { $0.input { $0.committed(upTo: index, at: $1) } }
        }
        do {
            core = try ShardCore(
                settings, records: log.records(of: id), newEpoch: newEpoch, seed: seed, now: clock.now,
                append: { log.append($0, index: $1, to: id, committed: committed) })
        } catch {
            preconditionFailure("shard \(id): its log cannot be read (\(error)); nothing was changed")
        }
        // Streams to shards of this node: no link will come up for them.
        let mine = node.id
        input { $0.resume({ settings.map.owner(of: $0) == mine }, at: $1) }
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

    private func scheduleWake(_ core: ShardCore) {
        guard let due = core.nextDue, due < wakeAt else { return }
        wakeAt = due
        let delay = max(due - clock.now, .milliseconds(1))
        executor.loop.schedule(after: delay) { [weak self] in self?.enter { $0.wake(due) } }
    }

    private func wake(_ scheduled: Instant) {
        guard scheduled == wakeAt else { return }
        wakeAt = .distantFuture
        input { $0.wake(at: $1) }
    }

    /// What is committed here, for invariant checks.
    func inspect() -> ShardInspection? { core?.inspection }
}
