internal import Cluster
internal import Consensus
internal import Primitives

/// Moving shards about, and looking whether they came where they should.
extension SimulatedCluster {
    /// Asks the registry for some change of who keeps what.
    /// - Returns: what was asked for.
    func placeSome() -> String {
        guard let node = anyNode() else { return "nothing" }
        let map = map
        let members = map.members.map(\.node)
        func some<Element>(_ items: [Element]) -> Element? {
            items.isEmpty ? nil : items[world.random { Int($0.pick(0...Int64(items.count - 1))) }]
        }
        let (kind, command): (String, ClusterCommand?)
        switch world.random({ $0.pick(0...9) }) {
        case 0...3:
            let group = some(map.groups) ?? map.meta
            // Of two nodes, also to the one that learns.
            let to = some(members.filter { !map.votes($0, in: group) })
            (kind, command) = (
                "move", some(map.replicas(of: group)).flatMap { from in to.map { .move(group, from: from, to: $0) } }
            )
        case 4...5:
            (kind, command) = (
                "rebalance",
                .rebalance(
                    isDryRun: false, concurrent: Int(world.random { $0.pick(1...4) }), limit: 0, sizes: someSizes())
            )
        case 6: (kind, command) = ("empty", some(members).map { world.chance(500) ? .drain($0) : .replace($0) })
        case 7...8: (kind, command) = ("undrain", some(map.members.filter(\.isDraining)).map { .undrain($0.node) })
        default: (kind, command) = ("cancel", .cancel(operation: UInt64(world.random { $0.pick(1...8) })))
        }
        guard let command else { return "nothing" }
        ask(node, command, kind)
        return kind
    }

    private func ask(_ node: ClusterNode, _ command: ClusterCommand, _ kind: String) {
        node.ask(command) { [world] result in
            if case .success(let reply) = result { world.note("\(kind): \(Self.words(reply))") }
        }
    }

    /// Two nodes learn from each other when somebody asks for it.
    func pair() {
        let isPaired = map.groups.allSatisfy { map.replicas(of: $0).count > 1 }
        guard map.members.count == 2, !isPaired, let node = anyNode() else { return }
        ask(node, .rebalance(isDryRun: false, concurrent: 4, limit: 0, sizes: []), "pair")
    }

    /// Whether another node has on its disk all of the logs in which this node alone has a vote, so that damage here loses
    /// nothing.
    func isMirrored(_ id: NodeID) -> Bool {
        let kept = Kept()
        log(of: id)?.report { kept.reports[id] = $0 }
        let reports = kept.reports[id] ?? []
        return map.groups(on: id).allSatisfy { group in
            guard let report = reports.first(where: { $0.shard == group }) else { return false }
            if !report.nodes.contains(id) { return !map.votes(id, in: group) }
            return report.role == .leader && report.condition == .intact
                && report.followers.contains { $0.match == report.last }
        }
    }

    /// Of every shard, at times: some are much larger than others.
    private func someSizes() -> [UInt64] {
        guard world.chance(500) else { return [] }
        return (0..<map.shardCount).map { _ in UInt64(1 << 20) << UInt64(world.random { $0.pick(0...10) }) }
    }

    private static func words(_ reply: ClusterReply) -> String {
        switch reply {
        case .operation(let operation): "\(operation.id) with \(operation.steps.count) steps"
        case .refused(let reason): "refused, \(reason)"
        default: "done"
        }
    }

    /// Whether nothing is on its way, or can never arrive.
    var isPlaced: Bool {
        let map = map
        let registry = inspect().registry
        return hasOutcasts || wipes > 0
            || !isJoining && registry?.operations.contains { $0.state == .running } == false
                && map.groups.allSatisfy { map.target(of: $0) == nil }
    }

    /// At the end of a run every operation is over, every node follows the same map, and every group is kept by exactly
    /// the nodes that the map names; nil when that is so.
    ///
    /// Nodes that refused their disks are away for good, and what waits for them waits.
    func misplaced() -> String? {
        guard !hasOutcasts, wipes == 0 else { return nil }
        let map = map
        for node in alive where node.map.epoch != map.epoch {
            return
                "placement: \(node.id) follows epoch \(node.map.epoch), the newest is \(map.epoch); the registry is kept by "
                + "\(map.replicas(of: map.meta)), \(node.id) takes \(node.leader(of: map.meta)?.name ?? "nobody") for its leader"
        }
        for group in map.groups {
            if let target = map.target(of: group) {
                noteGroup(group)
                return "placement: group \(group) is still on its way from \(map.replicas(of: group)) to \(target)"
            }
        }
        let kept = Kept()
        for node in alive { log(of: node.id)?.report { kept.reports[node.id] = $0 } }
        world.run(until: world.now + .milliseconds(1)) { false }
        for node in alive {
            let reports = kept.reports[node.id] ?? []
            let groups = reports.map(\.shard).sorted()
            if groups != map.groups(on: node.id) {
                return "placement: \(node.id) keeps \(groups), the map says \(map.groups(on: node.id))"
            }
            for report in reports where report.role == .leader {
                let voters = map.replicas(of: report.shard).filter { map.votes($0, in: report.shard) }
                if Set(report.nodes) != Set(voters) {
                    return "placement: group \(report.shard) has \(report.nodes), the map says \(voters)"
                }
            }
        }
        return nil
    }

    /// Writes down how the replicas of a group stand.
    private func noteGroup(_ group: ShardID) {
        for node in alive {
            log(of: node.id)?.status { [world] groups in
                guard let status = groups[group] else { return }
                world.note(
                    "\(node.id) group \(group): \(status.role) \(status.id) term \(status.term) last \(status.last) commit "
                        + "\(status.commit) \(status.condition) \(status.configuration) at \(status.configurationIndex), "
                        + "\(status.members.map { "\($0.id): \($0.state) match \($0.match) silent \($0.silence)" })")
            }
        }
        world.run(until: world.now + .milliseconds(1)) { false }
    }

    /// Writes down the shards whose messages do not arrive, and whom each node takes for their leaders: for the log of a run
    /// that does not end.
    func noteUnsettled() {
        let snapshot = inspect()
        for (shard, inspection) in snapshot.shards.sorted(by: { $0.key < $1.key }) where !inspection.unsettled.isEmpty {
            world.note("shard \(shard) on \(map.replicas(of: shard)) waits for \(inspection.unsettled.sorted())")
            for target in inspection.unsettled.sorted() {
                let views = alive.map {
                    "\($0.id): \($0.leader(of: shard)?.name ?? "-") and \($0.leader(of: target)?.name ?? "-")"
                }
                world.note("    to lead \(shard) and \(target): \(views.joined(separator: ", "))")
            }
        }
        for group in map.groups {
            guard let target = map.target(of: group) else { continue }
            world.note("group \(group) is on its way from \(map.replicas(of: group)) to \(target)")
            noteGroup(group)
        }
        for node in alive where node.map.epoch != map.epoch {
            world.note("\(node.id) follows epoch \(node.map.epoch), the newest is \(map.epoch)")
        }
    }

    /// Proof for `@unchecked Sendable`: filled synchronously on the simulator's thread.
    private final class Kept: @unchecked Sendable { var reports: [NodeID: [ShardReport]] = [:] }
}
