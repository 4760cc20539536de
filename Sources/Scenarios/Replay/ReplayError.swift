internal import Primitives
internal import Routing

/// A scenario that the engine cannot play.
public struct ReplayError: Error, Equatable, CustomStringConvertible {
    /// What it has that the engine does not, in the words of the file.
    public let rules: [String]

    public var description: String {
        "the engine does not play these yet: \(rules.joined(separator: ", ")). Nothing was played."
    }
}

extension Scenario {
    /// What the engine has no rule for yet, each once.
    var rulesNotPlayed: [String] {
        var found: Set<String> = []
        func note(_ isThere: Bool, _ name: String) { if isThere { found.insert(name) } }
        for queue in queues {
            note(queue.routing.lastAgent != nil, "stage lastAgent")
            note(queue.routing.method != .standard, "bullseye and conditionalGroups")
            note(!queue.routing.cascade.isEmpty, "cascade")
            note(queue.overflow != nil, "overflow")
            note(queue.members.contains { $0 != Membership($0.agent) }, "ring, queueOrder, delaySeconds")
        }
        for agent in agents {
            note(agent.utilization != Utilization(maxima: agent.utilization), "utilization beyond maxima")
            note(Set(agent.busyUntil.map(\.media)).count > 1, "busyUntil of several media")
        }
        for interaction in interactions {
            note(interaction.media == .callback || interaction.media == .workitem, "callback and workitem")
            note(!interaction.preferred.isEmpty, "preferredAgents")
            note(interaction.direct != nil, "routing.direct")
            note(interaction.outboundBy != nil, "direction outbound")
            note(interaction.label != nil, "label")
        }
        note(!answers.connectFailed.isEmpty, "connectFailed")
        for control in controls {
            switch control.deed {
            case .presence, .act(_, .end): break
            case .agentSkills: found.insert("change of skills")
            case .connection: found.insert("connection")
            case .utilization: found.insert("change of utilization")
            case .edit: found.insert("edit")
            case .transfer: found.insert("transfer")
            case .consult: found.insert("consult")
            case .act: found.insert("hold, park, consult")
            case .callback: found.insert("turn into callback")
            }
        }
        return found.sorted()
    }
}

extension Utilization {
    /// Nothing but the maxima of another.
    fileprivate init(maxima other: Utilization) {
        self.init()
        for media in MediaType.allCases { self.media[media]?.maximum = other[media].maximum }
    }
}
