public import Cluster
internal import Primitives
public import Routing

/// Lists conversations over all shards: keys first, then each conversation from its own log.
public struct ConversationDirectory: Sendable {
    private let system: TandemSystem

    public init(system: TandemSystem) { self.system = system }

    /// In order of their ids, behind `after`.
    public func list(limit: Int, after: ConversationID?) async throws -> [ConversationView] {
        let keys = try await system.node.keys(of: .conversation, after: after?.key ?? "", limit: limit)
        var views: [String: ConversationView] = [:]
        try await withThrowingTaskGroup(of: ConversationView?.self) { group in
            for key in keys {
                group.addTask {
                    let reply = try await system.conversation(ConversationID(key)).perform(.view)
                    guard case .view(let view) = reply else { return nil }
                    return view
                }
            }
            for try await case .some(let view) in group { views[view.id.key] = view }
        }
        return keys.compactMap { views[$0] }
    }
}
