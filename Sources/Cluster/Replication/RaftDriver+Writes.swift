internal import Consensus
internal import NodeLog
internal import Primitives

/// What leaves the groups: messages in one frame for each node, writes in one piece for the disk.
extension RaftDriver {
    func sendOutbox() {
        for (peer, items) in outbox.sorted(by: { $0.key < $1.key }) {
            var batch: [RaftPayload.Item] = []
            var bytes = 0
            for item in items {
                batch.append(item)
                bytes += item.size
                guard bytes >= Self.frameBytes else { continue }
                _ = send(Frame(.raft, payload: RaftPayload(batch).encoded), peer)
                batch = []
                bytes = 0
            }
            if !batch.isEmpty { _ = send(Frame(.raft, payload: RaftPayload(batch).encoded), peer) }
        }
        outbox = [:]
    }

    /// Something to write that no token waits for, behind what its group has under way.
    func add(_ item: LogItem) {
        if writesUnderWay[ShardID(item.group)] == nil { promises.items.append(item) } else { writes.items.append(item) }
    }

    private func collect() {
        for (var next, needsSpace) in [(promises, false), (writes, true)] where !next.isEmpty {
            submitted += 1
            next.number = submitted
            next.needsSpace = needsSpace
            unwritten.append(next)
        }
        promises = LogSubmission()
        writes = LogSubmission()
    }

    /// Hands over what is to be written, as far as the writer takes it.
    func submit() {
        collect()
        while let next = unwritten.first(where: { !$0.needsSpace || mayTakeSpace }) {
            let give = give
            let isTaken = writer.write(next.items, round: next.needsSpace ? writeRound : nil) { outcome in
                switch outcome {
                case .durable: give(.durable(next))
                case .refused: give(.refused(next))
                case .failed(let error): give(.failed(error))
                }
            }
            guard isTaken else { return }
            if next.needsSpace { spaceUnderWay += 1 }
            unwritten.removeAll { $0.number == next.number }
        }
    }

    private var mayTakeSpace: Bool { !isRefused && (!mustProbe || spaceUnderWay == 0) }

    /// Closes what is collected for the writer, so that no piece grows without a bound.
    func closeIfLarge() {
        if writes.items.reduce(0, { $0 + $1.bytes }) > settings.submissionBytes { collect() }
    }

    func durable(_ submission: LogSubmission) {
        if submission.needsSpace {
            spaceUnderWay -= 1
            mustProbe = false
            fullSince = nil
        }
        for (shard, replica, token) in submission.tokens {
            if submission.needsSpace, let count = writesUnderWay[shard] {
                writesUnderWay[shard] = count > 1 ? count - 1 : nil
            }
            // A token of a replica that is gone says nothing about the one in its place.
            touch(shard) { if $0.raft.id == replica { $0.raft.persisted(token) } }
        }
    }

    /// There is no space: it waits in its place, and is tried again with the next tick.
    func refused(_ submission: LogSubmission) {
        guard submission.needsSpace else {
            // The reserve is used up: a node that cannot keep its votes must not give any.
            stop()
            return settings.die(.noSpaceForVotes)
        }
        if !isRefused { writeRound += 1 }
        isRefused = true
        mustProbe = true
        fullSince = fullSince ?? ticks
        refusedAt = ticks
        spaceUnderWay -= 1
        let place = unwritten.firstIndex { $0.number > submission.number } ?? unwritten.endIndex
        unwritten.insert(submission, at: place)
    }
}

/// What goes to the writer in one piece.
struct LogSubmission: Sendable {
    var number: UInt64 = 0
    var items: [LogItem] = []
    var tokens: [(ShardID, ReplicaID, WriteToken)] = []
    var needsSpace = false

    var isEmpty: Bool { items.isEmpty && tokens.isEmpty }
}
