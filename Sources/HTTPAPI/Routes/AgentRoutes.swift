import Cluster
import ContactCentre
internal import JSONDocuments
import Routing

/// An agent's presence and offers.
enum AgentRoutes {
    static let routes: [Route] = [
        Route(
            method: "PUT", template: "\(Route.base)/agents/{id}/presence", summary: "Set an agent's presence",
            roles: [.admin, .supervisor, .agent], body: .json(.presence),
            answers: [.init(status: 200, note: "The agent as it is now.", schema: .liveAgentView)],
            handler: setPresence),
        Route(
            method: "GET", template: "\(Route.base)/agents/{id}/offers",
            summary: "List the offers that ring at an agent",
            roles: [.agent],
            answers: [
                .init(
                    status: 200, note: "All of them.",
                    schema: .object([.required("items", .list(.offer)), .required("asOf", .time)]))
            ], handler: offers),
        Route(
            method: "POST", template: "\(Route.base)/offers/{id}/accept", summary: "Take an offer", roles: [.agent],
            body: .empty, answers: [.init(status: 200, note: "The work is this agent's.", schema: .accepted)],
            handler: accept),
        Route(
            method: "POST", template: "\(Route.base)/offers/{id}/decline", summary: "Decline an offer",
            roles: [.agent], body: .empty,
            answers: [.init(status: 204, note: "Declined; not offered to this agent again for 30 s.", schema: nil)],
            handler: decline),
    ]

    private static func setPresence(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let id = AgentID(request.parameter("id"))
        try request.principal.limit(to: id)
        let settings = try await services.agent(id.key, for: request.principal)
        let presence = request.body["presence"]?.text.flatMap { Presence(name: $0) } ?? .offline
        let command = AgentCommand.setPresence(presence, onQueue: request.body["onQueue"]?.flag ?? false)
        switch try await perform(command, on: id, services) {
        case .done: break
        case .presenceNotAvailable: throw Problem.invalid("/onQueue", "can be true only with presence available")
        case .unknown: throw Problem.notExecuted("The agent's configuration is still on its way to its shard")
        case .view: throw Problem.failure()
        }
        let view = AgentBody.view(settings, id: id.key, queues: settings.queues)
        let live = try await Problem.afterChange { try await services.live(id) }
        return APIAnswer(200, AgentBody.adding(live, to: view))
    }

    /// An agent that was configured a moment ago may not have heard of it.
    private static func perform(
        _ command: AgentCommand, on id: AgentID, _ services: APIServices
    ) async throws -> AgentReply {
        for pause in APIServices.pauses {
            let reply = try await services.system.agent(id).perform(command)
            guard reply == .unknown else { return reply }
            try await Task.sleep(for: pause)
        }
        return try await services.system.agent(id).perform(command)
    }

    private static func offers(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let id = AgentID(request.parameter("id"))
        // Whoever holds an offer's id may accept it: they are shown to the agent alone.
        guard request.principal.agent == id else { throw Problem.forbidden("Offers are shown to their agent only") }
        _ = try await services.agent(id.key, for: request.principal)
        let live = try await services.live(id)
        let items = live.map { AgentBody.offers($0).map(\.body) } ?? []
        return APIAnswer(200, ["items": .list(items), "asOf": .time(services.now)])
    }

    // MARK: answers to offers

    private static func offer(_ request: APIRequest, _ services: APIServices) async throws -> OfferID {
        let text = request.parameter("id")
        guard let offer = OfferID(text: text) else { throw Problem.notFound("offer '\(text.prefix(64))'") }
        // A made-up offer must not call a queue into being.
        guard try await services.queueExists(offer.queue) else { throw over }
        return offer
    }

    private static let over = Problem.gone("The offer is over, or was never this agent's")

    private static func send(
        _ command: QueueCommand, to queue: QueueID, _ request: APIRequest, _ services: APIServices
    ) async throws -> QueueReply {
        try await CallContext.$current.withValue(request.context(keyed: true)) {
            try await services.system.queue(queue).perform(command)
        }
    }

    private static func accept(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let offer = try await offer(request, services)
        let agent = AgentID(request.principal.subject)
        guard
            case .accepted(let ticket) = try await send(.acceptOffer(offer, agent), to: offer.queue, request, services)
        else { throw over }
        let segment = SegmentID(ticket, attempt: offer.attempt)
        return APIAnswer(
            200,
            [
                "offerId": .text(offer.text), "conversation": .text(ticket.conversation.key),
                "segment": .text(segment.text),
            ])
    }

    private static func decline(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let offer = try await offer(request, services)
        let agent = AgentID(request.principal.subject)
        guard case .done = try await send(.declineOffer(offer, agent), to: offer.queue, request, services) else {
            throw over
        }
        return .noContent
    }
}

extension APIServices {
    fileprivate func queueExists(_ id: QueueID) async throws -> Bool {
        if follower.current.queues[id] != nil { return true }
        return try await centre().queues[id] != nil
    }
}
