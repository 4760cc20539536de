internal import Cluster
internal import NodeLog
internal import Primitives

/// The snapshots of a node in virtual time, on the simulated disk that its log has, too.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class SimulatedShelf: SnapshotShelf, @unchecked Sendable {
    private let world: SimulatedWorld
    private let life: NodeLife
    private var files: SnapshotFiles
    private var works: [@Sendable (inout SnapshotFiles) -> Void] = []

    init(world: SimulatedWorld, life: NodeLife, disk: SimulatedDisk) {
        self.world = world
        self.life = life
        files = SnapshotFiles(SnapshotStore(disk))
    }

    func run(_ work: @escaping @Sendable (inout SnapshotFiles) -> Void) {
        works.append(work)
        if works.count == 1 { next() }
    }

    private func next() {
        world.after(world.span(50...20_000)) { [self] in
            guard life.isAlive else { return }
            works[0](&files)
            works.removeFirst()
            if !works.isEmpty { next() }
        }
    }

    func load(group: UInt32, mark: StoredMark) throws(SnapshotError) -> GroupSnapshot {
        try files.load(group: group, mark: mark)
    }
}
