/// Reads the log of a directory for people and tools: describes, checks and exports it. It changes nothing and takes no
/// lock; of a node that runs it sees a moment.
public struct LogInspector {
    private let disk: any Disk
    public let identity: NodeIdentity

    /// - Throws: ``LogError`` where there is no identity that can be read.
    public init(_ disk: any Disk) throws(LogError) {
        guard let identity = try DataDirectory.read(disk) else {
            throw .wiped("there is no data directory of a node here")
        }
        self.disk = disk
        self.identity = identity
    }

    /// One record, or a stretch that holds none.
    public struct Described: Sendable, Equatable, CustomStringConvertible {
        public let position: LogPosition
        public let length: Int
        /// `nil` where no header can be read.
        public let content: Content?

        public struct Content: Sendable, Equatable {
            public let type: String
            public let group: UInt32
            public let term: UInt64
            public let index: UInt64
            public let count: Int
            public let rawBytes: Int
            public let storedBytes: Int
            public let isCompressed: Bool
            /// Everything before it was durable when the record was written.
            public let durable: LogPosition
            /// `nil` where the payload is damaged.
            public let payload: [UInt8]?
        }

        public var description: String {
            guard let content else { return "\(position): \(length) bytes that are no record" }
            let range =
                content.count > 0 ? "index \(content.index), \(content.count) entries" : "index \(content.index)"
            let size =
                content.isCompressed
                ? "\(content.rawBytes) bytes in \(content.storedBytes)" : "\(content.rawBytes) bytes"
            let damage = content.payload == nil ? ", payload DAMAGED" : ""
            return
                "\(position): \(content.type) of group \(content.group), term \(content.term), \(range), \(size)\(damage)"
        }
    }

    /// Calls `body` with each record in the order of the log. What a later record replaced is still there.
    public func describe(_ body: (Described) throws -> Void) throws {
        for number in try segments() {
            let scan = try LogRecovery.scan(disk, number, owner: identity.checksum, .none)
            for piece in scan.pieces { try body(Self.described(piece, number)) }
        }
    }

    /// Reads everything as recovery would.
    public func verify() throws(LogError) -> RecoveredLog {
        let snapshots = try SnapshotStore(disk).marks(quarantining: false)
        return try LogRecovery.read(disk, identity: identity, fault: .none, snapshots: snapshots).recovered
    }

    /// Writes all records that can be read as one LZ4 frame, which the `lz4` tool opens (docs/log-format.md, "Export").
    /// - Returns: how many records were written, and how many could not be read.
    public func export(to sink: @escaping ([UInt8]) throws -> Void) throws -> (records: Int, damaged: Int) {
        let frame = try LZ4Frame(sink)
        var records = 0
        var damaged = 0
        try describe { record in
            guard let content = record.content, let payload = content.payload else {
                damaged += 1
                return
            }
            var bytes: [UInt8] = []
            bytes.append(little: UInt32(Self.exportPrefix + payload.count))
            bytes.append(RecordType(name: content.type)?.rawValue ?? 0)
            bytes.append(little: content.group)
            bytes.append(little: content.term)
            bytes.append(little: content.index)
            bytes.append(little: UInt32(content.count))
            try frame.write(bytes + payload)
            records += 1
        }
        try frame.finish()
        return (records, damaged)
    }

    /// Bytes of an exported record between its length and its payload.
    package static let exportPrefix = 25

    private func segments() throws(LogError) -> [UInt32] {
        try LogError.onDisk { () throws(DiskError) in
            try disk.list(LogPath.log).compactMap(LogPath.segmentNumber).sorted()
        }
    }

    private static func described(_ piece: SegmentScan.Piece, _ number: UInt32) -> Described {
        let position = LogPosition(segment: number, offset: UInt32(piece.start))
        guard case .record(let header, let payload) = piece else {
            return Described(position: position, length: piece.end - piece.start, content: nil)
        }
        return Described(
            position: position, length: header.recordLength,
            content: Described.Content(
                type: "\(header.type)", group: header.group, term: header.term, index: header.index,
                count: Int(header.count), rawBytes: Int(header.rawLength), storedBytes: Int(header.storedLength),
                isCompressed: header.isCompressed, durable: header.durable, payload: payload))
    }
}

extension RecordType {
    package init?(name: String) {
        guard let type = [RecordType.entries, .state, .truncate].first(where: { "\($0)" == name }) else { return nil }
        self = type
    }
}
