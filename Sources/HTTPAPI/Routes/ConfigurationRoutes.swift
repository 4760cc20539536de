import ContactCentre
internal import JSONDocuments
import Primitives
import Routing

/// Skills, queues and agents.
enum ConfigurationRoutes {
    static let skills = ConfigurationKind(
        plural: "skills", singular: "skill", schema: .skill, view: .skillView,
        ids: { $0.skills.keys.sorted() },
        find: { centre, id in
            centre.skills[id].map {
                .init(version: $0.version, division: "", view: SkillBody.view($0.document, id: id))
            }
        },
        change: { id, body, _ throws(Problem) in .skill(id, SkillBody.document(body)) },
        removal: { .skill($0, nil) })

    static let queues = ConfigurationKind(
        plural: "queues", singular: "queue", schema: .queue, view: .queueView,
        ids: { $0.queues.keys.map(\.key).sorted() },
        find: { centre, id in
            centre.queues[QueueID(id)].map {
                .init(
                    version: $0.version, division: $0.document.division, view: QueueBody.view($0.document, id: id))
            }
        },
        change: { id, body, _ throws(Problem) in .queue(QueueID(id), try QueueBody.settings(body)) },
        removal: { .queue(QueueID($0), nil) },
        checkRemoval: checkQueueRemoval,
        removalQuery: [
            .init(name: "drainTo", schema: .identifier, note: "The queue that takes over its work: not yet supported.")
        ])

    static let agents = ConfigurationKind(
        plural: "agents", singular: "agent", schema: .agent, view: .agentView, liveView: .liveAgentView,
        ids: { $0.agents.keys.map(\.key).sorted() },
        find: { centre, id in
            centre.agents[AgentID(id)].map {
                .init(
                    version: $0.version, division: $0.document.division,
                    view: AgentBody.view($0.document, id: id, queues: centre.queues(of: AgentID(id))))
            }
        },
        change: { id, body, _ throws(Problem) in .agent(AgentID(id), AgentBody.settings(body)) },
        removal: { .agent(AgentID($0), nil) },
        enrich: { view, id, services in AgentBody.adding(try await services.live(AgentID(id)), to: view) },
        readers: [.agent])

    /// Reads of members' slots under way at once.
    private static let readsAtOnce = 16

    /// A queue stays while interactions wait in it or agents have its work in hand.
    private static func checkQueueRemoval(_ key: String, _ centre: CentreState, _ services: APIServices) async throws {
        let id = QueueID(key)
        if case .waiting(let total, _) = try await services.system.queue(id).perform(.waiting(limit: 0)), total > 0 {
            throw Problem.conflict("\(total) interactions wait in the queue")
        }
        let members = centre.effective(id)?.members ?? []
        let busy = try await withThrowingTaskGroup(of: Bool.self) { group in
            var isBusy = false
            for (index, member) in members.enumerated() {
                if index >= readsAtOnce, try await group.next() ?? false { isBusy = true }
                group.addTask { try await services.live(member)?.slots.contains { $0.queue == id } ?? false }
            }
            for try await one in group where one { isBusy = true }
            return isBusy
        }
        if busy { throw Problem.conflict("Agents have work of the queue in hand") }
    }
}
