public import Primitives

/// What a cell made of a command. The events stay staged in the cell until they are logged.
@usableFromInline struct CellDecision {
    /// The events in wire form with their count in front; empty when nothing is to be logged for this entity.
    @usableFromInline var events: [UInt8]
    @usableFromInline var reply: any EntityMessage
    @usableFromInline var outgoing: [Outgoing]
    @usableFromInline var notices: [Notice]

    @inlinable init(events: [UInt8], reply: any EntityMessage, outgoing: [Outgoing], notices: [Notice]) {
        self.events = events
        self.reply = reply
        self.outgoing = outgoing
        self.notices = notices
    }

    /// About how many bytes its logged messages and its notices take.
    var loggedBytes: Int {
        outgoing.reduce(notices.count * 256) { $1.delivery == .logged ? $0 + $1.payload.count + 64 : $0 }
    }

    /// True when nothing is to be logged, sent or told.
    var isReplyOnly: Bool { events.isEmpty && outgoing.isEmpty && notices.isEmpty }
}

/// The functions of one kind of entity, each made for its types.
///
/// A protocol over a generic class would look up the metadata of every generic type at every call (a fifth of the
/// answering side's time, decision 0003). These closures are made where the kind is known, so that the compiler
/// writes them out for it; ``EntityStorage`` reaches them only through the table entry that made it.
@usableFromInline final class EntityFunctions: Sendable {
    @usableFromInline typealias Decide =
        @Sendable (AnyObject, CommandInput, UInt64, inout DecisionContext) throws(WireError) -> CellDecision

    let method: UInt16
    /// False for a kind without a log: nothing about it can be stale.
    let isLogged: Bool
    /// Whether idle ones are kept as bytes.
    let rests: Bool
    let make: @Sendable (String) -> AnyObject
    /// The command in these bytes; nil when they are none.
    let command: @Sendable ([UInt8]) -> (any EntityCommand)?
    let decide: Decide
    let decideDue: @Sendable (AnyObject, UInt64, inout DecisionContext) -> CellDecision
    let decideRecovered: @Sendable (AnyObject, ShardID, UInt64, inout DecisionContext) -> CellDecision
    let logged: @Sendable (AnyObject, UInt64, Instant, Bool) -> Void
    let commit: @Sendable (AnyObject, UInt64) -> Void
    let discard: @Sendable (AnyObject) -> Void
    let replay: @Sendable (AnyObject, [UInt8], Instant) throws(WireError) -> Void
    let encode: @Sendable (AnyObject) -> [UInt8]
    let restore: @Sendable (AnyObject, String, [UInt8]) throws(WireError) -> Void
    let nextDue: @Sendable (AnyObject) -> Instant?
    let hasHistory: @Sendable (AnyObject) -> Bool
    let isBorn: @Sendable (AnyObject) -> Bool
    let isUnderWay: @Sendable (AnyObject) -> Bool
    let committed: @Sendable (AnyObject) -> any Entity

    @usableFromInline init(
        method: UInt16, isLogged: Bool, rests: Bool, make: @escaping @Sendable (String) -> AnyObject,
        command: @escaping @Sendable ([UInt8]) -> (any EntityCommand)?, decide: @escaping Decide,
        decideDue: @escaping @Sendable (AnyObject, UInt64, inout DecisionContext) -> CellDecision,
        decideRecovered: @escaping @Sendable (AnyObject, ShardID, UInt64, inout DecisionContext) -> CellDecision,
        logged: @escaping @Sendable (AnyObject, UInt64, Instant, Bool) -> Void,
        commit: @escaping @Sendable (AnyObject, UInt64) -> Void, discard: @escaping @Sendable (AnyObject) -> Void,
        replay: @escaping @Sendable (AnyObject, [UInt8], Instant) throws(WireError) -> Void,
        encode: @escaping @Sendable (AnyObject) -> [UInt8],
        restore: @escaping @Sendable (AnyObject, String, [UInt8]) throws(WireError) -> Void,
        nextDue: @escaping @Sendable (AnyObject) -> Instant?, hasHistory: @escaping @Sendable (AnyObject) -> Bool,
        isBorn: @escaping @Sendable (AnyObject) -> Bool, isUnderWay: @escaping @Sendable (AnyObject) -> Bool,
        committed: @escaping @Sendable (AnyObject) -> any Entity
    ) {
        self.method = method
        self.isLogged = isLogged
        self.rests = rests
        self.make = make
        self.command = command
        self.decide = decide
        self.decideDue = decideDue
        self.decideRecovered = decideRecovered
        self.logged = logged
        self.commit = commit
        self.discard = discard
        self.replay = replay
        self.encode = encode
        self.restore = restore
        self.nextDue = nextDue
        self.hasHistory = hasHistory
        self.isBorn = isBorn
        self.isUnderWay = isUnderWay
        self.committed = committed
    }

    func cell(key: String) -> EntityCell { EntityCell(kind: self, storage: make(key)) }
}

extension EntityFunctions {
    /// The functions of `E`. The downcasts are unchecked: a storage is only ever paired with the functions whose
    /// `make` returned it (``cell(key:)``), so its class is `EntityStorage<E>`.
    @inlinable static func of<E: Entity>(_ type: E.Type) -> EntityFunctions {
        EntityFunctions(
            method: E.Command.method, isLogged: E.isLogged, rests: E.rests,
            make: { EntityStorage<E>(key: $0) },
            command: { bytes in
                guard let command = try? E.Command(decoding: bytes) else { return nil }
                return command
            },
            decide: { (storage, input, term, context) throws(WireError) in
                try unsafeDowncast(storage, to: EntityStorage<E>.self).decide(input, term, &context)
            },
            decideDue: { unsafeDowncast($0, to: EntityStorage<E>.self).decide(E.dueCommand, $1, &$2) },
            decideRecovered: {
                unsafeDowncast($0, to: EntityStorage<E>.self).decide(E.recoveredCommand($1), $2, &$3)
            },
            logged: { unsafeDowncast($0, to: EntityStorage<E>.self).logged(as: $1, time: $2, isCommitted: $3) },
            commit: { unsafeDowncast($0, to: EntityStorage<E>.self).commit(upTo: $1) },
            discard: { unsafeDowncast($0, to: EntityStorage<E>.self).discard() },
            replay: { (storage, events, time) throws(WireError) in
                try unsafeDowncast(storage, to: EntityStorage<E>.self).replay(events, at: time)
            },
            encode: { unsafeDowncast($0, to: EntityStorage<E>.self).encoded },
            restore: { (storage, key, bytes) throws(WireError) in
                try unsafeDowncast(storage, to: EntityStorage<E>.self).restore(bytes, key: key)
            },
            nextDue: { unsafeDowncast($0, to: EntityStorage<E>.self).nextDue },
            hasHistory: { unsafeDowncast($0, to: EntityStorage<E>.self).hasHistory },
            isBorn: { unsafeDowncast($0, to: EntityStorage<E>.self).isBorn },
            isUnderWay: { unsafeDowncast($0, to: EntityStorage<E>.self).isUnderWay },
            committed: { unsafeDowncast($0, to: EntityStorage<E>.self).state })
    }
}
