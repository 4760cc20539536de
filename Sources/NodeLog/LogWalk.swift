/// Goes through the segments of a log in their order, judges what is missing, and replays the groups.
///
/// A record that cannot be read is one of four things. *Void*: the next segment goes on from the record before it, so an
/// earlier recovery cut it off. *Damaged*: it stands below a place that was durable when a later batch was written. *Torn*:
/// it belongs to the last batch, and part of it was never written; no sync returned, so nobody was told of it. Or the last
/// batch is there but changed: *uncertain*.
struct LogWalk {
    private(set) var replays: [UInt32: GroupReplay] = [:]
    private(set) var report = RecoveryReport()
    private(set) var segments: [SegmentUse] = []
    private(set) var stateSegments: [UInt32: UInt32] = [:]
    private(set) var hasUnreadable = false
    /// The checksum that the next record links to; `nil` before the first one and behind unreadable bytes.
    private(set) var chain: UInt32?
    /// Where the last segment with records ends, and whether new records may follow there.
    private(set) var end: LogEnd?
    /// The highest place known to have been durable.
    private(set) var durable: LogPosition
    private var lastRecord = LogPosition(raw: 0)

    struct LogEnd {
        var position: LogPosition
        /// Bytes up to here are a torn batch and have to be zeroed first.
        var contentEnd: Int
        var isDamaged: Bool
    }

    /// - Parameter mark: the durable mark of the votes file.
    init(mark: LogPosition) { durable = mark }

    /// Takes the next segment. `next` is the one after it that has records.
    mutating func take(_ scan: SegmentScan, next: SegmentScan?) {
        // Segment 1 never had another life: the log begins with it, and its first record links to nothing.
        if report.segments == 0, scan.number == 1 { chain = 0 }
        report.segments += 1
        var use = SegmentUse(number: scan.number)
        if scan.isForeign {
            report.add(
                .damaged, at: place(scan, LogLimits.page), "the segment belongs to another node; it is left alone")
            use.isDamaged = true
            suspectAll(.middle)
            chain = nil
            end?.isDamaged = true
        }
        if !scan.isHeaderWhole, !scan.pieces.isEmpty {
            report.add(.note, at: place(scan, 0), "the segment's header is damaged; its records tell the same")
            use.isDamaged = true
        }
        for piece in scan.pieces + (next?.pieces ?? []) {
            if case .record(let header, _) = piece { durable = max(durable, header.durable) }
        }
        walk(scan, next: next, &use)
        segments.append(use)
    }

    private mutating func walk(_ scan: SegmentScan, next: SegmentScan?, _ use: inout SegmentUse) {
        guard !scan.pieces.isEmpty else { return }
        var reached = LogLimits.page
        for piece in scan.pieces {
            let start = place(scan, piece.start)
            var kind: RecoveryReport.Kind?
            if case .record(let header, let payload) = piece {
                if let chain, header.previousChecksum != chain {
                    if isLinked(next) { return stop(scan, at: reached, use) }
                    guard header.durable > lastRecord else { return stop(scan, at: reached, use, torn: start) }
                    report.add(.damaged, at: start, "records before this one are missing or replaced")
                    use.isDamaged = true
                    suspectAll(.middle)
                }
                if payload == nil { kind = .damaged }
            } else {
                kind = .damaged
            }
            if kind != nil {
                if isLinked(next) { return stop(scan, at: reached, use) }
                if start >= durable {
                    if scan.isTorn(piece) { return stop(scan, at: reached, use, torn: start) }
                    kind = .uncertain
                }
                use.isDamaged = true
            }
            apply(piece, at: start, kind, &use)
            reached = piece.end
        }
        if let chain, case .record(let header, _)? = next?.pieces.first, header.previousChecksum != chain {
            report.add(.damaged, at: place(scan, reached), "the records up to the next segment are missing")
            suspectAll(.middle)
            self.chain = nil
        }
        stop(scan, at: reached, use)
    }

    /// True where the next segment goes on from the record that was read last.
    private func isLinked(_ next: SegmentScan?) -> Bool {
        guard let chain, case .record(let header, _)? = next?.pieces.first else { return false }
        return header.previousChecksum == chain
    }

    private mutating func stop(_ scan: SegmentScan, at reached: Int, _ use: SegmentUse, torn: LogPosition? = nil) {
        if let torn {
            report.add(.torn, at: torn, "a batch of up to \(scan.contentEnd - reached) bytes was cut off by a crash")
        }
        end = LogEnd(
            position: place(scan, reached), contentEnd: max(reached, scan.contentEnd),
            isDamaged: use.isDamaged || chain == nil)
    }

    private mutating func apply(
        _ piece: SegmentScan.Piece, at start: LogPosition, _ kind: RecoveryReport.Kind?, _ use: inout SegmentUse
    ) {
        report.records += 1
        guard case .record(let header, let payload) = piece else {
            report.add(kind ?? .damaged, at: start, "\(piece.end - piece.start) bytes hold no readable record")
            hasUnreadable = true
            suspectAll(kind == .uncertain ? .tail : .middle)
            chain = nil
            return
        }
        let fits = replays[header.group, default: GroupReplay()].apply(
            header, payload: payload, isTail: kind == .uncertain)
        if kind != nil || !fits {
            let what = "\(header.type) from index \(header.index), \(header.count) in number, cannot be read"
            report.add(kind ?? .damaged, at: start, group: header.group, what)
            use.isDamaged = true
        }
        if header.type == .entries { use.raise(header.group, to: header.lastIndex) }
        if header.type == .state, fits { stateSegments[header.group] = use.number }
        chain = header.checksum
        lastRecord = start
    }

    /// Says at the end of the log what the votes file knows to be missing.
    mutating func finish() {
        guard durable > (end?.position ?? LogPosition(raw: 0)) else { return }
        report.add(.damaged, at: end?.position, "the log was durable up to \(durable) and ends before that")
        hasUnreadable = true
        suspectAll(.middle)
        end?.isDamaged = true
    }

    /// A group that the votes file knows and the log does not: its records are lost.
    mutating func addLost(_ group: UInt32) {
        var replay = GroupReplay()
        replay.suspect(.middle)
        replays[group] = replay
        report.add(.damaged, group: group, "the log has no record of a group that voted")
    }

    private mutating func suspectAll(_ suspicion: GroupReplay.Suspicion) {
        for group in replays.keys.sorted() { replays[group]?.suspect(suspicion) }
    }

    private func place(_ scan: SegmentScan, _ offset: Int) -> LogPosition {
        LogPosition(segment: scan.number, offset: UInt32(offset))
    }
}
