public import Consensus
public import NodeLog
internal import Primitives

/// The committed state of a group at a place of its log.
public struct GroupSnapshot: Sendable, Equatable {
    public let group: UInt32
    public let mark: SnapshotMark
    public let state: [UInt8]

    public init(group: UInt32, mark: SnapshotMark, state: [UInt8]) {
        self.group = group
        self.mark = mark
        self.state = state
    }

    var storedMark: StoredMark { StoredMark(index: mark.index, term: mark.term) }
}

/// The snapshots of a node's groups as a driver wants them: stored whole, sent and taken in pieces.
///
/// A file holds the mark with its configuration as the header's attachment and the state as its content.
public struct SnapshotFiles {
    /// What became of a piece that a peer sent.
    package enum Taken: Sendable, Equatable {
        /// The next one has to begin here.
        case next(UInt64)
        /// The file is whole and in its place.
        case complete(GroupSnapshot)
    }

    private let store: SnapshotStore
    /// One transfer a group; a newer one replaces it.
    private var receivers: [UInt32: (mark: StoredMark, receiver: SnapshotReceiver)] = [:]

    public init(_ store: SnapshotStore) { self.store = store }

    package func save(_ snapshot: GroupSnapshot) throws(SnapshotError) {
        var header = ByteWriter()
        header.write(snapshot.mark)
        let writer = try store.write(
            group: snapshot.group, mark: snapshot.storedMark, configuration: header.bytes, callerHeader: [])
        try writer.append(snapshot.state)
        try writer.finish()
    }

    public func load(group: UInt32, mark: StoredMark) throws(SnapshotError) -> GroupSnapshot {
        let reader = try store.read(group: group, mark: mark)
        defer { reader.close() }
        var header = ByteReader(reader.configuration)
        let full: SnapshotMark
        do {
            full = try header.read()
            try header.finish()
        } catch { throw .damaged("group \(group) at index \(mark.index): \(error)") }
        guard full.index == mark.index, full.term == mark.term else {
            throw .damaged("group \(group) at index \(mark.index): its name and its mark differ")
        }
        var state: [UInt8] = []
        while let block = try reader.next() { state += block }
        return GroupSnapshot(group: group, mark: full, state: state)
    }

    /// Lets go of what a group had here.
    package mutating func forget(group: UInt32) {
        receivers.removeValue(forKey: group)?.receiver.discard()
        // What stays holds committed state and takes room, no more.
        do { try store.forget(group: group) } catch {}
    }

    /// Keeps the map that the node follows beside the snapshots.
    package func keep(_ map: ShardMap) throws(DiskError) { try store.keep(map.encoded, as: Self.mapName) }

    /// The map that was kept last, if any.
    /// - Throws: ``WireError`` when it cannot be read, ``DiskError`` when the disk fails.
    public static func keptMap(on disk: any Disk) throws -> ShardMap? {
        try SnapshotStore(disk).kept(mapName).map { try ShardMap(decoding: $0) }
    }

    private static let mapName = "placement"

    /// A piece of a file as it is; at its end an empty one.
    package func piece(of group: UInt32, mark: StoredMark, at offset: UInt64) throws(SnapshotError) -> SnapshotPiece {
        let total = try store.size(group: group, mark: mark)
        guard offset < total else { throw .misplaced(expected: total) }
        return SnapshotPiece(
            shard: ShardID(group), mark: mark, total: total, offset: offset,
            bytes: try store.piece(group: group, mark: mark, at: offset, count: LogLimits.snapshotBlockBytes))
    }

    /// Takes a piece of a peer; one that does not fit says where to go on.
    package mutating func take(_ piece: SnapshotPiece) throws(SnapshotError) -> Taken {
        let group = piece.shard.number
        let receiver: SnapshotReceiver
        if let open = receivers[group], open.mark == piece.mark, open.receiver.totalBytes == piece.total {
            receiver = open.receiver
        } else {
            receivers.removeValue(forKey: group)?.receiver.discard()
            receiver = try store.receive(group: group, mark: piece.mark, totalBytes: piece.total)
            receivers[group] = (piece.mark, receiver)
        }
        do throws(SnapshotError) { try receiver.write(piece.bytes, at: piece.offset) } catch {
            guard case .misplaced(let expected) = error else {
                // After a failed sync nobody knows what the file holds.
                receivers.removeValue(forKey: group)?.receiver.discard()
                throw error
            }
            return .next(expected)
        }
        guard receiver.isComplete else { return .next(receiver.offset) }
        receivers[group] = nil
        do throws(SnapshotError) { try receiver.finish() } catch {
            receiver.discard()
            throw error
        }
        return .complete(try load(group: group, mark: piece.mark))
    }
}
