internal import Primitives
internal import Synchronization

/// What the replicas of a node are in their groups, for whoever asks on another loop.
final class ReplicaStandings: Sendable {
    enum Standing: Sendable {
        /// It decides alone: whoever has no peer cannot have been deposed. Said before anybody else could vote.
        case alone
        case member
        /// It is kept, but the group does not count it: it hears from nobody who leads.
        case outside
    }

    private let special: Mutex<[ShardID: Standing]> = Mutex([:])

    func isAlone(_ shard: ShardID) -> Bool { special.withLock { $0[shard] == .alone } }
    func isOutside(_ shard: ShardID) -> Bool { special.withLock { $0[shard] == .outside } }

    func set(_ shard: ShardID, _ standing: Standing) {
        special.withLock { $0[shard] = standing == .member ? nil : standing }
    }
}
