internal import Consensus
internal import NodeLog
internal import Primitives

/// Snapshots: taken from shards, stored beside the log, and sent to followers that are too far behind.
extension RaftDriver {
    /// Own snapshots under way at a time: each is a state in memory.
    static let snapshotsAtOnce = 2
    /// A transfer that does not get on for so long is given up, and ordered anew by its group.
    static let transferPatience = Span.seconds(10)
    /// The log is looked at for room this often.
    static let compaction = Span.seconds(10)
    /// Ticks before a snapshot is doubted again.
    static let doubtTicks: UInt64 = 1_200
    /// Full segments that may stay before groups are asked for snapshots to free them.
    static let segmentsKept = 4

    // MARK: taking

    /// Takes note of what a group has committed.
    func noteCommitted(_ group: ReplicaGroup) {
        guard shelf != nil, group.snapshots.isDue(every: settings.snapshotBytes) else { return }
        queueSnapshot(group)
    }

    private func queueSnapshot(_ group: ReplicaGroup) {
        guard group.snapshots.isIdle, group.told > group.snapshots.index || group.snapshots.isRenewed else { return }
        group.snapshots.phase = .queued
        snapshotQueue.append(group.shard)
        askForSnapshots()
    }

    private func askForSnapshots() {
        while snapshotsUnderWay < Self.snapshotsAtOnce, let place = snapshotQueue.firstIndex(where: isStorable) {
            let shard = snapshotQueue.remove(at: place)
            guard let group = groups[Int(shard.number)], let tell = group.tell else { continue }
            snapshotsUnderWay += 1
            group.snapshots.phase = .asked(group.told)
            group.snapshots.bytes = 0
            tell(.snapshotWanted(through: group.told))
        }
    }

    /// Whether the log of a group is on stable storage as far as its state goes: on a full disk it is not, and what
    /// waits for it must not keep others from making room.
    private func isStorable(_ shard: ShardID) -> Bool {
        guard let group = groups[Int(shard.number)] else { return false }
        return group.raft.mark(at: group.told) != nil
    }

    /// The state of a shard as of an index that it was asked for.
    func take(_ state: [UInt8], of shard: ShardID, through index: UInt64) {
        guard let group = groups[Int(shard.number)], case .asked(index) = group.snapshots.phase else { return }
        group.snapshots.phase = .held(index, state)
        store(group)
    }

    /// Stores a state that was waiting for the log beside it.
    private func store(_ group: ReplicaGroup) {
        guard let shelf, case .held(let index, let state) = group.snapshots.phase else { return }
        // A peer's snapshot has come between.
        guard index > group.snapshots.index || (index == group.snapshots.index && group.snapshots.isRenewed) else {
            return endSnapshot(of: group)
        }
        guard let mark = group.raft.mark(at: index) else { return }
        group.snapshots.phase = .saving
        group.snapshots.isRenewed = false
        let snapshot = GroupSnapshot(group: group.shard.number, mark: mark, state: state)
        let give = give
        shelf.run { files in
            let isStored: Bool
            do {
                try files.save(snapshot)
                isStored = true
            } catch {
                // It is tried again after as much again; the log keeps everything meanwhile.
                isStored = false
            }
            give(.stored(ShardID(snapshot.group), mark, size: snapshot.state.count, isStored))
        }
    }

    func stored(_ shard: ShardID, _ mark: SnapshotMark, size: Int, _ isStored: Bool) {
        guard let group = groups[Int(shard.number)] else { return }
        endSnapshot(of: group)
        if isStored { snapshotCounters.stored += 1 } else { snapshotCounters.failed += 1 }
        guard isStored, mark.index > group.snapshots.index else { return }
        // The one before it stays with the entries behind it, in case this one's file should be damaged.
        let older = group.snapshots.index
        group.snapshots.index = mark.index
        group.snapshots.size = size
        group.raft.compact(upTo: mark)
        add(.snapshot(group: shard.number, StoredMark(index: mark.index, term: mark.term)))
        if older > 0 { add(.floor(group: shard.number, index: older)) }
    }

    /// The replica of a node in a group that is kept here.
    private func name(of peer: NodeID, in shard: ShardID) -> ReplicaID? {
        shard.number < groups.count ? groups[Int(shard.number)]?.names[peer] : nil
    }

    func endSnapshot(of group: ReplicaGroup) {
        group.snapshots.phase = .idle
        snapshotsUnderWay -= 1
        askForSnapshots()
    }

    // MARK: room

    func tickSnapshots(_ now: Instant) {
        guard shelf != nil else { return }
        for case .some(let group) in groups { store(group) }
        askForSnapshots()
        for (receiver, transfer) in transfers where now - transfer.movedAt > Self.transferPatience {
            end(receiver, succeeded: false)
        }
        guard now - compactedAt > Self.compaction else { return }
        compactedAt = now
        let give = give
        writer.compact(keeping: Self.segmentsKept) { give(.pinning($0)) }
    }

    /// These groups keep segments from use.
    func makeRoom(_ pinning: [UInt32]) {
        for number in pinning where number < groups.count {
            guard let group = groups[Int(number)] else { continue }
            if group.told > group.snapshots.index {
                queueSnapshot(group)
            } else if group.snapshots.index > 0 {
                // The newest one covers all that there is: nothing needs the entries before it.
                add(.floor(group: number, index: group.snapshots.index))
            }
        }
    }

