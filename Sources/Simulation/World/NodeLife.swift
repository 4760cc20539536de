internal import Primitives
internal import Synchronization

/// One life of a node, from its start to its crash.
final class NodeLife: Sendable {
    private let alive = Atomic<Bool>(true)
    private let stillUntil = Atomic<Int64>(0)

    var isAlive: Bool { alive.load(ordering: .relaxed) }
    func end() { alive.store(false, ordering: .relaxed) }

    /// The process stands still until then (SIGSTOP): nothing of it runs, and what comes in waits.
    var standsUntil: Instant { Instant(microseconds: stillUntil.load(ordering: .relaxed)) }
    func stand(until end: Instant) { stillUntil.store(end.microseconds, ordering: .relaxed) }
}
