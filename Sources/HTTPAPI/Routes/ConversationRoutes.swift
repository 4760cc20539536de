import Cluster
import ContactCentre
internal import JSONDocuments
import Routing

/// Reading and ending conversations; `ConversationRoutes+Create.swift` has their creation.
enum ConversationRoutes {
    private static let one = "\(Route.base)/conversations/{id}"

    static let routes: [Route] = [
        Route(
            method: "POST", template: "\(Route.base)/conversations",
            summary: "Put a conversation into a queue", roles: [.admin, .integration], body: .json(.newConversation),
            answers: [
                .init(
                    status: 200, note: "The source's name for it was known: the existing one.", schema: .conversation),
                .init(status: 201, note: "Created; committed before the answer.", schema: .conversation),
            ], handler: create),
        Route(
            method: "GET", template: one, summary: "Read a conversation", roles: Role.everyReaderAnd([.agent]),
            answers: [.init(status: 200, note: "As it is now.", schema: .conversation)], handler: read),
        Route(
            method: "POST", template: "\(one)/abandon", summary: "The customer gives up waiting",
            roles: [.admin, .integration], body: .empty, answers: endAnswers, handler: abandon),
        Route(
            method: "POST", template: "\(one)/end", summary: "End a conversation, connected or not",
            roles: [.admin, .supervisor, .integration, .agent], body: .empty, answers: endAnswers, handler: end),
        Route(
            method: "POST", template: "\(Route.base)/segments/{id}/wrap-up",
            summary: "Give a segment its wrap-up code", roles: [.admin, .supervisor, .agent], body: .json(.wrapUp),
            answers: [.init(status: 200, note: "The segment with its code.", schema: .segment)], handler: wrapUp),
    ]

    private static let endAnswers: [Route.Answer] = [
        .init(status: 200, note: "Ended.", schema: .conversation),
        .init(status: 202, note: "The end is certain and under way.", schema: .conversation),
    ]

    // MARK: reading

    static func missing(_ text: String) -> Problem { .notFound("conversation '\(text.prefix(64))'") }

    /// The conversation with its live ticket, as far as the principal may see it.
    static func body(_ text: String, _ request: APIRequest, _ services: APIServices) async throws -> ConversationBody {
        guard let id = ConversationName.id(text), let view = try await view(id, services) else { throw missing(text) }
        let body = try await body(of: view, services)
        if mayRead(body, request.principal) { return body }
        // The queue's word may be under way to the conversation; who holds the work knows of it before.
        guard let agent = request.principal.agent, let held = try await services.live(agent),
            held.slots.contains(where: { $0.ticket.conversation == id })
        else { throw missing(text) }
        return body
    }

    static func mayRead(_ body: ConversationBody, _ principal: Principal) -> Bool {
        if let agent = principal.agent, body.agents.contains(agent) { return true }
        return !principal.isOnlyAgent && principal.sees(division: body.view.work.division)
    }

    static func view(_ id: ConversationID, _ services: APIServices) async throws -> ConversationView? {
        guard case .view(let view) = try await services.system.conversation(id).perform(.view) else { return nil }
        return view
    }

    /// Reads the live ticket. Where it is gone, its conversation may have moved on meanwhile: read that once more.
    static func body(of view: ConversationView, _ services: APIServices) async throws -> ConversationBody {
        guard view.ended == nil else { return ConversationBody(view: view, live: nil) }
        let ticket = Ticket(view.id, view.ticket)
        if case .ticket(let live?) = try await services.system.queue(view.work.queue).perform(.ticket(ticket)) {
            return ConversationBody(view: view, live: live)
        }
        return ConversationBody(view: try await Self.view(view.id, services) ?? view, live: nil)
    }

    private static func read(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        APIAnswer(200, try await body(request.parameter("id"), request, services).body)
    }

    // MARK: ending

    private static func abandon(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        try await finish(request, services, by: nil, .abandon)
    }

    private static func end(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let agent = request.principal.isOnlyAgent ? request.principal.agent : nil
        return try await finish(request, services, by: agent, .end(by: agent))
    }

