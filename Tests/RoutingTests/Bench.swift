import Primitives
import Routing
import Testing

/// One entity driven command by command, as a shard would: decide, write the events, read them back, apply them.
struct Bench<E: Entity & Equatable> where E.Event: Equatable {
    static var shardCount: UInt32 { 64 }

    private(set) var state: E
    var soft = E.freshSoft()
    var now = Instant(microseconds: 1_760_000_000_000_000)
    private let key: String
    private var random: SeededRandom
    private var log: [(time: Instant, events: [UInt8])] = []

    init(_ key: String, seed: UInt64 = 1) {
        self.key = key
        state = E(key: key)
        random = SeededRandom(seed: seed)
    }

    /// Time goes on by a microsecond with each command, so that a later word is a newer one.
    @discardableResult
    mutating func give(_ command: E.Command) -> Said<E> {
        now = now + .microseconds(1)
        var context = DecisionContext(now: now, random: random, shardCount: Self.shardCount)
        let decision = state.decide(command, soft: &soft, in: &context)
        random = context.random
        var writer = ByteWriter()
        writer.write(decision.events)
        log.append((now, writer.bytes))
        for event in decision.events { state.apply(event, at: now) }
        return Said(decision)
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
    mutating func failOver() { soft = E.freshSoft() }
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

    private func words<Command: EntityCommand>(_ delivery: Outgoing.Delivery) -> [To<Command>] {
        outgoing.filter { $0.delivery == delivery && $0.target.kind == Command.kind }.compactMap { message in
            do { return To(message.target.key, try Command(decoding: message.payload)) } catch {
                Issue.record("a message does not decode: \(error)")
                return nil
            }
        }
    }

    var toAgents: [To<AgentCommand>] { words(.logged) }
    var toQueues: [To<QueueCommand>] { words(.logged) }
    var toConversations: [To<ConversationCommand>] { words(.logged) }
    var softToAgents: [To<AgentCommand>] { words(.soft) }
    var softToQueues: [To<QueueCommand>] { words(.soft) }
    var saysNothing: Bool { events.isEmpty && !outgoing.contains { $0.delivery == .logged } }

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
