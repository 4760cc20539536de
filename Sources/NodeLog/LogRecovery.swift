/// Reads a data directory and says what is in it. Reads only; ``WriteAheadLog`` mends and goes on.
package struct LogRecovery {
    package let recovered: RecoveredLog
    /// Segments with records, ascending.
    let segments: [SegmentUse]
    /// Segments made ready that hold no record yet, ascending; all behind the ones with records.
    package let prepared: [UInt32]
    let end: LogWalk.LogEnd?
    package let chain: UInt32?
    package let durable: LogPosition
    let votes: VoteFile.Contents
    package let stateSegments: [UInt32: UInt32]
    /// The floors and conditions that the writer goes on with.
    let states: [UInt32: GroupState]

    /// - Parameter snapshots: for each group the marks of its snapshot files that are whole.
    package static func read(
        _ disk: any Disk, identity: NodeIdentity, fault: LogFault, snapshots: [UInt32: [StoredMark]]
    ) throws(LogError) -> LogRecovery {
        let votes = try readVotes(disk, identity)
        let names = try LogError.onDisk { () throws(DiskError) in try disk.list(LogPath.log) }
        let numbers = names.compactMap(LogPath.segmentNumber).sorted()
        var walk = LogWalk(mark: votes.mark)
        var empties: [UInt32] = []
        var waiting: SegmentScan?
        for number in numbers {
            let scan = try scan(disk, number, owner: identity.checksum, fault)
            if scan.pieces.isEmpty, !scan.isForeign {
                empties.append(number)
                continue
            }
            if let waiting { walk.take(waiting, next: scan) }
            waiting = scan
        }
        if let waiting { walk.take(waiting, next: nil) }
        walk.finish()
        for (group, copy) in votes.copies.sorted(by: { $0.key < $1.key })
        where walk.replays[group] == nil && !copy.newest.isForgotten {
            walk.addLost(group)
        }
        return LogRecovery(walk, votes: votes, empties: empties, snapshots: snapshots)
    }

    private init(_ walk: LogWalk, votes: VoteFile.Contents, empties: [UInt32], snapshots: [UInt32: [StoredMark]]) {
        var report = walk.report
        var groups: [RecoveredGroup] = []
        var states: [UInt32: GroupState] = [:]
        for block in votes.lostBlocks { report.add(.damaged, "block \(block) of the votes file cannot be read") }
        for (number, replay) in walk.replays.sorted(by: { $0.key < $1.key }) {
            let copy = votes.copies[number]
            let isLogSure = replay.hasState && !replay.isStateUncertain
            if Self.isForgotten(replay, copy, isLogSure: isLogSure) { continue }
            let outcome = replay.finish(snapshots: snapshots[number] ?? [])
            let last = outcome.entries.last?.index ?? outcome.snapshot?.index ?? 0
            var hardState = Self.newest(replay.state.hardState, copy?.newest)
            hardState.commit = min(hardState.commit, last)
            var condition = outcome.condition
            if !isLogSure, copy?.isWhole != true {
                condition = .mustRejoin
                report.add(.damaged, group: number, "both copies of its term and vote are lost")
            }
            if condition != .intact { report.add(.note, group: number, "is \(condition)") }
            var state = replay.state
            state.hardState = hardState
            state.snapshot = outcome.snapshot ?? .zero
            state.floor = min(state.floor, state.snapshot.index)
            state.condition = condition
            states[number] = state
            groups.append(
                RecoveredGroup(
                    group: number, hardState: hardState, snapshot: outcome.snapshot, entries: outcome.entries,
                    condition: condition))
        }
        recovered = RecoveredLog(
            groups: groups, mayHideGroups: walk.hasUnreadable || !votes.lostBlocks.isEmpty, report: report)
        let last = walk.segments.last?.number ?? 0
        segments = (walk.segments + empties.filter { $0 < last }.map(SegmentUse.init)).sorted { $0.number < $1.number }
        prepared = empties.filter { $0 > last }
        end = walk.end
        chain = walk.chain
        durable = walk.durable
        self.votes = votes
        stateSegments = walk.stateSegments
        self.states = states
    }

    private static func isForgotten(_ replay: GroupReplay, _ copy: VoteCopy?, isLogSure: Bool) -> Bool {
        if isLogSure { return replay.state.isForgotten }
        return copy.map { $0.isWhole && $0.newest.isForgotten } ?? false
    }

    /// The later of the two promises; either may be one that nobody was told of, which is harmless.
    private static func newest(_ log: StoredHardState, _ slot: VoteSlot?) -> StoredHardState {
        guard let slot, !slot.isForgotten, slot.term > log.term || (slot.term == log.term && log.vote == nil) else {
            return log
        }
        return StoredHardState(term: slot.term, vote: slot.vote, commit: log.commit)
    }

    private static func readVotes(_ disk: any Disk, _ identity: NodeIdentity) throws(LogError) -> VoteFile.Contents {
        let file = try LogError.onDisk { () throws(DiskError) in try disk.open(LogPath.votes, creating: false) }
        defer { file.close() }
        return try VoteFile.read(file, identity: identity)
    }

    package static func scan(
        _ disk: any Disk, _ number: UInt32, owner: UInt32, _ fault: LogFault
    ) throws(LogError) -> SegmentScan {
        let bytes = try LogError.onDisk { () throws(DiskError) in
            let file = try disk.open(LogPath.segment(number), creating: false)
            defer { file.close() }
            return try DiskReading.all(of: file, size: Int(min(file.size(), 1 << 31)))
        }
        return try SegmentScan(bytes, number: number, owner: owner, fault: fault)
    }
}
