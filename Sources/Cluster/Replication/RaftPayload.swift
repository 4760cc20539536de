internal import Consensus
internal import Primitives

/// The payload of a `raft` frame: messages of any number of groups.
struct RaftPayload: WireValue, Equatable {
    struct Item: WireValue, Equatable {
        let shard: ShardID
        let message: RaftMessage

        /// About how many bytes it takes in a frame.
        var size: Int {
            if case .append(_, let entries, _) = message.body { return entries.reduce(64) { $0 + $1.size } }
            return 64
        }

        init(shard: ShardID, message: RaftMessage) {
            self.shard = shard
            self.message = message
        }

        func encode(into writer: inout ByteWriter) {
            writer.writeVariable(UInt64(shard.number))
            writer.write(message)
        }

        init(from reader: inout ByteReader) throws(WireError) {
            shard = try readShard(from: &reader)
            message = try reader.read()
        }
    }

    static let itemLimit = 65_536
    var items: [Item]

    init(_ items: [Item]) { self.items = items }
    func encode(into writer: inout ByteWriter) { writer.write(items) }
    init(from reader: inout ByteReader) throws(WireError) { items = try reader.readList(limit: Self.itemLimit) }
}

/// The payload of a `beat` frame and of its answer: shards with the term in which they are led, or followed.
struct BeatPayload: WireValue, Equatable {
    struct Item: WireValue, Equatable {
        let shard: ShardID
        let term: UInt64

        init(shard: ShardID, term: UInt64) {
            self.shard = shard
            self.term = term
        }

        func encode(into writer: inout ByteWriter) {
            writer.writeVariable(UInt64(shard.number))
            writer.writeVariable(term)
        }

        init(from reader: inout ByteReader) throws(WireError) {
            shard = try readShard(from: &reader)
            term = try reader.readVariable()
        }
    }

    var items: [Item]

    init(_ items: [Item]) { self.items = items }
    func encode(into writer: inout ByteWriter) { writer.write(items) }
    init(from reader: inout ByteReader) throws(WireError) { items = try reader.readList(limit: 1_024) }
}

func readShard(from reader: inout ByteReader) throws(WireError) -> ShardID {
    let number = try reader.readVariable()
    guard number < 1_024 else { throw .tooLong(Int(clamping: number)) }
    return ShardID(UInt32(number))
}
