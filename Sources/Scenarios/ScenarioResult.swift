public import Primitives
public import Routing

/// What became of a scenario. Lists are by time; within one instant in the order in which things happened.
public struct ScenarioResult: Sendable, Equatable {
    /// Something that happened to an interaction at an agent.
    public struct Moment: Sendable, Equatable {
        public var at: Instant
        public var interaction: String
        public var agent: AgentID?

        public init(_ at: Instant, _ interaction: String, _ agent: AgentID? = nil) {
            self.at = at
            self.interaction = interaction
            self.agent = agent
        }
    }

    public struct End: Sendable, Equatable {
        public var at: Instant
        public var reason: EndReason

        public init(_ at: Instant, _ reason: EndReason) {
            self.at = at
            self.reason = reason
        }
    }

    public enum EndReason: String, Sendable, CaseIterable {
        case completed, abandoned, expired, cancelled, transferredOut, flowOut, exhausted, failed
    }

    public enum Status: String, Sendable, CaseIterable {
        case offQueue, idle, interacting, communicating, notResponding
    }

    public struct StatusChange: Sendable, Equatable {
        public var at: Instant
        public var agent: AgentID
        public var status: Status

        public init(_ at: Instant, _ agent: AgentID, _ status: Status) {
            self.at = at
            self.agent = agent
            self.status = status
        }
    }

    /// A control that was answered with an error.
    public struct Refusal: Sendable, Equatable {
        public var at: Instant
        public var interaction: String
        public var status: Int

        public init(_ at: Instant, _ interaction: String, _ status: Int) {
            self.at = at
            self.interaction = interaction
            self.status = status
        }
    }

    /// Over all queues (routing-semantics 10); nil where nothing was counted.
    public struct Statistics: Sendable, Equatable {
        public var offered = 0
        public var answered = 0
        public var abandoned = 0
        public var shortAbandons = 0
        public var flowOuts = 0
        public var abandonRate: Double?
        public var averageSpeedOfAnswerSeconds: Double?
        public var longestWaitSeconds: Double?
        public var serviceLevel: Double?
        public var occupancy: Double?

        public init() {}
    }

    public var offers: [Moment] = []
    public var starts: [Moment] = []
    public var unanswered: [Moment] = []
    public var declined: [Moment] = []
    public var abandoned: [Moment] = []
    public var completed: [String: Instant] = [:]
    public var ended: [String: End] = [:]
    /// Seconds as told at arrival; a nil value where nothing can be told.
    public var estimates: [String: Double?] = [:]
    public var agentStatus: [StatusChange] = []
    public var refused: [Refusal] = []
    public var statistics = Statistics()

    public init() {}

    /// How much it tells; the run ends with the last event that adds to it.
    package var momentCount: Int {
        offers.count + starts.count + unanswered.count + declined.count + abandoned.count + ended.count
            + agentStatus.count + refused.count
    }
}
