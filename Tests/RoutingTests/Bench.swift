import Primitives
import Routing
import Testing

/// One entity driven command by command, as a shard would: decide, write the events, read them back, apply them.
///
/// Each new state is held against its own form, and a replica that goes on from a decoded state says the same.
struct Bench<E: Entity & Equatable> where E.Event: Equatable {
    static var shardCount: UInt32 { 64 }

    private(set) var state: E
    var soft = E.freshSoft()
    var now = Instant(microseconds: 1_760_000_000_000_000)
    private let key: String
    private var random: SeededRandom
    private var log: [(time: Instant, events: [UInt8])] = []
    private var replica: Replica<E>?
    private var given = 0

    init(_ key: String, seed: UInt64 = 1) {
        self.key = key
        state = E(key: key)
        random = SeededRandom(seed: seed)
    }

    /// Time goes on by a microsecond with each command, so that a later word is a newer one.
    @discardableResult
    mutating func give(_ command: E.Command) -> Said<E> {
        now = now + .microseconds(1)
        given += 1
        // Now and then another replica takes over what the snapshot of this moment says.
        if given % 40 == 1 { replica = Replica(state, key: key, soft: soft) }
        var context = DecisionContext(now: now, random: random, shardCount: Self.shardCount)
        let decision = state.decide(command, soft: &soft, in: &context)
        replica?.follow(command, random: random, decision, at: now)
        random = context.random
        var writer = ByteWriter()
        writer.write(decision.events)
        log.append((now, writer.bytes))
        for event in decision.events { state.apply(event, at: now) }
        if !decision.events.isEmpty { checkForm() }
        return Said(decision)
    }

    /// The state comes back from its bytes, and the replica's are the same.
    private func checkForm() {
        let bytes = state.stateBytes
        #expect((try? E(key: key, stateBytes: bytes)) == state)
        if let replica { #expect(replica.state.stateBytes == bytes) }
    }

    mutating func wait(_ length: Span) { now = now + length }

    /// Time goes on to the next timer, which is decided.
    @discardableResult
    mutating func passTime() -> Said<E> {
        if let due = state.nextDue(soft: soft) { now = max(now, due) }
        return give(E.dueCommand)
    }

    /// What a follower holds that reads the log.
    func replayed() throws -> E {
        var replica = E(key: key)
        for (time, bytes) in log {
            var reader = ByteReader(bytes)
            for event in try reader.readList(E.Event.self) { replica.apply(event, at: time) }
            try reader.finish()
        }
        return replica
    }

    /// A new leader: everything that is not logged is forgotten.
    mutating func failOver() {
        soft = E.freshSoft()
        replica?.soft = soft
    }
}

/// A copy of an entity that was read from its bytes, and goes on beside the original.
private struct Replica<E: Entity & Equatable> where E.Event: Equatable {
    private(set) var state: E
    var soft: E.Soft

    init?(_ original: E, key: String, soft: E.Soft) {
        guard let state = try? E(key: key, stateBytes: original.stateBytes) else {
            Issue.record("a state does not decode")
            return nil
        }
        self.state = state
        self.soft = soft
    }

    /// Decides the same command: everything said is what the original said.
    mutating func follow(_ command: E.Command, random: SeededRandom, _ original: Decision<E>, at now: Instant) {
        var context = DecisionContext(now: now, random: random, shardCount: Bench<E>.shardCount)
        let decision = state.decide(command, soft: &soft, in: &context)
        #expect(decision.events == original.events)
        #expect(decision.reply.encoded == original.reply.encoded)
        #expect(decision.outgoing == original.outgoing)
        #expect(decision.notices == original.notices)
        for event in decision.events { state.apply(event, at: now) }
    }
}

extension Entity {
    var stateBytes: [UInt8] {
        var writer = ByteWriter()
        encodeState(into: &writer)
        return writer.bytes
    }

    /// The state that fills these bytes completely.
    init(key: String, stateBytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(stateBytes)
        try self.init(key: key, decodingState: &reader)
        try reader.finish()
    }
}

/// What followed from one command, with the outgoing messages read back from their bytes.
struct Said<E: Entity> {
    let reply: E.Command.Reply
    let events: [E.Event]
    let notices: [Notice]
    private let outgoing: [Outgoing]

    init(_ decision: Decision<E>) {
        reply = decision.reply
        events = decision.events
        notices = decision.notices
        outgoing = decision.outgoing
    }

    private func words<Command: EntityCommand>(logged: Bool) -> [To<Command>] {
        outgoing.filter { ($0.delivery == .logged) == logged && $0.target.kind == Command.kind }.compactMap { message in
            do { return To(message.target.key, try Command(decoding: message.payload)) } catch {
                Issue.record("a message does not decode: \(error)")
                return nil
            }
        }
    }

    var toAgents: [To<AgentCommand>] { words(logged: true) }
    var toQueues: [To<QueueCommand>] { words(logged: true) }
    var toConversations: [To<ConversationCommand>] { words(logged: true) }
    /// Soft words, the confirmed ones among them.
    var softToAgents: [To<AgentCommand>] { words(logged: false) }
    var softToQueues: [To<QueueCommand>] { words(logged: false) }
    var saysNothing: Bool { events.isEmpty && !outgoing.contains { $0.delivery == .logged } }

    /// What an agent is bid, in order.
    func bids(to agent: String) -> [Ticket] {
        softToAgents.flatMap { word -> [Ticket] in
            guard case .bids(let bids) = word.command, word.key == agent else { return [] }
            return bids.map(\.ticket)
        }
    }

    /// The work that an agent is asked to take, by push or by grant.
    func offered(to agent: String) -> OfferedWork? {
        for word in toAgents where word.key == agent {
            switch word.command {
            case .reserve(let work), .granted(let work, _): return work
            default: continue
            }
        }
        return nil
    }
}

/// A message and whom it is for.
struct To<Command: EntityCommand & Equatable>: Equatable {
    let key: String
    let command: Command

    init(_ key: String, _ command: Command) {
        self.key = key
        self.command = command
    }
}

extension Ticket {
    init(_ key: String, _ number: UInt32 = 1) { self.init(ConversationID(key), number) }
}
