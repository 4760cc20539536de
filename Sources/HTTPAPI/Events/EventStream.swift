import Cluster
import HummingbirdCore
internal import JSONDocuments
import NIOCore
import Primitives
import Routing

/// One open stream of events, from the hub to the reader's connection.
struct EventStream: Sendable {
    /// For ``EventHub/stopReading(_:)``.
    let reader: UInt64
    private let sight: EventSight
    private let start: EventPosition
    private let feed: EventFeed
    private let services: APIServices

    /// Begins to collect in `feed` what happens.
    init(sight: EventSight, after: EventPosition?, feed: EventFeed, services: APIServices) {
        self.sight = sight
        self.feed = feed
        self.services = services
        let shards = Self.shards(of: sight.topics, services)
        let hub = services.node.events
        start = after ?? hub.position(of: shards)
        reader = hub.read(shards, after: start) { feed.take($0) }
        feed.begin()
    }

    /// Writes until the reader leaves, is cut off, its token expires or the node stops.
    func write(to writer: inout any ResponseBodyWriter, reading request: RequestBody) async throws {
        var out = writer
        try await request.consumeWithInboundCloseHandler { _ in
            try await run(&out)
        } onInboundClosed: { [feed] in
            feed.finish()
        }
        try await out.finish(nil)
    }

    private func run(_ out: inout any ResponseBodyWriter) async throws {
        var events = EventWriter(cluster: services.node.settings.cluster, sight: sight, position: start)
        try await out.write(events.opening)
        for (work, offer) in try await openOffers() {
            try await out.write(events.ringing(work, offer, at: services.now))
        }
        for await item in feed.items {
            switch item {
            case .batch(let batch, let passed):
                events.pass(passed)
                if let buffer = events.events(of: batch) { try await out.write(buffer) }
            case .reset(let position): try await out.write(events.reset(to: position))
            case .heartbeat(let passed):
                events.pass(passed)
                try await out.write(events.heartbeat)
                feed.tookHeartbeat()
                if services.now >= sight.principal.expires { return }
            }
        }
    }

    /// Nil: all of them.
    private static func shards(of topics: [EventTopic], _ services: APIServices) -> Set<ShardID>? {
        guard !topics.contains(where: { $0.key == nil }) else { return nil }
        let map = services.node.settings.map
        return Set(topics.compactMap { topic in topic.key.map { map.shard(of: EntityID(topic.kind, $0)) } })
    }

    /// Rings are not kept: a session that begins, or comes back, gets those that ring now.
    private func openOffers() async throws -> [(work: OfferedWork, body: JSONValue)] {
        guard let agent = sight.principal.agent, sight.topics.contains(EventTopic(kind: .agent, key: agent.key)),
            let live = try await services.live(agent)
        else { return [] }
        return AgentBody.offers(live)
    }
}
