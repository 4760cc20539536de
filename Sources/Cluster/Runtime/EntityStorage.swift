public import Primitives

/// The state of one activated entity: what is committed, and ahead of it what is only logged.
@usableFromInline final class EntityStorage<E: Entity> {
    @usableFromInline var state: E
    /// The overlay: the state with events that are logged but not committed; nil while there are none.
    @usableFromInline var ahead: E?
    @usableFromInline var soft = E.freshSoft()
    @usableFromInline var staged: [E.Event] = []
    @usableFromInline var uncommitted: [(number: UInt64, time: Instant, events: [E.Event])] = []
    /// The term of the leadership that the soft state belongs to.
    @usableFromInline var softTerm: UInt64 = 0
    @usableFromInline var isBorn = false

    @inlinable init(key: String) { state = E(key: key) }

    @inlinable var hasHistory: Bool { isBorn || !uncommitted.isEmpty }

    /// Something is decided or logged that is not committed yet.
    @inlinable var isUnderWay: Bool { !uncommitted.isEmpty || !staged.isEmpty }

    @inlinable var nextDue: Instant? { (ahead ?? state).nextDue(soft: soft) }

    @inlinable func decide(
        _ input: CommandInput, _ term: UInt64, _ context: inout DecisionContext
    ) throws(WireError) -> CellDecision {
        switch input {
        case .typed(let command):
            guard let command = command as? E.Command else { throw .unknownTag("command for \(E.kind)", 0) }
            return decide(command, term, &context)
        case .bytes(let method, let bytes):
            guard method == E.Command.method else { throw .unknownTag("method of \(E.kind)", Int(method)) }
            return decide(try E.Command(decoding: bytes), term, &context)
        }
    }

    @inlinable func decide(_ command: E.Command, _ term: UInt64, _ context: inout DecisionContext) -> CellDecision {
        if term != softTerm {
            soft = E.freshSoft()
            softTerm = term
        }
        let decision = (ahead ?? state).decide(command, soft: &soft, in: &context)
        staged = decision.events
        var bytes: [UInt8] = []
        if !staged.isEmpty {
            var writer = ByteWriter()
            writer.write(staged)
            bytes = writer.bytes
        }
        return CellDecision(
            events: bytes, reply: decision.reply, outgoing: decision.outgoing, notices: decision.notices)
    }

    @inlinable func logged(as number: UInt64, time: Instant, isCommitted: Bool) {
        defer { staged = [] }
        guard !staged.isEmpty else { return }
        if isCommitted, uncommitted.isEmpty {
            isBorn = true
            for event in staged { state.apply(event, at: time) }
            return
        }
        var next = ahead ?? state
        ahead = nil
        for event in staged { next.apply(event, at: time) }
        ahead = next
        uncommitted.append((number, time, staged))
    }

    @inlinable func commit(upTo number: UInt64) {
        guard let first = uncommitted.first, first.number <= number else { return }
        isBorn = true
        var count = 0
        for entry in uncommitted {
            guard entry.number <= number else { break }
            for event in entry.events { state.apply(event, at: entry.time) }
            count += 1
        }
        uncommitted.removeFirst(count)
        if uncommitted.isEmpty { ahead = nil }
    }

    @inlinable func discard() {
        ahead = nil
        uncommitted = []
        staged = []
        soft = E.freshSoft()
    }

    @inlinable var encoded: [UInt8] {
        var writer = ByteWriter()
        state.encodeState(into: &writer)
        return writer.bytes
    }

    @inlinable func restore(_ bytes: [UInt8], key: String) throws(WireError) {
        var reader = ByteReader(bytes)
        state = try E(key: key, decodingState: &reader)
        try reader.finish()
        discard()
        isBorn = true
    }

    @inlinable func replay(_ bytes: [UInt8], at time: Instant) throws(WireError) {
        isBorn = true
        var reader = ByteReader(bytes)
        for event in try reader.readList(E.Event.self) { state.apply(event, at: time) }
        try reader.finish()
    }
}
