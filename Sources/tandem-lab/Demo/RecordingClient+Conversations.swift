import APIClient
import History

extension RecordingClient {
    /// Reads a conversation; the record keeps its state, end reason and owner.
    /// - Returns: `nil` if the cluster answered that it has none such, or shows it to nobody.
    func read(_ id: String) async throws -> APIShapes.Conversation? {
        var draft = HistoryRecord(.read)
        draft.conversation = id
        let response = try await send(draft, "GET", Path.conversation(id)) { response, record in
            guard let body = try? APIShapes.decode(APIShapes.Conversation.self, response.body) else { return }
            record.state = body.currentState
            record.endReason = body.currentEndReason
            record.owner = body.allSegments.last { $0.state == "connected" }?.agent
        }
        guard response.status == 200 else { return nil }
        return try APIShapes.decode(APIShapes.Conversation.self, response.body)
    }
}
