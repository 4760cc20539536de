import Consensus
import Primitives

extension Chaos {
    /// The process ends; a prefix of the writes under way reached the disk, unknown to anybody.
    func crash(_ id: ReplicaID) {
        guard var disk = nodes[id]?.disk else { return }
        let kept = disk.queue.isEmpty ? 0 : random.pick(0...Int64(disk.queue.count))
        for _ in 0..<kept { _ = disk.sync() }
        disk.queue = []
        disk.received = [:]
        nodes[id] = nil
        down[id] = disk
        oracle.crashed(id)
    }

    func restart() throws {
        let waiting = down.keys.sorted()
        guard !waiting.isEmpty else { return }
        let id = waiting[Int(random.pick(0...Int64(waiting.count - 1)))]
        guard var disk = down.removeValue(forKey: id) else { return }
        if random.chance(150), fault == nil { damage(&disk) }
        try start(id, disk)
        for other in ids where other != id && !cuts.contains([id, other]) { input(other) { $0.peerFound(id) } }
    }

    /// The driver's beats: each leader's statement, and what its followers answer.
    func beat() {
        for leader in leaders where asleep[leader] == nil {
            guard let term = nodes[leader]?.group.term else { continue }
            for id in ids where id != leader && !cuts.contains([leader, id]) {
                input(id) { $0.vouch(leader: leader, term: term) }
                let follows = nodes[id].map { $0.group.leader == leader && $0.group.term == term } ?? false
                if follows, !cuts.contains([id, leader]) { input(leader) { $0.vouch(follower: id, term: term) } }
            }
        }
    }

    /// Damages the end of a log, unless another replica is damaged: one good copy of everything acknowledged is left.
    private func damage(_ disk: inout Disk) {
        guard oracle.proposalGoal == 0, !disk.entries.isEmpty, disk.condition == .intact,
            down.values.allSatisfy({ $0.condition == .intact }),
            nodes.values.allSatisfy({ $0.disk.condition == .intact && $0.group.condition == .intact })
        else { return }
        // A sole voter, as far as anybody knows of one, has the only copy.
        guard nodes.values.allSatisfy({ $0.group.configuration.electors.count != 1 }), !disk.hasSoleVoter,
            down.values.allSatisfy({ !$0.hasSoleVoter })
        else { return }
        let lost = disk.last
        disk.entries.removeLast(Int(random.pick(1...Int64(min(disk.entries.count, 12)))))
        disk.damage = Disk.Damage(lost: lost, isKnown: random.chance(600), isHole: random.chance(400))
        oracle.damaged()
    }

    func changePartition() {
        cuts = []
        let everybody = (Array(nodes.keys) + Array(down.keys)).sorted()
        switch random.pick(0...3) {
        case 0: break
        case 1:  // one is alone
            let alone = leaders.first ?? everybody[0]
            for other in everybody where other != alone { cut(alone, other) }
        case 2:  // two halves
            let left = Set(everybody.filter { _ in random.chance(500) })
            for one in everybody {
                for other in everybody where left.contains(one) != left.contains(other) { cut(one, other) }
            }
        default:  // single directions
            for one in everybody {
                for other in everybody where one != other && random.chance(250) { cuts.insert([one, other]) }
            }
        }
    }

    private func cut(_ one: ReplicaID, _ other: ReplicaID) {
        cuts.insert([one, other])
        cuts.insert([other, one])
    }

    func changeMembers() {
        guard let leader = leaders.first, let group = nodes[leader]?.group else { return }
        let everybody = (Array(nodes.keys) + Array(down.keys)).sorted()
        var steps: [ConfigurationChange.Step] = []
        for _ in 0..<random.pick(1...3) {
            let one = everybody[Int(random.pick(0...Int64(everybody.count - 1)))]
            switch random.pick(0...3) {
            case 0: steps.append(.remove(one))
            case 1: steps.append(.addLearner(one))
            default: steps.append(.addVoter(one))
            }
        }
        let index = group.configurationIndex
        // Some come of a decision that has been overtaken.
        decisions += 1
        let decision = decisions - min(decisions, UInt64(random.chance(250) ? random.pick(1...5) : 0))
        input(leader) { _ = try? $0.propose(ConfigurationChange(steps, decision: decision), replacing: index) }
    }

