internal import JSONDocuments
import Primitives

/// The part of a list that a request asks for.
struct Paging {
    static let standardLimit = 50

    let limit: Int
    /// The id after which the page begins.
    let after: String?

    /// - Throws: a 400 problem for a cursor that no page gave.
    init(_ request: APIRequest) throws(Problem) {
        limit = request.query["limit"].flatMap { Int($0) } ?? Self.standardLimit
        guard let cursor = request.query["cursor"] else {
            after = nil
            return
        }
        guard let text = Base64URL.decode(cursor).flatMap({ String(validating: $0, as: UTF8.self) }) else {
            throw .malformed("The cursor is none that a page gave")
        }
        after = text
    }

    static func cursor(after id: String) -> JSONValue { .text(Base64URL.encode(Array(id.utf8))) }

    /// The page of all ids in order, each made an item.
    func page(_ sorted: [String], at now: Instant, item: (String) -> JSONValue?) -> JSONValue {
        let rest = sorted.drop { id in after.map { id <= $0 } ?? false }
        let page = rest.prefix(limit)
        let cursor = rest.count > page.count ? page.last.map(Self.cursor) : nil
        return .fields(["items": .list(page.compactMap(item)), "nextCursor": cursor, "asOf": .time(now)])
    }
}