    // MARK: sending

    /// A group of this node, its leader, wants a follower to have the newest snapshot.
    func send(_ order: SnapshotOrder, of shard: ShardID) {
        let receiver = SnapshotTransfer.Receiver(shard: shard, replica: order.to)
        guard shelf != nil, let node = map.node(of: order.to) else { return end(receiver, succeeded: false) }
        let mark = StoredMark(index: order.mark.index, term: order.mark.term)
        transfers[receiver] = SnapshotTransfer(mark: mark, node: node, movedAt: clock.now)
        readPiece(receiver, mark, at: 0)
    }

    private func readPiece(_ receiver: SnapshotTransfer.Receiver, _ mark: StoredMark, at offset: UInt64) {
        let give = give
        shelf?.run { files in
            var piece: SnapshotPiece?
            // Newer ones have taken its place, or the disk fails: the group orders another one.
            do { piece = try files.piece(of: receiver.shard.number, mark: mark, at: offset) } catch {}
            give(.read(receiver, mark, piece))
        }
    }

    func read(_ piece: SnapshotPiece?, for receiver: SnapshotTransfer.Receiver, _ mark: StoredMark) {
        guard let transfer = transfers[receiver], transfer.mark == mark else { return }
        let isLeading = groups[Int(receiver.shard.number)]?.raft.role == .leader
        if piece == nil { doubt(mark, of: receiver.shard) }
        guard isLeading, let piece, send(Frame(.snapshot, payload: piece.encoded), transfer.node) else {
            return end(receiver, succeeded: false)
        }
    }

    func receive(_ answer: SnapshotAnswer, from peer: NodeID) {
        guard let name = name(of: peer, in: answer.shard) else { return }
        let receiver = SnapshotTransfer.Receiver(shard: answer.shard, replica: name)
        guard let transfer = transfers[receiver], transfer.mark == answer.mark else { return }
        transfers[receiver]?.movedAt = clock.now
        switch answer.outcome {
        case .next(let offset): readPiece(receiver, transfer.mark, at: offset)
        case .installed: end(receiver, succeeded: true)
        case .failed:
            doubt(transfer.mark, of: answer.shard)
            end(receiver, succeeded: false)
        }
    }

    /// The file of the newest snapshot could not be read, or a peer found it damaged: it is stored anew, or it would be
    /// sent in vain again and again. Once a minute, since it may be the peer's disk that fails.
    private func doubt(_ mark: StoredMark, of shard: ShardID) {
        guard let group = groups[Int(shard.number)], mark.index == group.snapshots.index,
            group.snapshots.doubtedAt.map({ ticks - $0 > Self.doubtTicks }) ?? true
        else { return }
        group.snapshots.doubtedAt = ticks
        group.snapshots.isRenewed = true
        queueSnapshot(group)
    }

    private func end(_ receiver: SnapshotTransfer.Receiver, succeeded: Bool) {
        transfers[receiver] = nil
        if succeeded { snapshotCounters.sent += 1 } else { snapshotCounters.unsent += 1 }
        touch(receiver.shard) { $0.raft.snapshotSent(to: receiver.replica, succeeded: succeeded) }
    }

    // MARK: receiving

    func receive(_ piece: SnapshotPiece, from peer: NodeID) {
        guard let shelf, isOpen(piece.shard), let group = groups[Int(piece.shard.number)],
            let name = name(of: peer, in: group), group.raft.leader.map({ $0 == name }) ?? true
        else { return }
        guard piece.mark.index > group.raft.commit else { return answer(piece, .installed, to: peer) }
        let give = give
        let replica = group.raft.id
        shelf.run { files in
            var taken: SnapshotFiles.Taken?
            // The answer says that it failed.
            do { taken = try files.take(piece) } catch {}
            give(.received(piece.shard, replica, piece.mark, taken, from: peer))
        }
    }

    func received(
        _ shard: ShardID, _ replica: ReplicaID, _ mark: StoredMark, _ taken: SnapshotFiles.Taken?, from peer: NodeID
    ) {
        // What came for a replica that is gone is gone with it.
        guard isOpen(shard), groups[Int(shard.number)]?.raft.id == replica, !retiring.contains(shard) else { return }
        let outcome: SnapshotAnswer.Outcome
        switch taken {
        case nil: outcome = .failed
        case .next(let offset): outcome = .next(offset)
        case .complete(let snapshot):
            touch(shard) { group in
                guard group.install(snapshot) else { return }
                snapshotCounters.installed += 1
                // The shard has let go of what it was asked for.
                switch group.snapshots.phase {
                case .asked, .held: endSnapshot(of: group)
                case .idle, .queued, .saving: break
                }
            }
            outcome = .installed
        }
        let answer = SnapshotAnswer(shard: shard, mark: mark, outcome: outcome)
        _ = send(Frame(.snapshotAnswer, payload: answer.encoded), peer)
    }

    private func answer(_ piece: SnapshotPiece, _ outcome: SnapshotAnswer.Outcome, to peer: NodeID) {
        let answer = SnapshotAnswer(shard: piece.shard, mark: piece.mark, outcome: outcome)
        _ = send(Frame(.snapshotAnswer, payload: answer.encoded), peer)
    }
}
