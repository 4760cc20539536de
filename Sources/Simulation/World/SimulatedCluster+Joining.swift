internal import Cluster
internal import ContactCentre
internal import Membership
internal import NodeLog
internal import Primitives

/// The machines of a cluster, and those that come while it runs.
extension SimulatedCluster {
    /// Nodes that come in one run, at most.
    private static let joinersLimit = 2

    /// One of the computers.
    ///
    /// Proof for `@unchecked Sendable`: used on the simulator's one thread.
    final class Machine: @unchecked Sendable {
        let id: NodeID
        let clock: SimulatedClock
        let disk = SimulatedDisk()
        var life: NodeLife
        var incarnation: UInt64
        /// Of its disk, for those that join; founders have none.
        var number: UInt64 = 0
        var running: (node: ClusterNode, follower: CentreFollower)?
        var log: ReplicatedLog?
        var started = Instant.zero
        /// Its disk has gone bad at least once.
        var isDamaged = false
        /// It refused what it found on its disk.
        var isOut = false

        init(id: NodeID, clock: SimulatedClock, life: NodeLife, incarnation: UInt64) {
            self.id = id
            self.clock = clock
            self.life = life
            self.incarnation = incarnation
        }
    }

    /// A machine more asks to be taken in until it is, as ``ClusterEntry`` of the node does it.
    /// - Returns: what was done.
    func joinSome() -> String {
        guard joiners.count < Self.joinersLimit else { return "nothing" }
        let number = UInt64(settings.nodes + joiners.count + 1)
        let offset = world.random { Span.microseconds($0.pick(-settings.clockOffset...settings.clockOffset)) }
        let drift = world.random { $0.pick(-settings.clockDrift...settings.clockDrift) }
        let machine = Machine(
            id: NodeID("n\(number)"), clock: SimulatedClock(world: world, offset: offset, drift: drift),
            life: NodeLife(), incarnation: 1)
        machine.number = number
        joiners.append(machine.id)
        ask(for: machine)
        return "join"
    }

    /// Whether somebody still waits to be taken in.
    var isJoining: Bool { joiners.contains { machines[$0] == nil } }

    private func ask(for machine: Machine) {
        world.after(world.span(50_000...2_000_000)) { [self] in
            guard machines[machine.id] == nil else { return }
            defer { ask(for: machine) }
            let digest = [UInt8](repeating: UInt8(truncatingIfNeeded: machine.number), count: JoinToken.digestSize)
            guard let operating = anyNode(), let seed = anyNode() else { return }
            operating.ask(
                .admit(
                    JoinToken(
                        id: "of \(machine.id)", digest: digest, node: nil, expires: world.now + .seconds(3_600)))
            ) { _ in }
            let request = JoinRequest(
                cluster: "simulated", node: machine.id, profile: NodeProfile(disk: machine.number),
                methodTable: seed.settings.table.hash)
            seed.join(request, digest: digest) { [self] answer in
                world.note("\(machine.id) asks to join: \(Self.words(answer))")
                guard case .accepted(let map) = answer, machines[machine.id] == nil else { return }
                do {
                    let files = SnapshotFiles(SnapshotStore(machine.disk))
                    try files.keep(map)
                } catch {
                    return ledger.report("join: \(machine.id) cannot keep its map: \(error)")
                }
                machines[machine.id] = machine
                start(machine.id)
            }
        }
    }

    private static func words(_ answer: JoinAnswer) -> String {
        switch answer {
        case .accepted(let map): "accepted at epoch \(map.epoch)"
        case .refused(let reason), .notNow(let reason): reason
        }
    }
}
