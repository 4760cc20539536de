/// Making room: a segment is used again when nobody needs anything in it.
extension WriteAheadLog {
    /// Frees the oldest segments that no group needs, after copying states forward that stand only there.
    /// - Returns: how many segments were freed. Call ``groupsPinning(oldest:)`` to learn who holds the rest.
    public func compact() throws(LogError) -> Int {
        guard !isBroken else { throw .broken }
        var freed = 0
        while let oldest = older.first, pinning(oldest).isEmpty {
            let states = groups.filter { $0.value.stateSegment <= oldest.number && $0.value.stateSegment > 0 }
            let needed = states.keys.filter { groups[$0]?.state.isForgotten == false }.sorted()
            for slice in stride(from: 0, to: needed.count, by: 32) {
                try appendStates(of: Array(needed[slice..<min(slice + 32, needed.count)]))
            }
            _ = try sync()
            try free(oldest)
            older.removeFirst()
            freed += 1
        }
        return freed
    }

    /// The groups whose entries keep the `count` oldest segments from being used again: those to snapshot next.
    public func groupsPinning(oldest count: Int) -> [UInt32] {
        Set(older.prefix(count).flatMap(pinning)).sorted()
    }

    /// Segments before the current one.
    public var olderSegments: Int { older.count }

    /// The highest entry of a group that is not needed any more.
    public func floor(of group: UInt32) -> UInt64 { groups[group]?.state.floor ?? 0 }

    private func pinning(_ segment: SegmentUse) -> [UInt32] {
        segment.highest.filter { group, index in
            guard let tail = groups[group], !tail.state.isForgotten else { return false }
            // What was cut off pins nothing.
            return min(index, tail.terms.end.index) > tail.state.floor
        }.keys.sorted()
    }

    private func free(_ segment: SegmentUse) throws(LogError) {
        try LogError.onDisk { () throws(DiskError) in
            let path = LogPath.segment(segment.number)
            if segment.isDamaged {
                try disk.rename(path, to: path + LogPath.damaged)
            } else if spares.count < settings.spareSegments {
                let spare = LogPath.spare(segment.number)
                try disk.rename(path, to: spare)
                spares.append(spare)
            } else {
                try disk.remove(path)
            }
            try disk.syncDirectory(LogPath.log)
        }
    }
}

extension WriteAheadLog {
    /// Writes the states of groups anew, as they are.
    func appendStates(of groups: [UInt32]) throws(LogError) {
        var plan = BatchPlan()
        for group in groups {
            guard let tail = self.groups[group] else { continue }
            plan.add(state: tail, of: group)
        }
        try append(plan)
    }
}
