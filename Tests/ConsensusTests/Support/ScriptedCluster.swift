import Consensus

/// The replicas of a transcript. After each command everything runs until nothing is left to do, and is written down;
/// writes of a held disk and messages over a cut link stay behind.
final class ScriptedCluster {
    struct Node {
        var group: RaftGroup
        var disk: Disk
        var application = Application()
        var isHeld = false
    }

    var settings = RaftSettings()
    var founding = SnapshotMark.nothing
    var nodes: [ReplicaID: Node] = [:]
    var crashed: [ReplicaID: Disk] = [:]
    var cuts: Set<[ReplicaID]> = []
    var sendsSnapshots = true
    var output: [String] = []
    private var network: [RaftMessage] = []
    private var orders: [(from: ReplicaID, SnapshotOrder)] = []
    /// More rounds than this in one settling mean that two replicas keep each other busy.
    private static let roundLimit = 2_000

    var ids: [ReplicaID] { nodes.keys.sorted() }

    func say(_ text: String) { output.append(text) }

    func start(
        _ id: ReplicaID, _ disk: Disk, condition: ReplicaCondition = .intact, witness: ReplicaID? = nil
    ) throws {
        var restored = disk.restored
        restored.condition = condition
        restored.witness = witness
        let group = try RaftGroup(id: id, settings: settings, restored: restored, seed: id.raw)
        nodes[id] = Node(
            group: group, disk: disk, application: Application(digest: disk.digest, index: disk.snapshot.index))
    }

    /// Carries everything out until nothing is left.
    func settle() {
        for _ in 0..<Self.roundLimit {
            var isBusy = false
            for id in ids { isBusy = drain(id) || isBusy }
            for id in ids where nodes[id]?.isHeld == false { isBusy = persist(id) || isBusy }
            isBusy = deliver() || isBusy
            if !isBusy { return }
        }
        say("does not settle")
    }

    private func drain(_ id: ReplicaID) -> Bool {
        guard let ready = nodes[id]?.group.takeReady(), !ready.isEmpty else { return false }
        if let state = ready.softState {
            say("\(id) is \(state.role) of t\(state.term), leader \(state.leader.map { "\($0)" } ?? "-")")
        }
        if let write = ready.write {
            say("\(id) writes \(Describe.write(write))")
            nodes[id]?.disk.queue.append(write)
        }
        for entry in ready.committed {
            say("\(id) applies \(Describe.entry(entry))")
            nodes[id]?.application.apply(entry)
            nodes[id]?.group.applied(upTo: entry.index)
        }
        for read in ready.readIndexes { say("\(id) read \(read.id) at \(read.index)") }
        for read in ready.failedReads { say("\(id) read \(read) failed") }
        for order in ready.snapshotsToSend {
            say("\(id) orders \(Describe.order(order))")
            orders.append((id, order))
        }
        for violation in ready.violations { say("\(id) VIOLATION \(violation)") }
        network += ready.messages
        return true
    }

    /// Makes a replica's oldest write durable.
    @discardableResult
    func persist(_ id: ReplicaID) -> Bool {
        guard let token = nodes[id]?.disk.sync() else { return false }
        nodes[id]?.group.persisted(token)
        return true
    }

    private func deliver() -> Bool {
        let messages = network
        let snapshots = orders
        network = []
        orders = []
        for message in messages {
            let isCut = cuts.contains([message.from, message.to]) || nodes[message.to] == nil
            say("  \(Describe.message(message))\(isCut ? " (lost)" : "")")
            if !isCut { nodes[message.to]?.group.receive(message) }
        }
        for (from, order) in snapshots { transfer(from, order) }
        return !messages.isEmpty || !snapshots.isEmpty
    }

    private func transfer(_ from: ReplicaID, _ order: SnapshotOrder) {
        guard let source = nodes[from] else { return }
        let isCut = cuts.contains([from, order.to]) || nodes[order.to] == nil || !sendsSnapshots
        if !isCut {
            let mark = source.disk.snapshot
            nodes[order.to]?.disk.received[mark.index] = source.disk.digest
            let isNew = nodes[order.to]?.group.installSnapshot(mark) ?? false
            say("  \(from)->\(order.to) snapshot \(mark)\(isNew ? "" : " (nothing new)")")
            if isNew { nodes[order.to]?.application = Application(digest: source.disk.digest, index: mark.index) }
        } else {
            say("  \(from)->\(order.to) snapshot \(order.mark.position) (lost)")
        }
        nodes[from]?.group.snapshotSent(to: order.to, succeeded: !isCut)
    }
}
