public import Primitives

/// The committed notices of one log index of one shard.
public struct EventBatch: Sendable, Equatable, WireValue {
    static let noticeLimit = 100_000

    public let shard: ShardID
    public let epoch: UInt64
    public let index: UInt64
    public let notices: [Notice]

    public init(shard: ShardID, epoch: UInt64, index: UInt64, notices: [Notice]) {
        self.shard = shard
        self.epoch = epoch
        self.index = index
        self.notices = notices
    }

    public func encode(into writer: inout ByteWriter) {
        Self.writeHead(shard, epoch, index, into: &writer)
        writer.write(notices)
    }

    /// What stands before the list of notices.
    static func writeHead(_ shard: ShardID, _ epoch: UInt64, _ index: UInt64, into writer: inout ByteWriter) {
        writer.write(shard.number)
        writer.write(epoch)
        writer.write(index)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        shard = ShardID(try reader.read(UInt32.self))
        epoch = try reader.read(UInt64.self)
        index = try reader.read(UInt64.self)
        notices = try reader.readList(limit: Self.noticeLimit)
    }
}

/// Where a reader stands in the logs of several shards: the opaque id of an event.
public struct EventPosition: Sendable, Equatable, WireValue {
    public struct Place: Sendable, Comparable {
        public var epoch: UInt64
        public var index: UInt64

        public init(epoch: UInt64, index: UInt64) {
            self.epoch = epoch
            self.index = index
        }

        public static func < (left: Self, right: Self) -> Bool {
            (left.epoch, left.index) < (right.epoch, right.index)
        }
    }

    public var places: [ShardID: Place] = [:]

    public init() {}

    public var text: String { Base64URL.encode(encoded) }

    /// Reads the opaque text; nil when it is no position.
    public init?(text: String) {
        guard text.utf8.count <= 65_536, let bytes = Base64URL.decode(text) else { return nil }
        guard let position = try? EventPosition(decoding: bytes) else { return nil }
        self = position
    }

    public mutating func advance(to batch: EventBatch) {
        places[batch.shard] = Place(epoch: batch.epoch, index: batch.index)
    }

    public func encode(into writer: inout ByteWriter) {
        writer.writeCount(places.count)
        for (shard, place) in places.sorted(by: { $0.key < $1.key }) {
            writer.writeVariable(UInt64(shard.number))
            writer.writeVariable(place.epoch)
            writer.writeVariable(place.index)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let count = try reader.readCount(each: 3, limit: 1_025)
        for _ in 0..<count {
            let shard = ShardID(UInt32(truncatingIfNeeded: try reader.readVariable()))
            places[shard] = Place(epoch: try reader.readVariable(), index: try reader.readVariable())
        }
    }
}
