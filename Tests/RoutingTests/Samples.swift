import Primitives
import Routing

/// At least one value of every case that travels or is logged.
enum Samples {
    static let time = Instant(microseconds: 1_760_000_000_000_000)
    static let ticket = Ticket("c1")
    static let offer = OfferID(queue: sales, ticket: ticket, attempt: 3, nonce: 0x0123_4567_89AB_CDEF)
    static let rank = Rank(
        waitingSince: time, priority: 5, media: .chat, rules: RankRules(), queue: sales, sequence: 9)
    static let work = OfferedWork(
        ticket: ticket, queue: sales, attempt: 3, rank: rank, nonce: 0x0123_4567_89AB_CDEF, media: .chat,
        afterContactWork: .mandatoryTimed(.seconds(30)), alert: .seconds(30))
    static let bid = Bid(queue: sales, ticket: ticket, rank: rank, media: .email)
    static let snapshot = AgentSnapshot(
        agent: ann, sequence: time, free: PerMedia { Int($0.rawValue) },
        skills: [HeldSkill(skill: "english", level: 42), HeldSkill(skill: "orders")], idleSince: time)
    static let enqueue = Enqueue(
        ticket: ticket, media: .chat, priority: 5, skills: [SkillRequest(skill: "english", minimum: 20)],
        excluded: [ben])
    static let attempt = FinishedAttempt(
        attempt: 3, agent: ann, offered: time, connected: time + .microseconds(1), ended: time + .microseconds(2),
        outcome: .completed)
    static let queueSettings = QueueSettings(
        version: 7, name: "Sales", division: "north", media: [.voice, .chat], rank: rankRules, routing: routingRules,
        offers: offerRules,
        wrapUpCodes: ["sold", "lost"], defaultWrapUpCode: "lost",
        serviceLevel: [ServiceLevel(media: .chat, percent: 80, seconds: 20)], members: [ann, ben])
    static var rankRules: RankRules {
        var rules = RankRules(secondsPerPriorityPoint: 30)
        rules.ordering = .priority
        rules.basePriority = [.voice: 7, .chat: -8]
        return rules
    }
    static var offerRules: OfferRules {
        var rules = OfferRules(alert: [.voice: .seconds(20)], afterContactWork: .mandatory)
        rules.autoAnswer = true
        rules.declineAction = .notResponding
        rules.declineReturn = .front
        return rules
    }
    /// Every field once, with the method that has most of them.
    static var routingRules: RoutingRules {
        var rules = RoutingRules()
        rules.evaluation = .bestAvailableSkills
        rules.candidateWindow = 100
        rules.idleClock = .lastInteraction
        rules.lastAgent = .seconds(30)
        rules.direct.wait = .seconds(61)
        rules.direct.backupQueue = sales
        rules.preferred.rules = [.init(minimumScore: 90), .init(wait: .seconds(9))]
        rules.preferred.asksSkills = true
        rules.method = .bullseye([Ring(wait: .seconds(10), dropSkills: ["english"], addGroups: ["g"])])
        rules.cascade = [
            CascadeStep(after: .seconds(5), dropSupplementary: true, dropSkills: ["x"], lowerMinimumBy: 3)
        ]
        return rules
    }
    static let agentSettings = AgentSettings(
        version: 8, name: "Ann", division: "north", skills: [HeldSkill(skill: "english")],
        maximum: PerMedia { $0.defaultMaximum }, queues: [sales])
    static let conversation = NewConversation(
        queue: sales, division: "north", media: .voice, priority: -4, skills: [SkillRequest(skill: "x", maximum: 50)],
        customer: [Attribute("name", "Zoë")], attributes: [Attribute("case", "1"), Attribute("", "")],
        externalID: "e-1", wrapUpCodes: ["sold"], defaultWrapUpCode: nil, wrapUpDue: true,
        excluded: [ben])
    static let segment = SegmentID(ticket, attempt: 3)

    static let queueCommands: [QueueCommand] = [
        .enqueue(enqueue), .withdraw(ticket, .end), .withdraw(ticket, .move), .withdraw(ticket, .transfer),
        .ringing(ticket, attempt: 3, ann), .refused(ticket, attempt: 3, snapshot),
        .award(ticket, reservation: 4, media: .social, snapshot), .release(ticket, attempt: 3, ann),
        .decline(ticket, attempt: 3, ann, why: .disconnected), .available(snapshot, awards: 2),
        .status(ticket, attempt: 3, ann),
        .acceptOffer(offer, ann), .declineOffer(offer, ann), .waiting(limit: 50), .ticket(ticket),
        .configure(queueSettings), .due, .recovered(ShardID(5)),
    ]
    static let queueEvents: [QueueEvent] = [
        .configured(queueSettings), .enqueued(enqueue, waitingSince: time, sequence: 9),
        .held(ticket.conversation, ann, attempt: 3, nonce: 0x0123_4567_89AB_CDEF, answerBy: time),
        .alerting(ticket.conversation, until: time), .returned(ticket.conversation, .declined, excludedUntil: time),
        .returned(ticket.conversation, .unanswered, excludedUntil: nil), .exclusionsEnded(ticket.conversation),
        .connected(ticket.conversation), .closed(ticket.conversation),
    ]
    static let queueReplies: [QueueReply] = [
        .done, .accepted(ticket), .gone, .waiting(total: 3, [ticketView]), .ticket(nil), .ticket(ticketView),
    ]
    static let ticketView = QueuedTicketView(
        ticket: ticket, state: .alerting, media: .voice, priority: 2, waitingSince: time, position: 0, agent: ann,
        attempt: 3, since: time, finished: [attempt])