    /// As long as nothing is in its way: a look at the conversation, its command, and a look when word of the end came.
    private static func finish(
        _ request: APIRequest, _ services: APIServices, by agent: AgentID?, _ command: ConversationCommand
    ) async throws -> APIAnswer {
        let text = request.parameter("id")
        guard let id = ConversationName.id(text) else { throw missing(text) }
        // Before the command, so that its end cannot come unheard.
        let watch = EntityWatch(id.entity, services)
        defer { watch.end() }
        try await awaitConnection(of: agent, id, request, services, watch)
        let reply = try await CallContext.$current.withValue(request.context(keyed: true)) {
            try await services.system.conversation(id).perform(command)
        }
        switch reply {
        case .done: break
        case .unknown: throw missing(text)
        case .alreadyConnected: throw Problem.conflict("An agent is connected: end the conversation instead")
        case .alreadyEnded: throw Problem.conflict("The conversation has ended already")
        case .notOwner: throw Problem.forbidden("Only the agent who is connected may end it")
        case .created, .view, .unknownSegment, .segmentOpen, .unknownCode: throw Problem.failure()
        }
        // The queue's word that the ticket is out of its line takes a moment.
        let commanded = ContinuousClock.now
        return try await Problem.afterChange {
            while try await watch.next(since: commanded) {
                if let view = try await view(id, services), view.ended != nil {
                    return APIAnswer(200, ConversationBody(view: view, live: nil).body)
                }
            }
            let after = try await body(text, request, services)
            return APIAnswer(after.view.ended == nil ? 202 : 200, after.body)
        }
    }

    /// Checks that the principal sees the conversation, and waits until the conversation knows its agent: who was told that
    /// the accept holds may be faster than the queue's word to it, above all while one of the two has no leader.
    private static func awaitConnection(
        of agent: AgentID?, _ id: ConversationID, _ request: APIRequest, _ services: APIServices, _ watch: EntityWatch
    ) async throws {
        var looked: ContinuousClock.Instant?
        repeat {
            if let view = try await view(id, services), agent == nil || view.owner == agent,
                mayRead(ConversationBody(view: view, live: nil), request.principal)
            {
                return
            }
            let found = try await body(id.key, request, services)
            guard let agent, found.isBeingConnected(to: agent) else { return }
            // The look itself may have taken long, as while a shard has no leader: the waits begin behind it.
            looked = looked ?? .now
        } while try await watch.next(since: looked ?? .now)
        throw Problem.notExecuted("The conversation has yet to hear that you are connected")
    }

    // MARK: wrap-up

    private static func wrapUp(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let text = request.parameter("id")
        let missing = Problem.notFound("segment '\(text.prefix(64))'")
        guard let segment = SegmentID(text: text), ConversationName.id(segment.ticket.conversation.key) != nil else {
            throw missing
        }
        let id = segment.ticket.conversation
        guard let view = try await view(id, services),
            mayRead(ConversationBody(view: view, live: nil), request.principal)
        else { throw missing }
        let command = ConversationCommand.wrapUp(
            segment, code: request.body["code"]?.text ?? "", notes: request.body["notes"]?.text ?? "",
            by: request.principal.isOnlyAgent ? request.principal.agent : nil)
        let reply = try await CallContext.$current.withValue(request.context(keyed: true)) {
            try await services.system.conversation(id).perform(command)
        }
        switch reply {
        case .done: break
        case .unknown, .unknownSegment: throw missing
        case .notOwner: throw Problem.forbidden("The segment is another agent's")
        case .segmentOpen: throw Problem.conflict("The contact of this segment goes on")
        case .unknownCode:
            throw Problem.invalid("/code", "must be one of \(view.work.wrapUpCodes.joined(separator: ", "))")
        case .created, .view, .alreadyConnected, .alreadyEnded: throw Problem.failure()
        }
        let changed = try await Problem.afterChange { try await Self.view(id, services) }
        guard let after = changed?.segments.first(where: { $0.id == segment }) else { throw Problem.failure() }
        return APIAnswer(200, ConversationBody.body(after))
    }
}
