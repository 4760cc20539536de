internal import Consensus
internal import Primitives

/// Time, links and the frames of other nodes.
extension RaftDriver {
    // MARK: time

    func tick() {
        guard !isStopped else { return }
        let now = clock.now
        let elapsed = max(0, (now - lastTick).microseconds)
        let count = max(1, Int(elapsed / max(1, settings.tick.microseconds)))
        counts.note(late: Span(microseconds: max(0, elapsed - settings.tick.microseconds)))
        lastTick = now
        ticks += 1
        owed += count
        // In a group with a leader nothing is finer than a heartbeat, and most have nothing to do but to count. Without
        // one, candidates must not all wake at the same moment.
        let isBeat = ticks % heartbeat == 0
        for case .some(let group) in groups where group.tell != nil {
            if group.raft.leader == nil {
                touch(group.shard) { $0.raft.tick(count) }
            } else if isBeat {
                touch(group.shard) { $0.raft.tick(owed) }
            }
        }
        if isBeat { owed = 0 }
        if ticks % (2 * heartbeat) == 0 { beat() }
        lookAtLeaders(now)
        place()
        campaign()
        tickSnapshots(now)
        if spaceUnderWay == 0 { isRefused = false }
        submit()
        flush()
        loop.schedule(after: settings.tick) { [weak self] in self?.tick() }
    }

    /// Ticks between two heartbeats of a group. Nodes vouch for groups at half that rate, and five times in the shortest
    /// wait for an election.
    private var heartbeat: UInt64 { UInt64(max(1, settings.raft.heartbeatTicks)) }

    private func campaign() {
        let next = campaigns.prefix(Self.campaignsPerTick)
        campaigns.removeFirst(next.count)
        for shard in next { touch(shard) { if $0.raft.leader == nil { $0.campaignAtOnce() } } }
    }

    // MARK: links

    func linkChanged(_ peer: NodeID, isUp: Bool) {
        guard isUp else {
            links.remove(peer)
            linkedSince[peer] = nil
            loop.schedule(after: Self.grace) { [weak self] in self?.peerLost(peer) }
            return
        }
        links.insert(peer)
        linkedSince[peer] = ticks
        for case .some(let group) in groups {
            guard let found = group.names[peer] else { continue }
            touch(group.shard) { $0.raft.peerFound(found) }
        }
        // The preferred leader does not wait for a time-out when nobody leads yet; nor does the next one for long, where
        // that one is not there.
        campaignWhereLeaderless { $0.nodes.first == self.settings.node }
        loop.schedule(after: Self.settling) { [weak self] in
            guard let self, !isStopped else { return }
            campaignWhereLeaderless { group in
                group.nodes.first { $0 == self.settings.node || self.links.contains($0) } == self.settings.node
            }
        }
    }

    private func campaignWhereLeaderless(_ isMine: (ReplicaGroup) -> Bool) {
        for case .some(let group) in groups
        where group.raft.leader == nil && isQuorumLinked(group) && isMine(group) {
            if !campaigns.contains(group.shard) { campaigns.append(group.shard) }
        }
    }

    private func isQuorumLinked(_ group: ReplicaGroup) -> Bool {
        let up = group.nodes.count { $0 == settings.node || links.contains($0) }
        return up > group.nodes.count / 2
    }

    /// A node whose link stays away is a hint, no more: whoever is next in a group it led asks for votes.
    private func peerLost(_ peer: NodeID) {
        guard !isStopped, !links.contains(peer) else { return }
        forsake(peer)
        flush()
    }

    /// The membership says that a node does not answer though its link stands. A wrong hint costs an election, so it is
    /// taken once in a while only.
    func suspected(_ peer: NodeID) {
        guard links.contains(peer), ticks >= (hintedAt[peer] ?? 0) else { return }
        hintedAt[peer] = ticks + Self.hintTicks
        forsake(peer)
    }

