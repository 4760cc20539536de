internal import JSONDocuments
import Primitives
import Routing

/// An agent in JSON: its configuration, and what its own shard adds. Bodies have passed ``Schema/agent`` before.
enum AgentBody {
    static func view(_ settings: AgentSettings, id: String, queues: [QueueID]) -> JSONValue {
        .fields([
            "id": .text(id), "name": .text(settings.name),
            "division": settings.division.isEmpty ? nil : .text(settings.division),
            "skills": .list(
                settings.skills.map { ["skill": .text($0.skill), "proficiency": .number(Double($0.level) / 10)] }),
            "utilization": [
                "media": .object(
                    MediaType.routed.map {
                        .init($0.description, ["maximum": .integer(Int64(settings.maximum[$0]))])
                    })
            ],
            "queues": .list(queues.map { .text($0.key) }),
        ])
    }

    static func settings(_ body: JSONValue) -> AgentSettings {
        let skills = (body["skills"]?.list ?? []).map { item in
            HeldSkill(skill: item["skill"]?.text ?? "", level: item["proficiency"].flatMap(level) ?? 10)
        }
        let media = body["utilization"]?["media"]
        return AgentSettings(
            name: body["name"]?.text ?? "", division: body["division"]?.text ?? "", skills: skills,
            maximum: PerMedia { kind in
                media?[kind.description]?["maximum"]?.integer.map { Int($0) } ?? kind.defaultMaximum
            })
    }

    /// Tenths of a proficiency.
    static func level(_ value: JSONValue) -> UInt8? { value.number.map { UInt8(clamping: Int(($0 * 10).rounded())) } }

    /// - Parameter live: nil while the agent's shard has not heard of the configuration.
    static func adding(_ live: AgentView?, to view: JSONValue) -> JSONValue {
        var members = view.members ?? []
        members += [
            .init("presence", .text((live?.presence ?? .offline).description)),
            .init("onQueue", .flag(live?.onQueue ?? false)),
            .init("routingStatus", .text(status(live))),
            .init("inHand", .list((live?.slots ?? []).compactMap(inHand))),
        ]
        if let live, live.onQueue { members.append(.init("idleSince", .time(live.idleSince))) }
        return .object(members)
    }

    private static func status(_ live: AgentView?) -> String {
        guard let live, live.onQueue else { return "offQueue" }
        if live.notResponding { return "notResponding" }
        return live.slots.contains { $0.reservation == nil } ? "interacting" : "idle"
    }

    /// An award that is not granted yet is nobody's business but the agent's.
    private static func inHand(_ slot: AgentSlot) -> JSONValue? {
        let state: String
        let work: OfferedWork
        var since: Instant?
        var until: Instant?
        switch slot.state {
        case .awarded: return nil
        case .reserved(let offered, let start):
            (state, work, since, until) = ("alerting", offered, start, start + offered.alert)
        case .connected(let offered, let start): (state, work, since) = ("connected", offered, start)
        case .wrapUp(let offered, let end): (state, work, until) = ("wrapUp", offered, end)
        }
        return .fields([
            "conversation": .text(slot.ticket.conversation.key), "queue": .text(slot.queue.key),
            "mediaType": .text(slot.media.description), "state": .text(state),
            "segment": .text(SegmentID(work.ticket, attempt: work.attempt).text), "since": .time(since),
            "until": .time(until),
        ])
    }

    /// The offers that ring now.
    static func offers(_ view: AgentView) -> [(work: OfferedWork, body: JSONValue)] {
        view.slots.compactMap { slot in
            guard case .reserved(let work, let since) = slot.state else { return nil }
            return (
                work,
                [
                    "offerId": .text(work.offer.text), "conversation": .text(work.ticket.conversation.key),
                    "queue": .text(work.queue.key), "mediaType": .text(work.media.description),
                    "alertUntil": .time(since + work.alert),
                ]
            )
        }
    }
}
