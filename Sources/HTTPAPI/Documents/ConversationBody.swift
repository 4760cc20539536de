internal import JSONDocuments
import Primitives
import Routing

/// A conversation in JSON, from its own log and its live ticket.
struct ConversationBody {
    let view: ConversationView
    /// The ticket at the queue's shard; nil when it is on its way there or back, or the conversation has ended.
    let live: QueuedTicketView?

    /// `new`, `waiting`, `alerting`, `connected` or `ended`. An offer that does not ring yet is waiting.
    var state: String {
        if view.ended != nil { return "ended" }
        if view.owner != nil { return "connected" }
        switch live?.state {
        case .connected: return "connected"
        case .alerting: return "alerting"
        case .waiting, .held: return "waiting"
        case nil: return view.segments.isEmpty ? "new" : "waiting"
        }
    }

    /// Whether the queue has promised the conversation to this agent and the conversation has yet to hear of it.
    func isBeingConnected(to agent: AgentID) -> Bool {
        view.ended == nil && view.owner == nil && live?.state == .connected && live?.agent == agent
    }

    private var isWaiting: Bool { state == "waiting" }

    /// The agents who have, or had, a part that they know of.
    var agents: Set<AgentID> {
        var agents = Set(view.segments.map(\.agent) + (live?.finished ?? []).map(\.agent))
        if let owner = view.owner { agents.insert(owner) }
        if let live, live.state == .alerting || live.state == .connected, let agent = live.agent {
            agents.insert(agent)
        }
        return agents
    }

    var body: JSONValue {
        let work = view.work
        var members: [JSONValue.Member] = [
            .init("id", .text(view.id.key)), .init("division", .text(work.division)),
            .init("createdAt", .time(view.created)),
        ]
        members +=
            (JSONValue.fields([
                "endedAt": .time(view.ended), "owner": view.owner.map { .text($0.key) },
                "externalId": work.externalID.map { .text($0) }, "skills": .list(work.skills.map(Self.skill)),
                "customer": Self.object(work.customer), "attributes": Self.object(work.attributes),
                "wrapUpCodes": .list(work.wrapUpCodes.map { .text($0) }),
            ]).members ?? [])
        let interaction = interaction
        members += interaction
        members.append(.init("interactions", .list([.object(interaction)])))
        return .object(members)
    }

    /// The one interaction; its members stand at the top too.
    private var interaction: [JSONValue.Member] {
        let position = (live?.position).flatMap { $0 > 0 && isWaiting ? JSONValue.integer(Int64($0)) : nil }
        return JSONValue.fields([
            "state": .text(state), "endReason": view.endReason.map { .text($0.description) },
            "mediaType": .text(view.work.media.description), "direction": "inbound",
            "queue": .text(view.work.queue.key),
            "waitingSince": state == "ended" || state == "connected" ? nil : .time(live?.waitingSince ?? view.created),
            "position": position, "priority": .integer(Int64(view.work.priority)),
            "segments": .list(segments.map(\.body)),
        ]).members ?? []
    }

    private static func skill(_ request: SkillRequest) -> JSONValue {
        .fields([
            "skill": .text(request.skill), "minimumProficiency": request.minimum.map { .number(Double($0) / 10) },
            "maximumProficiency": request.maximum.map { .number(Double($0) / 10) },
        ])
    }

    private static func object(_ attributes: [Attribute]) -> JSONValue {
        .object(attributes.map { .init($0.name, .text($0.value)) })
    }

    // MARK: segments

    private struct Shown {
        let id: SegmentID
        let offered: Instant
        let body: JSONValue
    }

    private static func shown(
        _ id: SegmentID, _ agent: AgentID, _ state: String, offered: Instant?, connected: Instant?, ended: Instant?,
        segment: Segment? = nil
    ) -> Shown {
        let body = JSONValue.fields([
            "id": .text(id.text), "agent": .text(agent.key), "role": "owner", "state": .text(state),
            "offeredAt": .time(offered), "connectedAt": .time(connected), "endedAt": .time(ended),
            "wrapUpCode": segment?.code.map { .text($0) },
            "wrapUpByDefault": segment?.codeByDefault == true ? true : nil,
            "notes": segment?.notes.map { .text($0) },
        ])
        return Shown(id: id, offered: offered ?? connected ?? .distantFuture, body: body)
    }

    static func body(_ segment: Segment) -> JSONValue {
        shown(
            segment.id, segment.agent, segment.state.description, offered: segment.offered,
            connected: segment.connected, ended: segment.ended, segment: segment
        ).body
    }

    /// Those of the log, and those that the queue has not handed over yet, in order of their offers.
    private var segments: [Shown] {
        var all = view.segments.map { segment in
            Shown(id: segment.id, offered: segment.offered, body: Self.body(segment))
        }
        guard let live, view.ended == nil else { return all.sorted { $0.offered < $1.offered } }
        let known = Set(all.map(\.id))
        for attempt in live.finished {
            let id = SegmentID(live.ticket, attempt: attempt.attempt)
            guard !known.contains(id) else { continue }
            all.append(
                Self.shown(
                    id, attempt.agent, Self.text(attempt.outcome), offered: attempt.offered,
                    connected: attempt.connected, ended: attempt.ended))
        }
        let current = SegmentID(live.ticket, attempt: live.attempt)
        if let agent = live.agent, !known.contains(current) {
            switch live.state {
            case .alerting:
                all.append(Self.shown(current, agent, "alerting", offered: live.since, connected: nil, ended: nil))
            case .connected:
                all.append(Self.shown(current, agent, "connected", offered: nil, connected: live.since, ended: nil))
            case .waiting, .held: break
            }
        }
        return all.sorted { $0.offered < $1.offered }
    }

    private static func text(_ outcome: FinishedAttempt.Outcome) -> String {
        switch outcome {
        case .declined: "declined"
        case .unanswered: "unanswered"
        case .withdrawn: "withdrawn"
        case .completed: "completed"
        }
    }
}
