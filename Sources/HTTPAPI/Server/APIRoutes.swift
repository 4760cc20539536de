/// Every route of this version.
package enum APIRoutes {
    static let all: [Route] = {
        let parts: [[Route]] = [
            ConfigurationRoutes.skills.routes, ConfigurationRoutes.queues.routes, MemberRoutes.routes,
            QueueRoutes.routes, ConfigurationRoutes.agents.routes, AgentRoutes.routes,
            [ConversationListRoute.route], ConversationRoutes.routes, EventRoutes.routes, ClusterRoutes.routes,
            ShardRoutes.routes, PlacementRoutes.routes, JoinRoutes.routes,
        ]
        return parts.flatMap(\.self)
    }()

    /// What the table says of one route, for comparison with the OpenAPI document.
    package struct Summary: Sendable, Hashable {
        package let method: String
        package let template: String
        package let roles: [String]

        package init(method: String, template: String, roles: [String]) {
            self.method = method
            self.template = template
            self.roles = roles
        }
    }

    package static var summaries: [Summary] {
        all.map { Summary(method: $0.method, template: $0.template, roles: $0.roles.map(\.rawValue)) }
    }
}
