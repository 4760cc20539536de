internal import Primitives
internal import Routing

/// Plays a scenario through the entities that a node links, joined by streams that deliver at once.
///
/// Each entity decides and applies as it does on a shard; only the shards, the network and the disk are away. Customers and
/// desktops do what the file says. One event is carried out at a time, and what follows from it is settled before the next
/// (routing-semantics 1).
public struct Replay: Sendable {
    /// Where the replay's time begins: what lies before the scenario's 0 is still a time.
    static let origin = Instant(microseconds: 1_000_000_000_000_000)
    static let shardCount: UInt32 = 64

    let scenario: Scenario
    var now: Instant
    var result = ScenarioResult()
    var answers: Scenario.Answers
    var agenda = Agenda()
    var figures = ReplayFigures()
    /// What has to be known of an interaction beside its entities.
    var courses: [String: Course] = [:]
    /// What was last told of each agent's status.
    var told: [AgentID: ScenarioResult.Status] = [:]
    var isTelling = false
    private var queues: [QueueID: Cell<QueueState>] = [:]
    private var agents: [AgentID: Cell<AgentState>] = [:]
    private var conversations: [String: Cell<ConversationState>] = [:]
    private var words: [Word] = []
    private var timers = TimerTable<EntityID>()
    private var random = SeededRandom(seed: 1)

    /// What becomes of a scenario.
    /// - Throws: ``ReplayError`` for a scenario with rules that the engine does not have yet.
    public static func play(_ scenario: Scenario) throws(ReplayError) -> ScenarioResult {
        var replay = try Replay(scenario)
        replay.begin()
        var (told, end) = (0, replay.now)
        while replay.step() {
            let count = replay.result.momentCount
            guard count != told else { continue }
            (told, end) = (count, replay.now)
            replay.figures.settle()
        }
        replay.result.statistics = replay.figures.statistics(at: end)
        return replay.result
    }

    private init(_ scenario: Scenario) throws(ReplayError) {
        let missing = scenario.rulesNotPlayed
        guard missing.isEmpty else { throw ReplayError(rules: missing) }
        self.scenario = scenario
        answers = scenario.answers
        now = Self.origin
    }

    // MARK: one event after the other

    /// Carries out the next event and settles what follows; false when nothing is left to happen.
    private mutating func step() -> Bool {
        guard let next = [agenda.next?.at, timers.earliest].compactMap(\.self).min() else { return false }
        guard next < .distantFuture else { return false }
        now = max(now, next)
        // The agent's own clock ends work; that of a queue comes after everything else of an instant.
        if let agent = dueTimer(of: .agent) {
            give(.agent(AgentID(agent.key), .due))
        } else if let deed = agenda.removeFirst(at: now) {
            carryOut(deed)
        } else if let queue = dueTimer(of: .queue) {
            give(.queue(QueueID(queue.key), .due))
        }
        settle()
        return true
    }

    private func dueTimer(of kind: EntityKind) -> EntityID? {
        guard let earliest = timers.earliest, earliest <= now else { return nil }
        return timers.due(at: now, limit: .max).first { $0.kind == kind }
    }

    /// Delivers all that is said, and closes the windows in which bids are collected, until nothing more follows.
    mutating func settle() {
        while true {
            while !words.isEmpty {
                let batch = words
                words = []
                for word in batch { give(word) }
            }
            guard let agent = dueTimer(of: .agent) else { return }
            give(.agent(AgentID(agent.key), .due))
        }
    }

    // MARK: entities

    /// A command, on its way to an entity.
    enum Word: Sendable {
        case queue(QueueID, QueueCommand)
        case agent(AgentID, AgentCommand)
        case conversation(ConversationID, ConversationCommand)
    }

    struct Cell<E: Entity>: Sendable {
        var state: E
        var soft = E.freshSoft()
    }

    func agent(_ id: AgentID) -> AgentState? { agents[id]?.state }
    func queue(_ id: QueueID) -> QueueState? { queues[id]?.state }
    func conversation(_ id: String) -> ConversationState? { conversations[id]?.state }

    private mutating func give(_ word: Word) {
        switch word {
        case .queue(let id, let command): _ = give(id, command)
        case .agent(let id, let command): _ = give(id, command)
        case .conversation(let id, let command): _ = give(id.key, command)
        }
    }

    mutating func give(_ id: QueueID, _ command: QueueCommand) -> QueueReply {
        var cell = queues.removeValue(forKey: id) ?? Cell(state: QueueState(key: id.key))
        let decision = decide(command, &cell)
        for event in decision.events {
            observe(event, of: cell.state)
            cell.state.apply(event, at: now)
        }
        arm(id.entity, cell.state.nextDue(soft: cell.soft))
        queues[id] = cell
        return decision.reply
    }

    @discardableResult mutating func give(_ id: AgentID, _ command: AgentCommand) -> AgentReply {
        var cell = agents.removeValue(forKey: id) ?? Cell(state: AgentState(key: id.key))
        let decision = decide(command, &cell)
        for event in decision.events {
            cell.state.apply(event, at: now)
            observe(event, of: cell.state)
        }
        arm(id.entity, cell.state.nextDue(soft: cell.soft))
        agents[id] = cell
        return decision.reply
    }

    mutating func give(_ id: String, _ command: ConversationCommand) -> ConversationReply {
        var cell = conversations.removeValue(forKey: id) ?? Cell(state: ConversationState(key: id))
        let decision = decide(command, &cell)
        for event in decision.events {
            cell.state.apply(event, at: now)
            observe(event, of: cell.state)
        }
        conversations[id] = cell
        return decision.reply
    }

    private mutating func decide<E: Entity>(_ command: E.Command, _ cell: inout Cell<E>) -> Decision<E> {
        var context = DecisionContext(
            now: now, random: random, shardCount: Self.shardCount, wordsAreInstant: true)
        let decision = cell.state.decide(command, soft: &cell.soft, in: &context)
        random = context.random
        words += decision.outgoing.compactMap { Word($0) }
        return decision
    }

    private mutating func arm(_ entity: EntityID, _ due: Instant?) {
        if let due, due < .distantFuture {
            timers.set(entity, due: due)
        } else {
            timers.clear(entity)
        }
    }
}

extension Replay.Word {
    /// Read from its bytes, as a shard would.
    fileprivate init?(_ outgoing: Outgoing) {
        switch outgoing.target.kind {
        case .queue:
            guard let command = try? QueueCommand(decoding: outgoing.payload) else { return nil }
            self = .queue(QueueID(outgoing.target.key), command)
        case .agent:
            guard let command = try? AgentCommand(decoding: outgoing.payload) else { return nil }
            self = .agent(AgentID(outgoing.target.key), command)
        case .conversation:
            guard let command = try? ConversationCommand(decoding: outgoing.payload) else { return nil }
            self = .conversation(ConversationID(outgoing.target.key), command)
        default: return nil
        }
    }
}
