import ContactCentre
internal import JSONDocuments
import Primitives
import Routing

/// What waits in a queue now.
enum QueueRoutes {
    static let routes = [
        Route(
            method: "GET", template: "\(Route.base)/queues/{id}/waiting", summary: "List what waits, in rank order",
            roles: .everyReader, query: [.limit],
            answers: [.init(status: 200, note: "The first of the line.", schema: .waiting)], handler: waiting)
    ]

    private static func waiting(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let id = QueueID(request.parameter("id"))
        guard try await services.queue(id, for: request.principal) != nil else {
            throw Problem.notFound("queue '\(id.key.prefix(64))'")
        }
        let limit = UInt32(try Paging(request).limit)
        guard
            case .waiting(let total, let tickets) = try await services.system.queue(id).perform(.waiting(limit: limit))
        else { throw Problem.failure() }
        let now = services.now
        let items = tickets.map { ticket in
            JSONValue.fields([
                "conversation": .text(ticket.ticket.conversation.key), "position": .integer(Int64(ticket.position)),
                "mediaType": .text(ticket.media.description), "priority": .integer(Int64(ticket.priority)),
                "waitingSince": .time(ticket.waitingSince),
                "waitSeconds": .number(max(.zero, now - ticket.waitingSince).seconds),
            ])
        }
        return APIAnswer(200, ["total": .integer(Int64(total)), "items": .list(items), "asOf": .time(now)])
    }
}
