import Primitives
import Routing
import Testing

extension Bench<QueueState> {
    /// The queue `sales` with members.
    static func queue(_ members: String..., seconds: Int64 = 60, work: AfterContactWork = .none) -> Bench<QueueState> {
        var bench = Bench("sales")
        bench.give(
            .configure(
                QueueSettings(
                    version: 1, rank: RankRules(secondsPerPriorityPoint: seconds),
                    offers: OfferRules(afterContactWork: work),
                    members: members.map { AgentID($0) })))
        return bench
    }

    @discardableResult
    mutating func enqueue(
        _ key: String, _ number: UInt32 = 1, media: MediaType = .chat, priority: Int32 = 0,
        skills: [SkillRequest] = [], since: Instant? = nil
    ) -> Said<QueueState> {
        give(
            .enqueue(
                Enqueue(
                    ticket: Ticket(key, number), media: media, priority: priority, skills: skills, waitingSince: since))
        )
    }

    func snapshot(
        _ agent: String, free: [MediaType: Int] = [.chat: 1], skills: [HeldSkill] = [], idle: Int64 = 0
    ) -> AgentSnapshot {
        AgentSnapshot(
            agent: AgentID(agent), sequence: now, free: PerMedia { free[$0] ?? 0 }, skills: skills,
            idleSince: Instant(microseconds: idle))
    }

    /// The agent says that it is free; then its bid window passes, so that it may be pushed to.
    @discardableResult
    mutating func available(
        _ agent: String, free: [MediaType: Int] = [.chat: 1], skills: [HeldSkill] = [], idle: Int64 = 0, awards: Int = 0
    ) -> Said<QueueState> {
        let said = give(.available(snapshot(agent, free: free, skills: skills, idle: idle), awards: awards))
        wait(AgentState.bidWindow)
        return said
    }

    /// `c1` is held for `ann`, by push.
    mutating func held(_ key: String = "c1", for agent: String = "ann") throws -> OfferedWork {
        available(agent)
        return try #require(enqueue(key).offered(to: agent))
    }

    /// `c1` rings at `ann`.
    mutating func alerting(_ key: String = "c1", at agent: String = "ann") throws -> OfferedWork {
        let work = try held(key, for: agent)
        give(.ringing(work.ticket, attempt: work.attempt, AgentID(agent)))
        #expect(ticket(key)?.state == .alerting)
        return work
    }

    /// `c1` is connected at `ann`.
    mutating func connected(_ key: String = "c1", at agent: String = "ann") throws -> OfferedWork {
        let work = try alerting(key, at: agent)
        #expect(give(.acceptOffer(work.offer, AgentID(agent))).reply == .accepted(work.ticket))
        return work
    }

    /// The line as anybody may read it, first to be served first.
    var line: [QueuedTicketView] {
        var copy = self
        guard case .waiting(let total, let views) = copy.give(.waiting(limit: 500)).reply else {
            Issue.record("a question about the line has another answer")
            return []
        }
        #expect(Int(total) == views.count)
        return views
    }

    var order: [String] { line.map(\.ticket.conversation.key) }

    func ticket(_ key: String, _ number: UInt32 = 1) -> QueuedTicketView? {
        var copy = self
        guard case .ticket(let view) = copy.give(.ticket(Ticket(key, number))).reply else {
            Issue.record("a question about a ticket has another answer")
            return nil
        }
        return view
    }

    func state(_ key: String, _ number: UInt32 = 1) -> QueuedTicketView.State? { ticket(key, number)?.state }
}

let ann = AgentID("ann")
let ben = AgentID("ben")
let sales = QueueID("sales")
