/// A segment on its way to be ready: its ground is being zeroed, under another name.
struct SegmentBuilding {
    package let path: String
    let file: any DiskFile
    var zeroed: Int
}

/// How much the log can still take.
public enum LogSpace: Sendable, Equatable {
    case ample
    /// Stop proposing: what is left is for terms, votes and marks. Entries may be refused with ``LogError/reserve``.
    case reserve
}

extension WriteAheadLog {
    /// Whether the node should go on proposing. Asked after each ``prepare()``.
    public var space: LogSpace { isDiskLow ? .reserve : .ample }

    /// Does a bounded piece of the work of making the next segment ready. For idle moments, and between batches once
    /// the current segment is half full.
    /// - Returns: true while there is more to do.
    public func prepare() throws(LogError) -> Bool {
        guard !isBroken else { throw .broken }
        let free = try LogError.onDisk { () throws(DiskError) in try disk.freeBytes() }
        if ready.isEmpty, building == nil {
            guard try beginBuilding() else {
                isDiskLow = true
                return false
            }
        }
        if building != nil { try continueBuilding() }
        isDiskLow = free < settings.reserveFreeBytes
        return building != nil
    }

    /// True when half of the current segment is used and the next one is not ready.
    public var needsPreparation: Bool { ready.isEmpty && current.offset > settings.segmentBytes / 2 }

    /// Checks that a batch fits, and makes the next segment ready at once where it needs it.
    func admit(_ plan: BatchPlan) throws(LogError) {
        guard plan.bytes <= settings.segmentBytes / 2 else {
            throw .tooLarge(bytes: plan.bytes, limit: settings.segmentBytes / 2)
        }
        let reserve = plan.hasEntries ? settings.voteReserveBytes : 0
        let room = settings.segmentBytes - current.offset
        if plan.bytes + reserve <= room { return }
        while ready.isEmpty, try prepare() {}
        if ready.isEmpty {
            if plan.hasEntries { throw .reserve }
            guard plan.bytes <= room else { throw .disk(.full(LogPath.log)) }
        }
    }

    /// Goes on in the next segment. The old one is synced.
    func advance() throws(LogError) {
        while ready.isEmpty, try prepare() {}
        guard let number = ready.first else { throw .disk(.full(LogPath.log)) }
        let file = try LogError.onDisk { () throws(DiskError) in
            try disk.open(LogPath.segment(number), creating: false)
        }
        ready.removeFirst()
        current.file.close()
        older.append(current.use)
        current = Current(file: file, use: SegmentUse(number: number), offset: LogLimits.page)
    }

    /// - Returns: false where the disk is full.
    private func beginBuilding() throws(LogError) -> Bool {
        let spare = spares.last
        let path = spare ?? LogPath.spare(current.use.number + 1)
        do throws(DiskError) {
            let file = try disk.open(path, creating: true)
            do throws(DiskError) {
                try file.preallocate(UInt64(settings.segmentBytes))
                let size = try file.size()
                // What is beyond the length of the others would be read as well.
                building = SegmentBuilding(path: path, file: file, zeroed: 0)
                if size > UInt64(settings.segmentBytes) || settings.fault == .acceptStaleEpoch {
                    building?.zeroed = settings.fault == .acceptStaleEpoch ? settings.segmentBytes : 0
                }
                if spare != nil { spares.removeLast() }
                return true
            } catch {
                file.close()
                if spare == nil { try disk.remove(path) }
                throw error
            }
        } catch .full {
            return false
        } catch {
            throw .disk(error)
        }
    }

    private func continueBuilding() throws(LogError) {
        guard var work = building else { return }
        try LogError.onDisk { () throws(DiskError) in
            let size = Int(try work.file.size())
            if work.zeroed < size {
                let count = min(LogLimits.prepareBytes, size - work.zeroed)
                try work.file.write([UInt8](repeating: 0, count: count), at: UInt64(work.zeroed))
                try work.file.sync()
                work.zeroed += count
                building = work
                if work.zeroed < size { return }
            }
            let number = current.use.number + 1
            try work.file.write(SegmentHeader(number: number, owner: identity.checksum).bytes, at: 0)
            try work.file.sync()
            work.file.close()
            try disk.rename(work.path, to: LogPath.segment(number))
            try disk.syncDirectory(LogPath.log)
            building = nil
            ready.append(number)
        }
    }
}
