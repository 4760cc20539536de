public import Primitives

/// How a queue chooses among candidates (routing-semantics 3).
public enum Evaluation: String, Sendable, CaseIterable, NamedCase {
    /// All skills asked now are held; the longest idle wins.
    case allSkills
    /// The same, then the highest average proficiency over the skills asked.
    case bestAvailableSkills
    /// The longest idle, whatever is asked.
    case disregardSkills
    /// The smallest share of capacity in use.
    case leastLoaded
}

/// Which events start an agent's idle clock in a queue (routing-semantics 3).
public enum IdleClock: String, Sendable, CaseIterable, NamedCase {
    case any
    case inboundOnly
    case lastInteraction
}

/// How a queue's interactions find their agents, stage by stage (routing-semantics 3 and 4).
public struct RoutingRules: Sendable, Equatable {
    public var evaluation = Evaluation.allSkills
    /// `bestAvailableSkills` looks at so many of the longest idle; nil at all.
    public var candidateWindow: Int?
    public var idleClock = IdleClock.any
    /// How long the agent of the previous exchange is waited for; nil where the queue has no such stage.
    public var lastAgent: Span?
    public var direct = DirectStage()
    public var preferred = PreferredStage()
    public var method = RoutingMethod.standard
    /// By `after`, ascending.
    public var cascade: [CascadeStep] = []

    public init() {}
}

/// One named agent, member or not, and where to go when the wait for it is over.
public struct DirectStage: Sendable, Equatable {
    public var wait = Span.seconds(60)
    /// nil: the queue itself.
    public var backupQueue: QueueID?

    public init() {}
}

/// The agents whom an interaction prefers, in growing pools.
public struct PreferredStage: Sendable, Equatable {
    /// A step of the pool: all of at least this score.
    public struct Rule: Sendable, Equatable {
        /// 0 admits any.
        public var minimumScore: Int
        public var wait: Span

        public init(minimumScore: Int = 0, wait: Span = .seconds(5)) {
            self.minimumScore = minimumScore
            self.wait = wait
        }
    }

    public var rules = [Rule()]
    public var asksSkills = false

    public init() {}
}

/// The last stage: the queue's own.
public enum RoutingMethod: Sendable, Equatable {
    case standard
    case bullseye([Ring])
    case conditionalGroups([ConditionalRule])
}

/// A ring of a bullseye: what changes when it is left after `wait`.
public struct Ring: Sendable, Equatable {
    public var wait: Span
    public var dropSkills: [String]
    public var addGroups: [String]

    public init(wait: Span, dropSkills: [String] = [], addGroups: [String] = []) {
        self.wait = wait
        self.dropSkills = dropSkills
        self.addGroups = addGroups
    }
}

/// Opens groups while a metric of a queue fulfils a comparison at the moment at which the rule becomes current.
public struct ConditionalRule: Sendable, Equatable {
    public enum Metric: String, Sendable, CaseIterable, NamedCase {
        /// Seconds that a new interaction would wait.
        case ewt
        /// Percent of the running half-hour.
        case serviceLevel
        /// Interactions in the line.
        case waiting
    }

    public enum Comparison: String, Sendable, CaseIterable, NamedCase {
        case lessThan
        case lessThanOrEqual
        case greaterThan
        case greaterThanOrEqual
    }

    public var metric: Metric
    public var queue: QueueID
    public var comparison: Comparison
    public var value: Double
    public var groups: [String]
    /// Until the next rule becomes current.
    public var wait: Span

    public init(
        metric: Metric, queue: QueueID, comparison: Comparison, value: Double, groups: [String], wait: Span
    ) {
        self.metric = metric
        self.queue = queue
        self.comparison = comparison
        self.value = value
        self.groups = groups
        self.wait = wait
    }
}

/// What is asked less of an interaction that has been in the queue for `after`.
public struct CascadeStep: Sendable, Equatable {
    public var after: Span
    public var dropSupplementary: Bool
    public var dropSkills: [String]
    /// Tenths of a level.
    public var lowerMinimumBy: UInt8

    public init(after: Span, dropSupplementary: Bool = false, dropSkills: [String] = [], lowerMinimumBy: UInt8 = 0) {
        self.after = after
        self.dropSupplementary = dropSupplementary
        self.dropSkills = dropSkills
        self.lowerMinimumBy = lowerMinimumBy
    }
}

/// When work leaves a queue that cannot serve it, and where to (routing-semantics 4). Each is a flow-out.
public struct Overflow: Sendable, Equatable {
    public enum Action: Sendable, Equatable {
        case queue(QueueID)
        case callback
        case message
        case end
    }

    /// An interaction that would make the line longer flows out.
    public var maxWaiting: Int?
    /// So does one that has waited so long.
    public var maxWait: Span?
    /// Nobody on queue: true lets everything flow out, false keeps it.
    public var flowsOutWithoutAgents = false
    public var action: Action

    public init(action: Action) { self.action = action }
}
