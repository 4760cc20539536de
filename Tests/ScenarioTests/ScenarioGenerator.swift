import Primitives
import Routing
import Scenarios

/// Draws scenarios of any size up to a limit, with the rules that the engine has.
struct ScenarioGenerator {
    struct Size {
        var agents = 50
        var interactions = 200
        var queues = 5
    }

    private var random: SeededRandom
    private let skills = ["billing", "english", "french", "vip"]
    private let media: [MediaType] = [.voice, .chat, .message, .email, .social]
    /// Of this scenario: all times are whole seconds, so that much happens at once.
    private let isCoarse: Bool
    private let length: Int64

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        isCoarse = random.chance(250)
        length = random.pick(60...1_800)
    }

    static func scenario(_ seed: UInt64, upTo size: Size) -> Scenario {
        var generator = ScenarioGenerator(seed: seed)
        return generator.scenario(size)
    }

    private mutating func scenario(_ size: Size) -> Scenario {
        var scenario = Scenario()
        let agents = (0..<count(size.agents)).map { AgentID("a\($0)") }
        scenario.queues = (0..<count(size.queues)).map { queue("q\($0)", agents) }
        scenario.agents = agents.map { agent($0) }
        scenario.interactions = (0..<count(size.interactions)).map { interaction("c\($0)", agents, scenario.queues) }
        for _ in 0..<random.pick(0...6) { scenario.controls.append(control(agents)) }
        scenario.controls.sort { $0.at < $1.at }
        answers(&scenario, agents)
        return scenario
    }

    // MARK: draws

    /// Small numbers more often than large ones.
    private mutating func count(_ limit: Int) -> Int {
        let top = random.chance(700) ? max(1, limit / 8) : limit
        return Int(random.pick(1...Int64(top)))
    }

    private mutating func one<Element>(of elements: [Element]) -> Element {
        elements[Int(random.pick(0...Int64(elements.count - 1)))]
    }

    private mutating func some<Element>(of elements: [Element], _ perThousand: Int) -> [Element] {
        elements.filter { _ in random.chance(perThousand) }
    }

    private mutating func span(_ seconds: ClosedRange<Int64>) -> Span {
        let whole = Span.seconds(random.pick(seconds))
        return isCoarse ? whole : whole + .milliseconds(random.pick(0...999))
    }

    private mutating func time() -> Instant { Instant.zero + span(0...length) }

    private mutating func asked() -> [Scenario.AskedSkill] {
        guard random.chance(500) else { return [] }
        return some(of: skills, 350).map { name in
            let minimum = random.chance(300) ? UInt8(random.pick(5...45)) : nil
            let maximum = random.chance(100) ? UInt8(random.pick(Int64(minimum ?? 5)...50)) : nil
            return .init(SkillRequest(skill: name, minimum: minimum, maximum: maximum))
        }
    }

    // MARK: parts

    private mutating func queue(_ id: String, _ agents: [AgentID]) -> Scenario.Queue {
        var queue = Scenario.Queue(QueueID(id))
        queue.members = some(of: agents, 600).map { Membership($0) }
        if random.chance(250) { queue.rank.ordering = .priority }
        if random.chance(300) { queue.rank.secondsPerPriorityPoint = one(of: [0, 1, 30, 3_600]) }
        for medium in some(of: media, 150) { queue.rank.basePriority[medium] = Int32(random.pick(-3...3)) }
        queue.routing.evaluation = one(of: Evaluation.allCases)
        if queue.routing.evaluation == .bestAvailableSkills, random.chance(400) {
            queue.routing.candidateWindow = Int(random.pick(1...5))
        }
        queue.routing.idleClock = one(of: IdleClock.allCases)
        for medium in media where random.chance(700) { queue.offers.alert[medium] = span(4...25) }
        queue.offers.autoAnswer = random.chance(150)
        if random.chance(250) { queue.offers.declineAction = .notResponding }
        if random.chance(250) { queue.offers.declineReturn = .front }
        queue.offers.afterContactWork = one(
            of: [.none, .optional, .mandatory, .mandatoryTimed(.seconds(random.pick(1...20)))])
        return queue
    }

    private mutating func agent(_ id: AgentID) -> Scenario.Agent {
        var agent = Scenario.Agent(id)
        agent.skills = some(of: skills, 500).map { HeldSkill(skill: $0, level: UInt8(random.pick(0...50))) }
        for medium in media where random.chance(300) {
            agent.utilization.media[medium]?.maximum = Int(random.pick(0...3))
        }
        agent.idleSince = Instant.zero + Span.seconds(-random.pick(0...100))
        if random.chance(150) { agent.presence = .away }
        agent.onQueue = agent.presence == .available && random.chance(900)
        return agent
    }

    private mutating func interaction(
        _ id: String, _ agents: [AgentID], _ queues: [Scenario.Queue]
    ) -> Scenario.Interaction {
        var interaction = Scenario.Interaction(id, at: time(), queue: one(of: queues).id)
        interaction.media = one(of: media)
        if random.chance(400) { interaction.priority = Int32(random.pick(-3...3)) }
        interaction.skills = asked()
        if random.chance(100) { interaction.excluded = some(of: agents, 300) }
        interaction.handle = span(1...120)
        if random.chance(300) { interaction.patience = span(1...200) }
        // At once with the end, the code races with what follows from the end.
        interaction.afterContact = span(1...30)
        return interaction
    }

    private mutating func control(_ agents: [AgentID]) -> Scenario.Control {
        let agent = one(of: agents)
        let deed: Scenario.Control.Deed =
            switch random.pick(0...3) {
            case 0: .presence(agent, .away, onQueue: nil)
            case 1: .presence(agent, nil, onQueue: false)
            default: .presence(agent, .available, onQueue: true)
            }
        return Scenario.Control(at: time(), deed: deed)
    }

    private mutating func answers(_ scenario: inout Scenario, _ agents: [AgentID]) {
        for interaction in scenario.interactions {
            // Who is declined for ever and waits for ever never ends.
            let isPatient = interaction.patience == nil
            for agent in some(of: agents, 400) {
                let pair = Scenario.Answers.Pair(agent, interaction.id)
                if random.chance(500) { scenario.answers.delay[pair] = span(0...12) }
                if random.chance(120) { scenario.answers.unanswered[pair] = Int(random.pick(1...2)) }
                if random.chance(200) { scenario.answers.declined[pair] = isPatient || random.chance(700) ? 1 : .max }
            }
        }
    }
}