    static let agentCommands: [AgentCommand] = [
        .reserve(work), .granted(work, reservation: 4), .gone(reservation: 4, queue: sales, next: bid),
        .gone(reservation: 4, queue: sales, next: nil), .connected(ticket, attempt: 3),
        .free(ticket, attempt: 3, .rona),
        .over(ticket), .wrappedUp(ticket, attempt: 3), .bids([bid]), .bids([bid, bid]), .announce(sales),
        .statusAnswer(ticket, attempt: 3, .current), .statusAnswer(ticket, attempt: 3, .connected),
        .statusAnswer(ticket, attempt: 3, .free(.declined)), .setPresence(.meal, onQueue: false), .view,
        .configure(agentSettings), .due, .recovered(ShardID(5)),
    ]
    static var agentEvents: [AgentEvent] {
        var events: [AgentEvent] = [
            .configured(agentSettings), .presenceChanged(.available, onQueue: true), .awarded(bid, reservation: 4),
            .awardDropped(reservation: 4), .reserved(work, replacing: nil), .reserved(work, replacing: 4),
            .connected(ticket, attempt: 3), .freed(ticket, attempt: 3, .end, wrapUp: nil),
            .wrapUpEnded(ticket, attempt: 3), .wrapUpWaived(ticket, attempt: 3),
        ]
        var agent = Bench.agent()
        agent.connected(agent.work(after: .mandatoryTimed(.seconds(9))))
        events += agent.give(.free(Ticket("c1"), attempt: 1, .end)).events
        return events
    }
    static var agentReplies: [AgentReply] {
        var agent = Bench.agent()
        agent.connected(agent.work("a", media: .chat, after: .mandatory))
        agent.give(.free(Ticket("a"), attempt: 1, .end))
        agent.connected(agent.work("b", media: .chat))
        agent.reserved(agent.work("c", media: .chat))
        agent.give(.bids([agent.bid("d", media: .chat)]))
        agent.passTime()
        return [.done, .unknown, .presenceNotAvailable, agent.give(.view).reply]
    }

    static let conversationCommands: [ConversationCommand] = [
        .connected(ticket, agent: ann, attempt: 3, offered: time, attempts: []),
        .withdrawn(ticket, wasConnected: true, lost: false, attempts: [attempt]), .tooLate(ticket),
        .wrapUpTimedOut(ticket, attempt: 3), .create(conversation), .claimKey, .end(by: ann), .end(by: nil), .abandon,
        .move(sales), .wrapUp(segment, code: "sold", notes: "n", by: nil), .view, .due, .recovered(ShardID(5)),
    ]
    static let conversationEvents: [ConversationEvent] = [
        .created(conversation), .ticketIssued(2, sales),
        .connected(ticket, agent: ann, attempt: 3, offered: time, attempts: []),
        .withdrawalAsked(.move, sales), .withdrawalAsked(.end, nil), .withdrawalFailed, .endWished(.abandoned),
        .withdrawn(ticket, attempts: [attempt]), .ended(.cancelled),
        .wrapUpSet(segment, code: "sold", notes: "n", byDefault: false),
        .wrapUpSet(segment, code: nil, notes: "", byDefault: true),
    ]
    static var conversationReplies: [ConversationReply] {
        var bench = Bench.conversation(wrapUpDue: true)
        bench.connected()
        bench.give(.end(by: ann))
        bench.withdrawn(wasConnected: true, attempts: [attempt, bench.attempt(1, .completed)])
        bench.give(.wrapUp(SegmentID(ticket, attempt: 1), code: "sold", notes: "n", by: ann))
        var replies: [ConversationReply] = [
            .done, .unknown, .alreadyConnected, .alreadyEnded, .notOwner, .unknownSegment, .unknownCode, .segmentOpen,
        ]
        if let view = bench.view {
            replies += [.created(view, isNew: true), .created(view, isNew: false), .view(view)]
        }
        return replies
    }

    static let changes: [CentreChange.What] = [
        .skill("english", SkillDocument(name: "English", isLanguage: true)), .skill("english", nil),
        .queue(sales, queueSettings), .queue(sales, nil), .agent(ann, agentSettings), .agent(ann, nil),
        .members(sales, [ann, ben]),
    ]
    static let centreEvents: [CentreChange] = changes.map { CentreChange(version: 7, what: $0) }
    static let centreCommands: [CentreCommand] =
        changes.map { .put($0, expected: 7) } + [.put(changes[0], expected: nil), .changes(since: 3), .due]
        + [.recovered(ShardID(5))]
    static let centreReplies: [CentreReply] = [
        .done, .stored(version: 7, created: true), .removed, .unknown, .versionMismatch(current: 7),
        .refused([.init("/skills/0", "there is no skill")]),
        .changes(centreEvents, upTo: 7, origin: 2),
    ]
}
