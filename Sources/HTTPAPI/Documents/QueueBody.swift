internal import JSONDocuments
import Primitives
import Routing
import RuleDocuments

/// A queue's configuration in JSON. Bodies have passed ``Schema/queue`` before.
enum QueueBody {
    static func view(_ settings: QueueSettings, id: String) -> JSONValue {
        .fields([
            "id": .text(id), "name": .text(settings.name),
            "division": settings.division.isEmpty ? nil : .text(settings.division),
            "mediaTypes": .list(settings.media.map { .text($0.description) }),
            "ordering": .text(settings.rank.ordering.rawValue),
            "secondsPerPriorityPoint": .integer(settings.rank.secondsPerPriorityPoint),
            "basePriority": perMedia(settings.rank.basePriority) { .integer(Int64($0)) },
            "evaluation": .text(settings.routing.evaluation.rawValue),
            "candidateWindow": settings.routing.candidateWindow.map { .integer(Int64($0)) },
            "idleClock": .text(settings.routing.idleClock.rawValue), "routing": ["then": "standard"],
            "alertSeconds": perMedia(settings.offers.alert) { .integer($0.microseconds / 1_000_000) },
            "autoAnswer": .flag(settings.offers.autoAnswer),
            "declineAction": .text(settings.offers.declineAction.rawValue),
            "declineReturn": .text(settings.offers.declineReturn.rawValue),
            "afterContactWork": view(settings.offers.afterContactWork),
            "wrapUpCodes": .list(settings.wrapUpCodes.map { .text($0) }),
            "defaultWrapUpCode": settings.defaultWrapUpCode.map { .text($0) },
            "serviceLevel": .object(
                settings.serviceLevel.map {
                    .init($0.media.description, ["percent": .number($0.percent), "seconds": .integer($0.seconds)])
                }),
        ])
    }

    private static func perMedia<Value>(_ values: [MediaType: Value], _ view: (Value) -> JSONValue) -> JSONValue {
        .object(MediaType.allCases.compactMap { media in values[media].map { .init(media.description, view($0)) } })
    }

    private static func view(_ work: AfterContactWork) -> JSONValue {
        switch work {
        case .none: ["kind": "none"]
        case .optional: ["kind": "optional"]
        case .mandatory: ["kind": "mandatory"]
        case .mandatoryTimed(let span):
            ["kind": "mandatoryTimed", "seconds": .integer(span.microseconds / 1_000_000)]
        }
    }

    /// - Throws: a 422 problem with everything that fields break together.
    static func settings(_ body: JSONValue) throws(Problem) -> QueueSettings {
        var problems: [FieldProblem] = []
        let codes = (body["wrapUpCodes"]?.list ?? []).compactMap(\.text)
        check(afterContactWork: body["afterContactWork"], codes: codes, &problems)
        let offers = RuleReading.offers(body)
        var routing = RoutingRules()
        RuleReading.evaluation(body, into: &routing)
        if routing.candidateWindow != nil, routing.evaluation != .bestAvailableSkills {
            problems.append(FieldProblem("/candidateWindow", "goes with evaluation bestAvailableSkills only"))
        }
        let standard = body["defaultWrapUpCode"]?.text
        if let standard, !codes.contains(standard) {
            problems.append(FieldProblem("/defaultWrapUpCode", "must be one of wrapUpCodes"))
        }
        guard problems.isEmpty else { throw .invalid(problems) }
        return QueueSettings(
            name: body["name"]?.text ?? "", division: body["division"]?.text ?? "", media: media(body["mediaTypes"]),
            rank: RuleReading.rank(body), routing: routing, offers: offers, wrapUpCodes: codes,
            defaultWrapUpCode: standard,
            serviceLevel: perMedia(body["serviceLevel"]) { media, value in
                guard let percent = value["percent"]?.number, let seconds = value["seconds"]?.integer else {
                    return nil
                }
                return ServiceLevel(media: media, percent: percent, seconds: seconds)
            })
    }

    private static func media(_ value: JSONValue?) -> [MediaType] {
        guard let names = value?.list else { return MediaType.routed }
        return names.compactMap { $0.text.flatMap { MediaType(name: $0) } }
    }

    /// In the order of the media, so that equal documents are equal.
    private static func perMedia<Value>(_ value: JSONValue?, _ make: (MediaType, JSONValue) -> Value?) -> [Value] {
        MediaType.routed.compactMap { media in value?[media.description].flatMap { make(media, $0) } }
    }

    private static func check(
        afterContactWork value: JSONValue?, codes: [String], _ problems: inout [FieldProblem]
    ) {
        let kind = value?.text ?? value?["kind"]?.text ?? "none"
        let isTimed = value?["seconds"]?.integer != nil
        if kind != "mandatoryTimed", isTimed {
            problems.append(FieldProblem("/afterContactWork/seconds", "goes with mandatoryTimed only"))
        }
        if kind.hasPrefix("mandatory"), codes.isEmpty {
            problems.append(FieldProblem("/wrapUpCodes", "must not be empty where after-contact work is mandatory"))
        }
        if kind == "mandatoryTimed", !isTimed {
            problems.append(FieldProblem("/afterContactWork/seconds", "is required"))
        }
    }
}
