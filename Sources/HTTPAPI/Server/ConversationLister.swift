public import ContactCentre
public import Routing

/// Lists the conversations of the whole cluster, in order of their ids.
public protocol ConversationLister: Sendable {
    /// - Parameters:
    ///   - limit: conversations at most.
    ///   - after: the id after which the list goes on; nil for its beginning.
    /// - Returns: fewer than `limit` only at the end of the list.
    func list(limit: Int, after: ConversationID?) async throws -> [ConversationView]
}

extension ConversationDirectory: ConversationLister {}
