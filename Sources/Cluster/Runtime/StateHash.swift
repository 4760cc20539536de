package import Primitives

/// A hash over the committed entities of a shard that costs as much as what changed since it was last asked for: the
/// sum of a hash for each entity, of which only those touched are encoded again.
///
/// What is at rest is in the sum with its bytes; what each one that is awake adds is remembered, so that it can be
/// taken out again.
package struct StateHash {
    private var sum: UInt64 = 0
    /// What entities that are awake add.
    private var parts: [EntityID: UInt64] = [:]
    /// Entities that have changed since the last question.
    private var touched: Set<EntityID> = []

    package init() {}

    /// A committed event is about to change an entity.
    package mutating func touch(_ entity: EntityID) { touched.insert(entity) }

    /// An entity at rest is woken.
    package mutating func wakes(_ entity: EntityID, _ bytes: [UInt8]) { parts[entity] = Self.part(entity, bytes) }

    /// An entity goes to rest as these bytes.
    package mutating func rests(_ entity: EntityID, _ bytes: [UInt8]) {
        let known = parts.removeValue(forKey: entity)
        guard touched.remove(entity) != nil else { return }
        sum = sum &+ Self.part(entity, bytes) &- (known ?? 0)
    }

    /// An entity is read from a snapshot.
    package mutating func add(_ entity: EntityID, _ bytes: [UInt8], isAtRest: Bool) {
        let part = Self.part(entity, bytes)
        sum = sum &+ part
        if !isAtRest { parts[entity] = part }
    }

    /// The hash at this moment.
    /// - Parameter encoded: the committed state of an entity; nil when nothing of it is committed.
    package mutating func value(_ encoded: (EntityID) -> [UInt8]?) -> UInt64 {
        for entity in touched {
            guard let bytes = encoded(entity) else { continue }
            let part = Self.part(entity, bytes)
            sum = sum &+ part &- (parts.updateValue(part, forKey: entity) ?? 0)
        }
        touched.removeAll(keepingCapacity: true)
        return sum
    }

    private static func part(_ entity: EntityID, _ bytes: [UInt8]) -> UInt64 {
        StableHash.combine(
            StableHash.combine(StableHash.of(entity.key), UInt64(entity.kind.rawValue)), StableHash.of(bytes))
    }
}

/// What a leader's record says about the state after an earlier one, for its followers to hold theirs against.
struct StateCheck: WireValue, Equatable {
    let index: UInt64
    let hash: UInt64

    init(index: UInt64, hash: UInt64) {
        self.index = index
        self.hash = hash
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(index)
        writer.write(hash)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        index = try reader.read(UInt64.self)
        hash = try reader.read(UInt64.self)
    }
}

/// The replicas of a shard compare what they hold: every so many entries each hashes its state, and the leader says in
/// its next record what came out. A follower that got something else tells its operator and does not lead while
/// another can, until a later check agrees.
extension ShardCore {
    /// Hashes kept until the leader's word comes.
    private static let checksKept = 4

    var isChecked: Bool { settings.map.replicationFactor > 1 }

    /// A record has been taken in: hashes the state if it is time.
    func checkState(since before: UInt64) {
        guard isChecked, before / settings.checkEvery != state.index / settings.checkEvery else { return }
        let check = StateCheck(index: state.index, hash: currentHash())
        checks.append(check)
        if checks.count > Self.checksKept { checks.removeFirst() }
        untold = isLeading ? check : nil
    }

    /// Holds the state that the leader had against this replica's.
    func compare(_ check: StateCheck?) {
        guard let check, let mine = checks.first(where: { $0.index == check.index }), mine == check || !differs else {
            return
        }
        let wasDifferent = differs
        differs = mine != check
        if differs != wasDifferent { effects.append(.compared(index: check.index, differs: differs)) }
    }

    /// The hash of the whole committed state.
    func currentHash() -> UInt64 {
        var writer = ByteWriter(reserving: 1 << 10)
        writer.write(state.time)
        writer.write(state.epoch)
        writer.write(state.streams)
        let rest = StableHash.combine(StableHash.of(writer.bytes), state.requests.hash)
        let entities = stateHash.value { id in
            guard let resident = cells[id], resident.isCommitted else { return nil }
            return resident.encoded
        }
        return StableHash.combine(rest, entities)
    }
}