    func transferLeadership() {
        guard let leader = leaders.first else { return }
        let target = ids[Int(random.pick(0...Int64(ids.count - 1)))]
        input(leader) { try? $0.transferLeadership(to: target) }
    }

    /// A hint, right or wrong, that the leader is gone.
    func lose(_ id: ReplicaID) {
        guard let leader = nodes[id]?.group.leader else { return }
        let campaigns = random.chance(500)
        input(id) { $0.peerLost(leader, campaigning: campaigns) }
    }

    /// A short reign over a random part of the network, as in figure 8 of the Raft paper: elected, some messages, gone.
    func shortReign() throws {
        while random.chance(700), !down.isEmpty { try restart() }
        let everybody = (Array(nodes.keys) + Array(down.keys)).sorted()
        guard let king = ids.randomElement(using: &random) else { return }
        cuts = []
        for other in everybody where other != king && random.chance(400) { cut(king, other) }
        for id in ids { input(id) { group in group.leader.map { group.peerLost($0, campaigning: false) } } }
        network = []
        input(king) { $0.campaign() }
        for _ in 0..<60 where nodes[king]?.group.role != .leader { advance() }
        if random.chance(400) { propose() }
        for _ in 0..<random.pick(0...9) { advance() }
        if random.chance(600) { crash(king) } else { input(king) { $0.stepDown() } }
    }

    /// Cuts the leader off, stops its clock and has another elected, so that two lead for a while.
    func depose() {
        guard let old = leaders.first else { return }
        asleep[old] = Int(random.pick(50...400))
        cuts = []
        for other in (Array(nodes.keys) + Array(down.keys)).sorted() where other != old { cut(old, other) }
        for id in ids where id != old { input(id) { $0.peerLost(old, campaigning: false) } }
        guard let next = ids.filter({ $0 != old }).randomElement(using: &random) else { return }
        input(next) { $0.campaign() }
        for _ in 0..<random.pick(0...60) { advance() }
    }

    private func advance() {
        for id in ids { persist(id) }
        deliver(ordered: true)
    }

    // MARK: the end

    /// Ends all trouble and says whether the group then gets work done within `rounds` of ticks everywhere.
    func recovers(within rounds: Int = 400) throws -> Bool {
        cuts = []
        asleep = [:]
        while !down.isEmpty { try restart() }
        // The connections are made anew.
        for id in ids { for other in ids where other != id { input(id) { $0.peerFound(other) } } }
        for _ in 0..<rounds {
            for id in ids { input(id) { $0.tick() } }
            if settings.heartbeatsByDriver { beat() }
            for id in ids { while nodes[id]?.disk.queue.isEmpty == false { persist(id) } }
            for _ in 0..<network.count { deliver(ordered: true) }
            while !transfers.isEmpty { moveSnapshot() }
            if leaders.count == 1, isCaughtUp(leaders[0]) { return true }
            if let leader = leaders.first, nodes[leader]?.group.hasSettled == true { propose(at: leader) }
        }
        return false
    }

    private func propose(at leader: ReplicaID) {
        guard proposals < oracle.proposalGoal else { return }
        proposals += 1
        let payload = Array("end\(proposals)".utf8)
        input(leader) { group in _ = try? group.propose(payload) }
    }

    /// Whether every member holds and has applied what the leader has committed, and nothing is left uncommitted.
    private func isCaughtUp(_ leader: ReplicaID) -> Bool {
        guard let status = nodes[leader]?.group.status, status.commit == status.last.index,
            !status.configuration.isJoint
        else { return false }
        guard proposals >= oracle.proposalGoal else { return false }
        return status.configuration.members.allSatisfy { nodes[$0]?.application.index == status.commit }
    }
}
