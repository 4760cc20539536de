internal import Cluster
internal import Primitives
internal import Routing

/// A small contact centre with its customers and desktops, drawn from the seed.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class SimulatedCentre: @unchecked Sendable {
    struct Settings {
        var queues = 3
        var agents = 5
        var conversations = 40
        /// Arrivals spread over this time.
        var arrivals = Span.seconds(60)
        /// Whether agents and customers do anything but accept and finish.
        var isUnruly = true
        /// Whether desktops wait to be told what to do.
        var isPassive = false
    }

    let cluster: SimulatedCluster
    let settings: Settings
    let calls: ClientCalls
    let snooper: Snooper
    private(set) var desktops: [Desktop] = []
    private(set) var customers: [Customer] = []
    private var world: SimulatedWorld { cluster.world }
    /// False once faults are over: everybody behaves, so that everything can end.
    private(set) var isUnruly: Bool
    private var documents: [CentreChange.What] = []

    init(cluster: SimulatedCluster, settings: Settings) {
        self.cluster = cluster
        self.settings = settings
        isUnruly = settings.isUnruly
        calls = ClientCalls(cluster: cluster)
        snooper = Snooper(cluster: cluster)
        documents = draw()
    }

    private func draw() -> [CentreChange.What] {
        var documents: [CentreChange.What] = [
            .skill("billing", SkillDocument(name: "Billing", isLanguage: false)),
            .skill("french", SkillDocument(name: "French", isLanguage: true)),
        ]
        let agents = (1...settings.agents).map { AgentID("a\($0)") }
        for agent in agents {
            var skills = [HeldSkill(skill: "billing", level: UInt8(world.random { $0.pick(5...50) }))]
            if world.chance(500) { skills.append(HeldSkill(skill: "french")) }
            let chats = world.random { Int($0.pick(1...3)) }
            let maximum = PerMedia { $0 == .chat ? chats : $0.defaultMaximum }
            documents.append(.agent(agent, AgentSettings(name: agent.key, skills: skills, maximum: maximum)))
        }
        for number in 1...settings.queues {
            let id = QueueID("q\(number)")
            let work: AfterContactWork = [.none, .mandatoryTimed(.seconds(1)), .mandatory][number % 3]
            let alert = world.random { $0.pick(1...3) }
            documents.append(
                .queue(
                    id,
                    QueueSettings(
                        name: id.key,
                        offers: OfferRules(
                            alert: Dictionary(uniqueKeysWithValues: MediaType.allCases.map { ($0, .seconds(alert)) }),
                            afterContactWork: work), wrapUpCodes: ["done"], defaultWrapUpCode: "done")))
            let all = settings.queues == 1 || agents.count < 3
            let members = agents.enumerated().filter { all || $0.offset % settings.queues != number - 1 }
            documents.append(.members(id, members.map(\.element)))
        }
        return documents
    }

    /// Configures the centre; again after the configuration was lost with a wiped node.
    func configure(_ index: Int = 0, then done: @escaping @Sendable () -> Void = {}) {
        guard index < documents.count else { return done() }
        calls.call(
            CentreCommand.put(documents[index], expected: nil), on: EntityID(.centre, CentreState.key), key: nil
        ) { [self] _ in configure(index + 1, then: done) }
    }

    func open() {
        configure { [self] in
            for number in 1...settings.agents { desktops.append(Desktop(AgentID("a\(number)"), centre: self)) }
            for desktop in desktops {
                desktop.isPassive = settings.isPassive
                desktop.signOn()
            }
            for number in 1...settings.conversations {
                let customer = Customer(number, centre: self)
                customers.append(customer)
                world.after(world.span(0...settings.arrivals.microseconds)) { customer.arrive() }
            }
        }
    }

    /// From now on nobody declines, abandons or goes off queue, and no fault happens.
    func calmDown() {
        isUnruly = false
        for desktop in desktops {
            desktop.isPassive = false
            desktop.settle()
        }
    }

    /// Runs until everything is over, or for `patience` behind the last rest of a conversation: one that five offers did not
    /// place is kept from everybody until a time that its queue has written down (routing-semantics 5), and no longer.
    func runToEnd(within patience: Span, unless isStopped: () -> Bool) {
        var end = world.now + patience
        while !isStopped(), !isOver, world.now < end {
            world.run(until: min(end, world.now + Self.lookAtRests)) { isStopped() || isOver }
            if let rest = cluster.inspect().latestRest { end = max(end, rest + patience) }
        }
    }

    /// Shorter than the shortest rest, so that none is missed.
    private static let lookAtRests = Span.seconds(20)

    var isOver: Bool { customers.count == settings.conversations && customers.allSatisfy(\.isOver) }
}