    private func forsake(_ peer: NodeID) {
        for case .some(let group) in groups {
            guard let lost = name(of: peer, in: group) else { continue }
            let isLed = group.raft.leader == lost
            touch(group.shard) { $0.raft.peerLost(lost, campaigning: false) }
            guard isLed else { continue }
            if settings.planted == .leadOnGossip { touch(group.shard) { $0.leadUnasked() } }
            let heirs = group.nodes.filter { $0 != peer && ($0 == settings.node || links.contains($0)) }
            if heirs.first == settings.node { campaigns.append(group.shard) }
        }
    }

    // MARK: beats

    private func beat(about items: [BeatPayload.Item]) -> BeatPayload {
        BeatPayload(items, clock: clock.now, isOnDuty: isOnDuty)
    }

    /// One frame for all groups that this node leads and the peer keeps; groups with nothing to say send nothing else.
    /// It comes without any, too, and tells of the clock.
    private func beat() {
        for peer in links.sorted() {
            let led = groups.compactMap { group -> BeatPayload.Item? in
                guard let group, group.tell != nil, group.raft.role == .leader, group.names[peer] != nil else {
                    return nil
                }
                return BeatPayload.Item(shard: group.shard, term: group.raft.term)
            }
            _ = send(Frame(.beat, payload: beat(about: led).encoded), peer)
        }
    }

    func receive(_ frame: Frame, from peer: NodeID) {
        guard map.member(peer) != nil else { return }
        switch frame.type {
        case .raft:
            guard let payload = try? RaftPayload(decoding: frame.payload) else { return }
            // A node speaks for its own replicas only.
            for item in payload.items where map.node(of: item.message.from) == peer && isOpen(item.shard) {
                touch(item.shard) { $0.receive(item.message) }
            }
        case .beat: answerBeat(frame, from: peer)
        case .beatAnswer:
            guard let payload = try? BeatPayload(decoding: frame.payload) else { return }
            for item in payload.items {
                touch(item.shard) { group in
                    guard let name = group.names[peer] else { return }
                    group.raft.vouch(follower: name, term: item.term)
                    group.unwell[peer] = item.health.isEmpty ? nil : item.health
                }
            }
        case .snapshot:
            if let piece = try? SnapshotPiece(decoding: frame.payload) { receive(piece, from: peer) }
        case .snapshotAnswer:
            if let answer = try? SnapshotAnswer(decoding: frame.payload) { receive(answer, from: peer) }
        default: break
        }
    }

    /// The replica of a peer in a group, as far as this node can tell. A leader that is followed has said its name; else the
    /// group's configuration here may be an old one, and the map may know a later replica of the same node, or the reverse.
    func name(of peer: NodeID, in group: ReplicaGroup) -> ReplicaID? {
        if let leader = group.raft.leader, map.node(of: leader) == peer { return leader }
        let names = [group.names[peer], map.replica(of: peer, in: group.shard)?.replica]
        return names.compactMap(\.self).max { $0.raw < $1.raw }
    }

    func isOpen(_ shard: ShardID) -> Bool {
        shard.number < groups.count && groups[Int(shard.number)]?.tell != nil
    }

    private func answerBeat(_ frame: Frame, from peer: NodeID) {
        guard let payload = try? BeatPayload(decoding: frame.payload) else { return }
        clockWatch.hear(payload.clock, of: peer, at: clock.now)
        if payload.isOnDuty { offDuty.remove(peer) } else { offDuty.insert(peer) }
        var followed: [BeatPayload.Item] = []
        for item in payload.items where isOpen(item.shard) {
            touch(item.shard) { group in
                guard let leader = name(of: peer, in: group) else { return }
                if group.raft.role == .follower, group.raft.leader == leader, group.raft.term == item.term {
                    group.raft.vouch(leader: leader, term: item.term)
                    followed.append(.init(shard: item.shard, term: item.term, health: group.health))
                } else {
                    // To who does not follow yet, the statement is a heartbeat in full.
                    group.raft.receive(
                        RaftMessage(
                            from: leader, to: group.raft.id, term: item.term, body: .heartbeat(commit: 0, round: 0)))
                }
            }
        }
        if !followed.isEmpty { _ = send(Frame(.beatAnswer, payload: beat(about: followed).encoded), peer) }
    }
}
