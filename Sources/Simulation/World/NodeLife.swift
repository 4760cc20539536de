internal import Synchronization

/// One life of a node, from its start to its crash.
final class NodeLife: Sendable {
    private let alive = Atomic<Bool>(true)

    var isAlive: Bool { alive.load(ordering: .relaxed) }
    func end() { alive.store(false, ordering: .relaxed) }
}
