import History

/// What all simulated customers and agents of a run know together; the source of progress line and summary.
actor DemoBoard {
    struct Interaction: Sendable {
        var arrival: Arrival
        /// When the customer's first try was sent.
        var asked: Int64
        /// The server that acknowledged it.
        var server: String
        /// When the first accept was acknowledged.
        var answered: Int64?
        var agent: String?
        var isOver = false
        var endReason: String?
    }

    struct Counters: Sendable {
        var signedIn = 0
        var declined = 0
        var unanswered = 0
        /// Answers that came after the offer was over: 409 or 410.
        var tooLate = 0
        var abandonsAsked = 0
        var wrapUps = 0
        /// Customers whose request never had a final answer, or a refusal.
        var notTaken = 0
        var lastRefusal: String?
    }

    private(set) var counters = Counters()
    private(set) var interactions: [String: Interaction] = [:]
    /// Answers to conversations whose creation is not acknowledged to its customer yet.
    private var early: [String: (at: Int64, agent: String)] = [:]

    func count(_ change: @Sendable (inout Counters) -> Void) { change(&counters) }

    func created(_ id: String, _ arrival: Arrival, asked: Int64, server: String) {
        // The same id again is a violation that the check of the history finds.
        guard interactions[id] == nil else { return }
        var interaction = Interaction(arrival: arrival, asked: asked, server: server)
        if let answer = early.removeValue(forKey: id) {
            (interaction.answered, interaction.agent) = (answer.at, answer.agent)
        }
        interactions[id] = interaction
    }

    func answered(_ id: String, by agent: String, at time: Int64) {
        guard interactions[id] != nil else { return early[id] = (time, agent) }
        if interactions[id]?.answered == nil {
            interactions[id]?.answered = time
            interactions[id]?.agent = agent
        }
    }

    func isAnsweredOrOver(_ id: String) -> Bool {
        interactions[id].map { $0.answered != nil || $0.isOver } ?? false
    }

    func ended(_ id: String, _ reason: String?) {
        interactions[id]?.isOver = true
        interactions[id]?.endReason = reason
    }

    /// Conversations that no read has shown as ended, by name.
    func open() -> [String] {
        interactions.filter { !$0.value.isOver }.keys.sorted()
    }

    /// What the customer of a conversation brought; `nil` while its creation is not acknowledged.
    func arrival(of id: String) -> Arrival? { interactions[id]?.arrival }
}
