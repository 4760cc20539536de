package import NodeLog
package import Primitives

/// The payload of a `snapshot` frame: a piece of a snapshot's file on its way to a follower that is too far behind.
package struct SnapshotPiece: WireValue, Equatable, Sendable {
    package let shard: ShardID
    package let mark: StoredMark
    /// Bytes of the whole file.
    package let total: UInt64
    package let offset: UInt64
    package let bytes: [UInt8]

    package init(shard: ShardID, mark: StoredMark, total: UInt64, offset: UInt64, bytes: [UInt8]) {
        self.shard = shard
        self.mark = mark
        self.total = total
        self.offset = offset
        self.bytes = bytes
    }

    package func encode(into writer: inout ByteWriter) {
        writer.writeVariable(UInt64(shard.number))
        writer.write(mark)
        writer.writeVariable(total)
        writer.writeVariable(offset)
        writer.write(bytes: bytes)
    }

    package init(from reader: inout ByteReader) throws(WireError) {
        shard = try readShard(from: &reader)
        mark = try readMark(from: &reader)
        total = try reader.readVariable()
        offset = try reader.readVariable()
        bytes = try reader.readBytes()
    }
}

/// The payload of a `snapshotAnswer` frame: how the transfer of a snapshot goes on.
package struct SnapshotAnswer: WireValue, Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        /// The next piece has to begin here.
        case next(UInt64)
        /// The follower has what the snapshot says.
        case installed
        /// It could not be taken; begin anew.
        case failed
    }

    package let shard: ShardID
    package let mark: StoredMark
    package let outcome: Outcome

    package init(shard: ShardID, mark: StoredMark, outcome: Outcome) {
        self.shard = shard
        self.mark = mark
        self.outcome = outcome
    }

    package func encode(into writer: inout ByteWriter) {
        writer.writeVariable(UInt64(shard.number))
        writer.write(mark)
        switch outcome {
        case .next(let offset):
            writer.write(UInt8(0))
            writer.writeVariable(offset)
        case .installed: writer.write(UInt8(1))
        case .failed: writer.write(UInt8(2))
        }
    }

    package init(from reader: inout ByteReader) throws(WireError) {
        shard = try readShard(from: &reader)
        mark = try readMark(from: &reader)
        switch try reader.read(UInt8.self) {
        case 0: outcome = .next(try reader.readVariable())
        case 1: outcome = .installed
        case 2: outcome = .failed
        case let tag: throw .unknownTag("outcome of a snapshot", Int(tag))
        }
    }
}

extension ByteWriter {
    fileprivate mutating func write(_ mark: StoredMark) {
        writeVariable(mark.index)
        writeVariable(mark.term)
    }
}

private func readMark(from reader: inout ByteReader) throws(WireError) -> StoredMark {
    StoredMark(index: try reader.readVariable(), term: try reader.readVariable())
}
