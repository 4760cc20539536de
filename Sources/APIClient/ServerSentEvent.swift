/// One event of a `text/event-stream` answer.
public struct ServerSentEvent: Sendable, Equatable {
    /// The identifier to resume after (`Last-Event-ID`): of this event or, if it has none, of the last one that had.
    public let id: String?
    /// The type of the event; `message` if the server named none.
    public let event: String
    /// The data lines, joined by line feeds.
    public let data: String

    public init(id: String?, event: String, data: String) {
        self.id = id
        self.event = event
        self.data = data
    }
}
