public import Primitives
public import Routing

/// A stretch of a contact centre's life: what is configured, who works, what comes, and what is done when.
///
/// Times count from 0, the beginning. The format of the file: `docs/scenarios.md`.
public struct Scenario: Sendable {
    public var queues: [Queue] = []
    public var groups: [String: [AgentID]] = [:]
    public var agents: [Agent] = []
    /// In the order of the file, which is the order of arrival within one instant.
    public var interactions: [Interaction] = []
    public var answers = Answers()
    /// By time; within one instant in the order of the file.
    public var controls: [Control] = []

    public init() {}

    /// A queue with all its rules.
    public struct Queue: Sendable {
        public var id: QueueID
        public var rank = RankRules()
        public var routing = RoutingRules()
        public var offers = OfferRules()
        public var callback = CallbackRules()
        public var overflow: Overflow?
        public var assumedHandle: [MediaType: Span] = [:]
        public var serviceLevel: [MediaType: Span] = [:]
        public var members: [Membership] = []

        public init(_ id: QueueID) { self.id = id }
    }

    /// An agent at the beginning.
    public struct Agent: Sendable {
        public var id: AgentID
        public var skills: [HeldSkill] = []
        public var utilization = Utilization()
        public var presence = Presence.available
        public var onQueue = true
        public var idleSince = Instant.zero
        /// Work in hand at the beginning, with its end.
        public var busyUntil: [Busy] = []
        public var reconnect = Span.seconds(120)

        public init(_ id: AgentID) { self.id = id }
    }

    public struct Busy: Sendable {
        public var at: Instant
        public var media: MediaType
    }

    /// A skill that is asked, and whether the cascade may give it up.
    public struct AskedSkill: Sendable, Equatable {
        public var request: SkillRequest
        public var isSupplementary: Bool

        public init(_ request: SkillRequest, isSupplementary: Bool = false) {
            self.request = request
            self.isSupplementary = isSupplementary
        }
    }

    public struct PreferredAgent: Sendable, Equatable {
        public var agent: AgentID
        /// 0 to 100.
        public var score: Int

        public init(_ agent: AgentID, score: Int = 100) {
            self.agent = agent
            self.score = score
        }
    }

    /// How a callback's attempt went, and how long the dialling took.
    public struct Dial: Sendable, Equatable {
        public enum Outcome: String, Sendable, CaseIterable {
            case connected, busy, noAnswer, wrongNumber, machine, failed
        }

        public var after: Span
        public var outcome: Outcome
    }

    /// One interaction with its customer's and agent's behaviour.
    public struct Interaction: Sendable {
        public var id: String
        public var at: Instant
        public var queue: QueueID
        public var media = MediaType.voice
        public var priority: Int32 = 0
        public var skills: [AskedSkill] = []
        public var label: String?
        public var excluded: [AgentID] = []
        public var preferred: [PreferredAgent] = []
        public var lastAgent: AgentID?
        public var direct: AgentID?
        /// Begun by this agent, on behalf of the queue.
        public var outboundBy: AgentID?
        /// How long it takes once connected; nil until a control ends it.
        public var handle: Span?
        /// How long the customer waits; nil for ever.
        public var patience: Span?
        /// How long the agent takes for the wrap-up code.
        public var afterContact = Span.zero
        public var number: String?
        /// A callback's time.
        public var scheduledAt: Instant?
        /// A callback's attempts in their order; further ones connect at once.
        public var dial: [Dial] = []

        public init(_ id: String, at: Instant, queue: QueueID) {
            self.id = id
            self.at = at
            self.queue = queue
        }
    }

    /// How agents answer; who is not named accepts at once.
    public struct Answers: Sendable {
        public struct Pair: Sendable, Hashable {
            public var agent: AgentID
            public var interaction: String

            public init(_ agent: AgentID, _ interaction: String) {
                self.agent = agent
                self.interaction = interaction
            }
        }

        public var delay: [Pair: Span] = [:]
        /// How many of the offers are left to ring out.
        public var unanswered: [Pair: Int] = [:]
        /// How many of the offers are declined.
        public var declined: [Pair: Int] = [:]
        /// How many of the accepted offers get no media.
        public var connectFailed: [Pair: Int] = [:]

        public init() {}
    }

    /// Something that somebody does at a time.
    public struct Control: Sendable {
        public enum Deed: Sendable {
            /// nil: as it is.
            case presence(AgentID, Presence?, onQueue: Bool?)
            case connection(AgentID, isLost: Bool)
            case utilization(AgentID, Utilization)
            case agentSkills(AgentID, [HeldSkill])
            case edit(String, Edit)
            case transfer(String, Transfer)
            case consult(String, AgentID)
            case act(String, Act)
            case callback(String)
        }

        public var at: Instant
        public var deed: Deed

        public init(at: Instant, deed: Deed) {
            self.at = at
            self.deed = deed
        }
    }

    /// What is changed of a waiting or ringing interaction; nil leaves it.
    public struct Edit: Sendable {
        public var priority: Int32?
        public var skills: [AskedSkill]?
        public var queue: QueueID?
        public var routingAgeOffset: Span?
    }

    public struct Transfer: Sendable {
        public enum Target: Sendable {
            case queue(QueueID)
            case agent(AgentID)
        }

        public var target: Target
        public var keepsAge = false
        public var priority: Int32?
        public var skills: [AskedSkill]?
        /// In place of what is left of the first handle time.
        public var handle: Span?
    }

    public enum Act: String, Sendable, CaseIterable {
        case hold, resume, park, unpark, end
        case completeConsult = "consult/complete"
        case cancelConsult = "consult/cancel"
    }
}
