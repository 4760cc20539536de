import Primitives
import Routing
import Scenarios

extension ReferencePlayer {
    /// An interaction as it is now.
    struct Item {
        enum Phase: Equatable {
            case coming, waiting, alerting, talking, ended
            case scheduled(Instant)
        }

        enum Stage: Equatable {
            case lastAgent(AgentID), direct(AgentID), preferred, own
        }

        let plan: Scenario.Interaction
        var phase = Phase.coming
        var queue: QueueID
        var media: MediaType
        var priority: Int32
        var skills: [Scenario.AskedSkill]
        var preferred: [Scenario.PreferredAgent]
        var lastAgent: AgentID?
        var direct: AgentID?
        /// The queue's base priority of the medium with which it came.
        var basePriority: Int32 = 0
        /// What its rank counts from.
        var since = Instant.zero
        var ageOffset = Span.zero
        /// When it came into this queue.
        var entered = Instant.zero
        var sequence = 0
        var isFront = false
        /// The current stage is the first.
        var stages: [Stage] = []
        var stageEntered = Instant.zero
        /// Conditional rules that have been current, and the groups that they opened.
        var rulesSeen = 0
        var openedGroups: [String] = []
        var excludedUntil: [AgentID: Instant] = [:]
        var refusals = 0
        var retryAt = Instant(microseconds: .min)
        /// What is left of its handle time.
        var left: Span?
        var hasBeenAnswered = false
        var dialled = 0

        init(_ plan: Scenario.Interaction) {
            self.plan = plan
            queue = plan.queue
            media = plan.media
            priority = plan.priority
            skills = plan.skills
            preferred = plan.preferred
            lastAgent = plan.lastAgent
            direct = plan.direct
            left = plan.handle
        }

        /// When its customer gives up, while that is possible.
        var gaveUpAt: Instant? {
            guard phase == .waiting || phase == .alerting, !hasBeenAnswered, media != .callback else { return nil }
            return plan.patience.map { plan.at + $0 }
        }
    }

    /// Something that an agent has in hand.
    struct Work {
        enum State: Equatable {
            case alerting, connected, held, parked
            case dialing(until: Instant, Scenario.Dial.Outcome)
            case afterContact(until: Instant)
        }

        enum Role {
            case owner, consult
        }

        let number: Int
        /// nil: what was in hand at the beginning.
        var item: Int?
        var media: MediaType
        var label: String?
        var role = Role.owner
        var state: State
        var isInbound = true
        var begun: Instant
        var busyUntil: Instant?
        var answersAt: Instant?
        /// The queue answers for the agent.
        var isAutomatic = false
        var ringsUntil: Instant?
        /// Since when the clock of handling runs.
        var runsSince: Instant?
        /// Works that interrupt it.
        var interruptedBy: Set<Int> = []

        /// Whether it takes part in what the agent may take.
        var isInHand: Bool { state != .parked }
        var isAfterContact: Bool { if case .afterContact = state { true } else { false } }
    }

    struct Agent {
        let plan: Scenario.Agent
        var skills: [HeldSkill]
        var utilization: Utilization
        var presence: Presence
        var isOnQueue: Bool
        var isNotResponding = false
        var isLost = false
        var leavesAt: Instant?
        var losesWorkAt: Instant?
        var wentOnQueue: Instant
        var lastEnd: Instant
        var lastInboundEnd: Instant
        var works: [Work] = []
        var told = ScenarioResult.Status.idle

        init(_ plan: Scenario.Agent) {
            self.plan = plan
            (skills, utilization, presence, isOnQueue) = (plan.skills, plan.utilization, plan.presence, plan.onQueue)
            (wentOnQueue, lastEnd, lastInboundEnd) = (plan.idleSince, plan.idleSince, plan.idleSince)
            for (place, busy) in plan.busyUntil.enumerated() {
                works.append(
                    Work(
                        number: -1 - place, media: busy.media, state: .connected, begun: .zero, busyUntil: busy.at,
                        runsSince: .zero))
            }
        }

        var status: ScenarioResult.Status {
            if !isOnQueue { return .offQueue }
            if isNotResponding { return .notResponding }
            return works.contains(where: \.isInHand) ? .interacting : .idle
        }

        /// Section 3: idle since.
        func idleSince(_ clock: IdleClock) -> Instant {
            switch clock {
            case .any: max(lastEnd, wentOnQueue)
            case .inboundOnly: max(lastInboundEnd, wentOnQueue)
            case .lastInteraction: lastEnd
            }
        }
    }
}
