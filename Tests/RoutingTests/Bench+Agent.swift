import Primitives
import Routing
import Testing

extension Bench<AgentState> {
    /// The agent `ann`, on queue; a member of `sales` unless told otherwise.
    static func agent(
        onQueue: Bool = true, maximum: PerMedia = PerMedia { $0.defaultMaximum }, queues: [QueueID] = [sales]
    ) -> Bench<AgentState> {
        var bench = Bench("ann")
        bench.give(.configure(AgentSettings(version: 1, maximum: maximum, queues: queues)))
        if onQueue { bench.give(.setPresence(.available, onQueue: true)) }
        return bench
    }

    /// What a queue would offer; `place` is the rank, 1 before 2.
    func work(
        _ key: String = "c1", _ number: UInt32 = 1, queue: String = "sales", attempt: UInt32 = 1,
        media: MediaType = .voice, place: Int64 = 5, after: AfterContactWork = .none
    ) -> OfferedWork {
        OfferedWork(
            ticket: Ticket(key, number), queue: QueueID(queue), attempt: attempt, rank: Rank(place, of: queue),
            nonce: UInt64(attempt) &* 77, media: media, afterContactWork: after, alert: media.defaultAlert)
    }

    func bid(
        _ key: String = "c1", queue: String = "sales", media: MediaType = .voice, place: Int64 = 5
    ) -> Bid {
        Bid(queue: QueueID(queue), ticket: Ticket(key), rank: Rank(place, of: queue), media: media)
    }

    /// Work on a bid: the award, once the window is over.
    mutating func awarded(
        _ key: String = "c1", queue: String = "sales", media: MediaType = .voice, place: Int64 = 5
    ) throws -> UInt64 {
        give(.bids([bid(key, queue: queue, media: media, place: place)]))
        let said = passTime()
        return try #require(said.awards.first?.reservation)
    }

    /// `c1` rings.
    mutating func reserved(_ work: OfferedWork) {
        give(.reserve(work))
        #expect(slot(work.ticket.conversation.key)?.isReserved == true)
    }

    /// `c1` is connected.
    mutating func connected(_ work: OfferedWork) {
        reserved(work)
        give(.connected(work.ticket, attempt: work.attempt))
        #expect(slot(work.ticket.conversation.key)?.isConnected == true)
    }

    func slot(_ key: String) -> AgentSlot? { state.slots.first { $0.ticket.conversation.key == key } }

    /// Whether one of a medium would be taken now.
    func takes(_ media: MediaType) -> Bool {
        var copy = self
        let work = work("probe", queue: "other", media: media, place: 1)
        return copy.give(.reserve(work)).toQueues == [To("other", .ringing(work.ticket, attempt: 1, ann))]
    }
}

extension Said<AgentState> {
    /// The awards that the agent asks for.
    var awards: [(queue: String, ticket: Ticket, reservation: UInt64, snapshot: AgentSnapshot)] {
        toQueues.compactMap { word in
            guard case .award(let ticket, let reservation, _, let snapshot) = word.command else { return nil }
            return (word.key, ticket, reservation, snapshot)
        }
    }

    /// The attempts that the agent refuses.
    var refusals: [Ticket] {
        toQueues.compactMap { word in
            if case .refused(let ticket, _, _) = word.command { ticket } else { nil }
        }
    }

    /// The queues to which the agent says that it is available.
    var announced: [String] {
        softToQueues.compactMap { word in
            if case .available(let snapshot, _) = word.command, !snapshot.free.isZero { word.key } else { nil }
        }
    }
}

extension Rank {
    /// A place in a line: 1 before 2.
    init(_ place: Int64, of queue: String) {
        self.init(
            waitingSince: Instant(microseconds: place * 1_000_000), priority: 0, media: .chat, rules: RankRules(),
            queue: QueueID(queue), sequence: 1)
    }
}
