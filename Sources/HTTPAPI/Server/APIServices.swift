import Cluster
import ContactCentre
internal import JSONDocuments
import Logging
import Primitives
import Routing
import SecureTransport

/// What the routes work with.
struct APIServices: Sendable {
    let system: TandemSystem
    let follower: CentreFollower
    let configuration: ConfigurationMirror
    let conversations: any ConversationLister
    let tokens: TokenVerifier
    let version: String
    let started: Instant
    let feeds: EventFeeds
    let logger: Logger
    /// The OpenAPI document, made once.
    let document: JSONValue
    /// Who asks on routes without a token.
    let nobody = Principal(TokenClaims(subject: "", roles: [], divisions: [], expires: .distantFuture))

    var node: ClusterNode { system.node }
    var now: Instant { node.world.clock.now }

    /// How often and after which pauses a word that is still on its way to an entity is waited for.
    static let pauses: [Duration] = [5, 20, 75, 200, 500, 1_000].map { .milliseconds($0) }

    func ask(_ command: CentreCommand) async throws -> CentreReply { try await configuration.ask(command) }

    /// The configuration as the centre has it now.
    func centre() async throws -> CentreState { try await configuration.read() }

    /// A queue that the principal may see; asks the centre only when this node's copy has none.
    func queue(_ id: QueueID, for principal: Principal) async throws -> QueueSettings? {
        var settings = follower.current.effective(id)
        if settings == nil { settings = try await centre().effective(id) }
        return settings.flatMap { principal.sees(division: $0.division) ? $0 : nil }
    }

    /// An agent that the principal may see, or a 404 problem.
    func agent(_ key: String, for principal: Principal) async throws -> AgentSettings {
        let id = AgentID(key)
        var settings = follower.current.effective(id)
        if settings == nil { settings = try await centre().effective(id) }
        guard let settings, principal.agent == id || principal.sees(division: settings.division) else {
            throw Problem.notFound("agent '\(key.prefix(64))'")
        }
        return settings
    }

    /// What the agent's own shard says; nil while it has not heard of its configuration.
    func live(_ agent: AgentID) async throws -> AgentView? {
        guard case .view(let view) = try await system.agent(agent).perform(.view) else { return nil }
        return view
    }
}
