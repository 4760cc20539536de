/// The log of a node: one file of records for all its groups (architecture, section 7).
///
/// ``append(_:)`` writes a batch at once, ``sync()`` makes everything written durable; between them nothing may be told
/// to anybody. Synchronous, and used by one thread at a time. After an error with ``LogError/isFatal`` the process ends.
public final class WriteAheadLog {
    package struct Current {
        var file: any DiskFile
        package var use: SegmentUse
        package var offset: Int
    }

    let disk: any Disk
    let identity: NodeIdentity
    let settings: LogSettings
    var groups: [UInt32: GroupTail] = [:]
    /// The segments before the current one, ascending.
    var older: [SegmentUse]
    package var current: Current
    /// Segments with nothing in them, zeroed and in their place, ascending.
    var ready: [UInt32]
    var building: SegmentBuilding?
    /// Files for reuse; their content is of no use.
    package var spares: [String]
    var isDiskLow = false
    private var votes: VoteFile
    private var voteBlocks: Int
    private var chain: UInt32
    /// Everything before it is on stable storage.
    private(set) var durable: LogPosition
    private var isDirty = false
    private var pendingVotes: Set<UInt32> = []
    private var touched: Set<UInt32> = []
    private(set) var isBroken = false
    private var buffer: [UInt8] = []

    /// What one ``sync()`` made durable.
    public struct Durable: Sendable, Equatable {
        /// Everything before it is on stable storage.
        public let position: LogPosition
        /// The groups written since the last sync, with the last index of each; ascending.
        public let ends: [GroupEnd]
    }

    public struct GroupEnd: Sendable, Equatable {
        public let group: UInt32
        public let index: UInt64

        package init(group: UInt32, index: UInt64) {
            self.group = group
            self.index = index
        }
    }

    init(
        disk: any Disk, identity: NodeIdentity, settings: LogSettings, start: LogStart, recovery: LogRecovery,
        votes: VoteFile, spares: [String]
    ) {
        self.disk = disk
        self.identity = identity
        self.settings = settings
        self.votes = votes
        self.spares = spares
        older = start.older
        current = start.current
        ready = start.ready
        chain = start.chain
        durable = start.durable
        voteBlocks = recovery.votes.blockCount
        for found in recovery.recovered.groups {
            var tail = GroupTail()
            tail.state = recovery.states[found.group] ?? GroupState()
            tail.terms = TermIndex(after: found.snapshot ?? .zero)
            for entry in found.entries { tail.terms.append(first: entry.index, count: 1, term: entry.term) }
            tail.stateSegment = recovery.stateSegments[found.group] ?? 0
            groups[found.group] = tail
        }
        for (group, block) in recovery.votes.blocks {
            groups[group, default: GroupTail.forgotten].voteBlock = block
            groups[group]?.voteSequence = recovery.votes.copies[group]?.newest.sequence ?? 0
        }
    }

    // MARK: writing

    /// Writes items behind the log, not yet durable.
    /// - Throws: ``LogError``. Unless it is fatal, nothing was written and the log goes on.
    public func append(_ items: [LogItem]) throws(LogError) {
        guard !isBroken else { throw .broken }
        try append(try BatchPlan(items, groups: groups, entryLimit: settings.entryLimit))
    }

    func append(_ plan: BatchPlan) throws(LogError) {
        try admit(plan)
        do throws(LogError) { try write(plan) } catch {
            isBroken = true
            throw error
        }
    }

    /// Makes everything appended durable: the log first, then terms and votes in their second place.
    public func sync() throws(LogError) -> Durable {
        guard !isBroken else { throw .broken }
        do throws(DiskError) {
            let moved = isDirty
            try syncLog()
            try syncVotes()
            if moved { try votes.write(mark: durable) }
        } catch {
            isBroken = true
            throw .disk(error)
        }
        let ends = touched.sorted().map { GroupEnd(group: $0, index: groups[$0]?.terms.end.index ?? 0) }
        touched = []
        return Durable(position: durable, ends: ends)
    }

    /// Makes the durable mark itself durable, so that recovery need not guess about the last batch. For idle moments.
    public func syncMark() throws(LogError) {
        guard !isBroken else { throw .broken }
        do throws(DiskError) { try votes.sync() } catch {
            isBroken = true
            throw .disk(error)
        }
    }

    public func close() {
        current.file.close()
        building?.file.close()
        votes.close()
    }

    private func write(_ plan: BatchPlan) throws(LogError) {
        var start = current.offset
        buffer.removeAll(keepingCapacity: true)
        for draft in plan.drafts {
            let sealed = draft.sealed(compresses: settings.compresses)
            if start + buffer.count + sealed.recordLength > settings.segmentBytes {
                try flush()
                try LogError.onDisk { () throws(DiskError) in try syncLog() }
                try advance()
                start = current.offset
            }
            let offset = start + buffer.count
            chain = draft.encode(
                sealed, into: &buffer, start: start,
                position: LogPosition(segment: current.use.number, offset: UInt32(offset)), durable: durable,
                previous: chain)
            if draft.type == .entries { current.use.raise(draft.group, to: draft.index + UInt64(draft.count) - 1) }
        }
        try flush()
        for (group, tail) in plan.tails {
            groups[group] = tail
            touched.insert(group)
        }
        for draft in plan.drafts where draft.type == .state { groups[draft.group]?.stateSegment = current.use.number }
        pendingVotes.formUnion(plan.votes)
    }

    private func flush() throws(LogError) {
        guard !buffer.isEmpty else { return }
        try LogError.onDisk { () throws(DiskError) in try current.file.write(buffer, at: UInt64(current.offset)) }
        current.offset += buffer.count
        buffer.removeAll(keepingCapacity: true)
        isDirty = true
    }

    private func syncLog() throws(DiskError) {
        guard isDirty else { return }
        if settings.fault != .skipFsync { try current.file.sync() }
        isDirty = false
        durable = LogPosition(segment: current.use.number, offset: UInt32(current.offset))
    }

    // MARK: votes

    /// Puts the promise of a group on the list for the next sync even if it has not changed.
    func renewVote(of group: UInt32) { pendingVotes.insert(group) }

    private func syncVotes() throws(DiskError) {
        guard !pendingVotes.isEmpty else { return }
        for group in pendingVotes.sorted() {
            guard var tail = groups[group] else { continue }
            let block = tail.voteBlock ?? voteBlocks
            if tail.voteBlock == nil { voteBlocks += 1 }
            tail.voteBlock = block
            tail.voteSequence += 1
            groups[group] = tail
            try votes.write(
                VoteSlot(
                    block: UInt32(block), group: group, sequence: tail.voteSequence, term: tail.state.hardState.term,
                    vote: tail.state.hardState.vote, isForgotten: tail.state.isForgotten))
        }
        if settings.fault != .skipFsync { try votes.sync() }
        pendingVotes = []
    }
}
