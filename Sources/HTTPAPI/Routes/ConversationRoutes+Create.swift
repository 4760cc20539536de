import Cluster
import ContactCentre
import Routing

/// Creating conversations, so that a repeated request has one effect.
extension ConversationRoutes {
    /// 201 with the first answer for every repetition of the request that created the conversation, 200 with the
    /// conversation as it is now for every other request that names it.
    ///
    /// One call of an entity; two where a key comes with the source's name; a question more where this node's copy of
    /// the configuration does not allow the request.
    static func create(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let asked = NewConversationBody(body: request.body)
        let id = ConversationName.derived(
            principal: request.principal.subject, externalID: asked.externalID, key: request.idempotencyKey)
        let work = try await work(asked, id, request, services)
        var context = request.context(keyed: true)
        if asked.externalID != nil, let key = context.key {
            try await claim(key, request, services)
            // Both entities may live in one shard, where a scope has one answer: the claim's is not the creation's.
            context.key = RequestKey(scope: "\(key.scope) named", body: key.body)
        }
        let reply = try await CallContext.$current.withValue(context) {
            try await services.system.conversation(id).perform(.create(work))
        }
        guard case .created(let view, let isNew) = reply else { throw Problem.failure() }
        let first = ConversationBody(view: view, live: nil)
        guard mayRead(first, request.principal) else { throw missing(id.key) }
        guard isNew else {
            // A kept answer tells of the moment when it was given.
            let current = context.key == nil ? view : try await Self.view(id, services) ?? view
            return APIAnswer(200, try await body(of: current, services).body)
        }
        return APIAnswer(201, first.body).with("Location", "\(Route.base)/conversations/\(id)")
    }

    /// Binds the key to this body at the entity whose id derives from the key alone.
    ///
    /// An id that derives from `externalId` lets one key reach several entities, which know nothing of each other.
    /// So every body that comes with the key passes the claim's shard first: it keeps the first body's hash in its log
    /// and refuses any other, those without `externalId` too, since they are created under the same id and scope.
    /// After a crash or a lost answer between the steps nothing is created but the claim, which the same request passes
    /// again, and the creation keeps its own answer; simultaneous requests are put in order by the claim's shard.
    private static func claim(_ key: RequestKey, _ request: APIRequest, _ services: APIServices) async throws {
        let id = ConversationName.derived(
            principal: request.principal.subject, externalID: nil, key: request.idempotencyKey)
        let reply = try await CallContext.$current.withValue(CallContext(key: key, trace: request.trace)) {
            try await services.system.conversation(id).perform(.claimKey)
        }
        guard case .done = reply else { throw Problem.failure() }
    }

    /// What to create, by this node's copy of the configuration, else by the centre's.
    ///
    /// Before the centre may refuse it, a conversation that exists is looked for: a repetition is answered whatever has
    /// become of the configuration. The entity then answers with what it has, and takes nothing over.
    private static func work(
        _ asked: NewConversationBody, _ id: ConversationID, _ request: APIRequest, _ services: APIServices
    ) async throws -> NewConversation {
        let copy = services.follower.current
        let known = copy.effective(asked.queue).flatMap { request.principal.sees(division: $0.division) ? $0 : nil }
        if let work = try? asked.work(queue: known, centre: copy) { return work }
        if asked.externalID != nil || request.idempotencyKey != nil, let existing = try await view(id, services),
            mayRead(ConversationBody(view: existing, live: nil), request.principal)
        {
            return existing.work
        }
        return try asked.work(
            queue: try await services.queue(asked.queue, for: request.principal), centre: try await services.centre())
    }
}
