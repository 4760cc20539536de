/// Every fixed limit of the log's files.
public enum LogLimits {
    /// A record gathers consecutive entries of a group up to so many raw bytes.
    public static let recordBytes = 64 << 10
    /// A single entry may be so long; its record is then longer than ``recordBytes``.
    public static let entryBytes = 3 << 20
    /// No record claims more raw bytes; decoders refuse before they allocate.
    public static let rawBytes = entryBytes + 1_024
    /// Entries in one record.
    public static let entriesPerRecord = 4_096
    /// Groups of one node; the votes file has a block for each.
    public static let groups = 4_096
    /// Shorter payloads are stored as they are.
    public static let compressFrom = 512
    /// The page that a file header or a vote slot has to itself, so that a torn write of one leaves the others whole.
    public static let page = 4_096
    /// The unit that a disk writes whole or not at all.
    public static let sector = 512
    /// One block of a snapshot, raw.
    public static let snapshotBlockBytes = 256 << 10
    /// The configuration and the caller's header of a snapshot, each.
    public static let snapshotHeaderBytes = 16 << 20
    /// A whole snapshot file; a peer that announces more is refused.
    public static let snapshotFileBytes: UInt64 = 64 << 30
    /// Snapshots kept for each group.
    public static let snapshotsKept = 2
    /// Bytes that one call of ``WriteAheadLog/prepare()`` zeroes.
    public static let prepareBytes = 1 << 20
}

/// What an operator or a test can choose about a log.
public struct LogSettings: Sendable, Equatable {
    /// Length of a segment file in bytes.
    public var segmentBytes: Int
    /// Whether payloads are compressed where it pays.
    public var compresses: Bool
    /// Bytes of the last segment that only terms, votes and marks may use once no further segment can be had.
    public var voteReserveBytes: Int
    /// The log reports ``LogSpace/reserve`` while the disk has less free.
    public var reserveFreeBytes: UInt64
    /// Emptied segments kept for reuse; more are removed.
    public var spareSegments: Int
    /// A planted defect; the simulator's business alone.
    public var fault: LogFault

    public init(
        segmentBytes: Int = 64 << 20, compresses: Bool = true, voteReserveBytes: Int = 256 << 10,
        reserveFreeBytes: UInt64 = 256 << 20, spareSegments: Int = 2, fault: LogFault = .none
    ) {
        self.segmentBytes = segmentBytes
        self.compresses = compresses
        self.voteReserveBytes = voteReserveBytes
        self.reserveFreeBytes = reserveFreeBytes
        self.spareSegments = spareSegments
        self.fault = fault
    }

    func validate() throws(LogError) {
        guard segmentBytes % LogLimits.page == 0, (4 * LogLimits.page...1 << 31).contains(segmentBytes) else {
            throw .invalidSettings(
                "a segment has whole pages of 4 KiB, from 16 KiB to 2 GiB, not \(segmentBytes) bytes")
        }
        guard (0...segmentBytes / 4).contains(voteReserveBytes) else {
            throw .invalidSettings("the reserve for votes is at most a quarter of a segment")
        }
        guard spareSegments >= 0 else { throw .invalidSettings("the number of spare segments is negative") }
    }

    /// The longest entry that these segments hold.
    package var entryLimit: Int { min(LogLimits.entryBytes, segmentBytes / 4) }
}

/// Defects that the simulator plants to prove that its checks bite. No configuration or message reaches this.
public enum LogFault: Sendable, Equatable, CaseIterable {
    case none
    /// Syncs do nothing.
    case skipFsync
    /// Completions run before the sync; heeded by whoever drives the log.
    case acknowledgeBeforeDurable
    /// Recycled segments are not zeroed, and records of their former life are believed.
    case acceptStaleEpoch
}
