public import Primitives

/// The committed state of one shard, for invariant checks.
public struct ShardInspection: Sendable {
    public let shard: ShardID
    public let epoch: UInt64
    public let committedIndex: UInt64
    public let entities: [EntityID: any Entity]
    /// Shards to which logged messages are under way, or for which something is not yet committed.
    public let unsettled: Set<ShardID>
    /// True while entries wait for their commit.
    public let isCommitting: Bool
    /// The recovery epochs of other shards, as far as this one knows them.
    public let epochs: [ShardID: UInt64]
}

/// What a replica of a shard holds after a record: the same for all replicas, or one of them is wrong.
public struct ShardDigest: Sendable, Hashable {
    public let shard: ShardID
    /// The last record taken in.
    public let index: UInt64
    public let hash: UInt64
}

/// A replica that holds something else than its leader did after the same record.
public struct StateDivergence: Sendable, Equatable, CustomStringConvertible {
    public let node: NodeID
    public let shard: ShardID
    /// The record.
    public let index: UInt64

    public var description: String {
        "\(node) holds another state of shard \(shard) after index \(index) than its leader did"
    }
}

extension ShardCore {
    /// - Parameter known: an earlier one; what it says of entities holds as long as nothing was committed since.
    func inspection(since known: ShardInspection?) -> ShardInspection {
        let entities = known.flatMap { $0.committedIndex == state.index && $0.epoch == epoch ? $0.entities : nil }
        return ShardInspection(
            shard: settings.id, epoch: epoch, committedIndex: state.index,
            entities: entities ?? committedEntities, unsettled: unsettled,
            isCommitting: !pending.isEmpty, epochs: state.streams.epochs)
    }

    private var committedEntities: [EntityID: any Entity] {
        var found: [EntityID: any Entity] = [:]
        for (id, resident) in cells where resident.isCommitted { found[id] = resident.awakened(id.key).committed }
        return found
    }

    /// Targets whose messages are not all acknowledged.
    private var unsettled: Set<ShardID> {
        Set(state.streams.outboxes.filter { $0.value.last > $0.value.acknowledged && !$0.value.messages.isEmpty }.keys)
    }
}
