import HummingbirdCore
internal import JSONDocuments

/// What a route answers.
struct APIAnswer: Sendable {
    enum Content: Sendable {
        case none
        case json(JSONValue)
        case text(String, type: String)
        case stream(ResponseBody)
    }

    var status: Int
    var content: Content
    var headers: [(name: String, value: String)] = []

    init(_ status: Int = 200, _ body: JSONValue) {
        self.status = status
        content = .json(body)
    }

    /// - Parameter type: the `Content-Type`.
    init(_ status: Int = 200, text: String, type: String) {
        self.status = status
        content = .text(text, type: type)
    }

    init(_ status: Int = 200, stream: ResponseBody) {
        self.status = status
        content = .stream(stream)
    }

    private init(empty status: Int) {
        self.status = status
        content = .none
    }

    static let noContent = APIAnswer(empty: 204)

    func with(_ name: String, _ value: String) -> APIAnswer {
        var answer = self
        answer.headers.append((name, value))
        return answer
    }

    /// A configuration document's version as an entity tag.
    func tagged(_ version: UInt64) -> APIAnswer { with("ETag", "\"\(version)\"") }
}
