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

/// The payload of a `beat` frame and of its answer: shards with the term in which they are led, or followed, and how the
/// sender is.
struct BeatPayload: WireValue, Equatable {
    struct Item: WireValue, Equatable {
        let shard: ShardID
        let term: UInt64
        let health: Health

        /// What keeps a follower from leading.
        struct Health: OptionSet {
            let rawValue: UInt64

            /// Its log was damaged, and it does not vote before it has an entry of a later term.
            static let awaitsTerm = Health(rawValue: 1)
            /// It holds another state than its leader.
            static let differs = Health(rawValue: 2)
            static let bits: UInt64 = 2
            static let all: Health = [.awaitsTerm, .differs]
        }

        init(shard: ShardID, term: UInt64, health: Health = []) {
            self.shard = shard
            self.term = term
            self.health = health
        }

        func encode(into writer: inout ByteWriter) {
            writer.writeVariable(UInt64(shard.number))
            writer.writeVariable(term << Health.bits | health.rawValue)
        }

        init(from reader: inout ByteReader) throws(WireError) {
            shard = try readShard(from: &reader)
            let number = try reader.readVariable()
            term = number >> Health.bits
            health = Health(rawValue: number).intersection(.all)
        }
    }

    var items: [Item]
    /// The sender's clock when it wrote this.
    var clock: Instant
    /// Whether the sender should lead.
    var isOnDuty: Bool

    init(_ items: [Item], clock: Instant, isOnDuty: Bool) {
        self.items = items
        self.clock = clock
        self.isOnDuty = isOnDuty
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(items)
        writer.write(clock)
        writer.write(isOnDuty)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        items = try reader.readList(limit: 1_025)
        clock = try reader.readInstant()
        isOnDuty = try reader.readFlag()
    }
}

func readShard(from reader: inout ByteReader) throws(WireError) -> ShardID {
    let number = try reader.readVariable()
    // The meta group comes behind the shards.
    guard number <= 1_024 else { throw .tooLong(Int(clamping: number)) }
    return ShardID(UInt32(number))
}
