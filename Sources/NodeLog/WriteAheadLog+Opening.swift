/// Where a log goes on after recovery.
struct LogStart {
    var older: [SegmentUse]
    package var current: WriteAheadLog.Current
    var ready: [UInt32]
    var chain: UInt32
    var durable: LogPosition
}

extension GroupTail {
    static var forgotten: GroupTail {
        var tail = GroupTail()
        tail.state.isForgotten = true
        return tail
    }
}

extension WriteAheadLog {
    /// Opens the data directory of a node, reads what is there and makes it ready to go on.
    ///
    /// A batch that a crash cut off is removed; damaged files stay as they are until they are renamed.
    /// - Parameter mustExist: the node is known to have had data, so an empty directory is refused as wiped.
    /// - Throws: ``LogError``; what is foreign, wiped or of a newer version is left untouched.
    public static func open(
        _ disk: any Disk, identity: NodeIdentity, mustExist: Bool = false, settings: LogSettings = LogSettings()
    ) throws(LogError) -> (log: WriteAheadLog, recovered: RecoveredLog) {
        try settings.validate()
        try LogError.onDisk { () throws(DiskError) in try disk.lock(LogPath.lock) }
        try DataDirectory.open(disk, identity: identity, mustExist: mustExist)
        let snapshots = try SnapshotStore(disk).marks(quarantining: true)
        let recovery = try LogRecovery.read(disk, identity: identity, fault: settings.fault, snapshots: snapshots)
        let start = try start(disk, identity, settings, recovery)
        let spares = try LogError.onDisk { () throws(DiskError) in
            try disk.list(LogPath.log).filter(LogPath.isSpare).map { "\(LogPath.log)/\($0)" }
        }
        let voteFile = try LogError.onDisk { () throws(DiskError) in try disk.open(LogPath.votes, creating: false) }
        let log = WriteAheadLog(
            disk: disk, identity: identity, settings: settings, start: start, recovery: recovery,
            votes: VoteFile(voteFile, contents: recovery.votes), spares: spares)
        try log.mend(recovery)
        return (log, recovery.recovered)
    }

    /// Goes on behind the last record, or in a new segment where that one is damaged.
    private static func start(
        _ disk: any Disk, _ identity: NodeIdentity, _ settings: LogSettings, _ recovery: LogRecovery
    ) throws(LogError) -> LogStart {
        if let end = recovery.end, !end.isDamaged, let use = recovery.segments.last, let chain = recovery.chain,
            use.number == end.position.segment, Int(end.position.offset) < settings.segmentBytes
        {
            let file = try reopen(disk, end, settings)
            return LogStart(
                older: recovery.segments.dropLast(),
                current: Current(
                    file: file, use: use, offset: Int(end.position.offset)),
                ready: recovery.prepared.filter { $0 == use.number + 1 }, chain: chain, durable: end.position)
        }
        let highest = max(recovery.segments.last?.number ?? 0, recovery.durable.segment)
        let number = max(highest, recovery.prepared.last ?? 0) + 1
        let file = try create(disk, number, identity, settings)
        return LogStart(
            older: recovery.segments + recovery.prepared.map(SegmentUse.init),
            current: Current(file: file, use: SegmentUse(number: number), offset: LogLimits.page), ready: [],
            chain: recovery.chain ?? 0, durable: LogPosition(segment: number, offset: UInt32(LogLimits.page)))
    }

    /// Zeroes a batch that was cut off, so that the ground behind the log is zero again.
    private static func reopen(
        _ disk: any Disk, _ end: LogWalk.LogEnd, _ settings: LogSettings
    ) throws(LogError) -> any DiskFile {
        try LogError.onDisk { () throws(DiskError) in
            let file = try disk.open(LogPath.segment(end.position.segment), creating: false)
            try file.preallocate(UInt64(settings.segmentBytes))
            let start = Int(end.position.offset)
            if end.contentEnd > start, settings.fault != .acceptStaleEpoch {
                try file.write([UInt8](repeating: 0, count: end.contentEnd - start), at: UInt64(start))
            }
            // After a kill the system may hold what was read only in memory: it counts as durable from now on.
            try file.sync()
            try disk.syncDirectory(LogPath.log)
            return file
        }
    }

    private static func create(
        _ disk: any Disk, _ number: UInt32, _ identity: NodeIdentity, _ settings: LogSettings
    ) throws(LogError) -> any DiskFile {
        try LogError.onDisk { () throws(DiskError) in
            let part = LogPath.spare(number)
            let file = try disk.open(part, creating: true)
            try file.preallocate(UInt64(settings.segmentBytes))
            try file.write(SegmentHeader(number: number, owner: identity.checksum).bytes, at: 0)
            try file.sync()
            file.close()
            try disk.rename(part, to: LogPath.segment(number))
            try disk.syncDirectory(LogPath.log)
            return try disk.open(LogPath.segment(number), creating: false)
        }
    }

    /// Brings both places of every promise up to date, and after damage writes down how each group was found.
    private func mend(_ recovery: LogRecovery) throws(LogError) {
        var stale: [UInt32] = []
        for found in recovery.recovered.groups where found.condition != .mustRejoin {
            let copy = recovery.votes.copies[found.group]
            let slot = copy?.newest
            let isSame = slot?.term == found.hardState.term && slot?.vote == found.hardState.vote
            if copy?.isWhole != true || !isSame { stale.append(found.group) }
        }
        let isDamaged = recovery.recovered.report.hasDamage
        let written = isDamaged ? recovery.recovered.groups.map(\.group) : stale
        for slice in stride(from: 0, to: written.count, by: 32) {
            try appendStates(of: Array(written[slice..<min(slice + 32, written.count)]))
        }
        try syncMark()
        // Twice, so that both slots of a torn block are whole again.
        for _ in 0..<2 {
            for group in stale { renewVote(of: group) }
            _ = try sync()
        }
    }
}
