import Cluster
import HummingbirdCore
internal import JSONDocuments
import NIOCore
import Primitives
import Routing

/// The stream of events.
enum EventRoutes {
    static let routes = [
        Route(
            method: "GET", template: "\(Route.base)/events", summary: "Follow what happens (server-sent events)",
            roles: Role.everyReaderAnd([.agent]),
            query: [
                .init(
                    name: "topics", schema: .text(1...8_192),
                    note: "queue:ID, agent:ID, conversation:ID (* for all), with commas.", isRequired: true),
                .init(
                    name: "after", schema: .text(1...65_536),
                    note: "The id of the last event seen. The header Last-Event-ID goes before it."),
            ],
            answers: [
                .init(
                    status: 200, note: "CloudEvents 1.0; comments every 15 s; reset when events are missing.",
                    schema: nil, contentType: Route.eventStream)
            ], handler: open)
    ]

    private static func open(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let topics = try EventTopic.list(request.query["topics"] ?? "")
        try await check(topics, request, services)
        var after: EventPosition?
        if let text = request.lastEventID ?? request.query["after"] {
            guard let position = EventPosition(text: text) else {
                throw Problem.malformed("The id of the last event is none that a stream gave")
            }
            after = position
        }
        let sight = EventSight(topics: topics, principal: request.principal)
        let feed = EventFeed(concerns: sight.sees, close: request.connection.close)
        guard let number = services.feeds.add(feed) else {
            throw Problem.notExecuted("This node serves no more event streams now")
        }
        // Subscribed before the answer begins: whoever has its head misses nothing that happens from then on.
        // Not on the loop of the connection: what a reader has missed, or what comes at once, may be thousands of batches.
        let stream = await withTaskExecutorPreference(globalConcurrentExecutor) { [after] in
            EventStream(sight: sight, after: after, feed: feed, services: services)
        }
        let hub = services.node.events
        let leave: @Sendable () -> Void = {
            hub.stopReading(stream.reader)
            services.feeds.remove(number)
            feed.finish()
        }
        request.connection.onClose(leave)
        let requestBody = request.connection.requestBody
        let body = ResponseBody { writer in
            defer { leave() }
            try await withTaskExecutorPreference(globalConcurrentExecutor) {
                try await stream.write(to: &writer, reading: requestBody)
            }
        }
        return APIAnswer(200, stream: body).with("Content-Type", Route.eventStream)
    }

    /// A named entity must be visible; an agent follows itself and its conversations.
    private static func check(_ topics: [EventTopic], _ request: APIRequest, _ services: APIServices) async throws {
        for topic in topics {
            guard let key = topic.key else {
                if request.principal.isOnlyAgent { throw Problem.forbidden("An agent follows named topics only") }
                continue
            }
            switch topic.kind {
            case .agent:
                try request.principal.limit(to: AgentID(key))
                _ = try await services.agent(key, for: request.principal)
            case .conversation: _ = try await ConversationRoutes.body(key, request, services)
            default:
                if request.principal.isOnlyAgent { throw Problem.forbidden("An agent does not follow queues") }
                guard try await services.queue(QueueID(key), for: request.principal) != nil else {
                    throw Problem.notFound("queue '\(key)'")
                }
            }
        }
    }
}
