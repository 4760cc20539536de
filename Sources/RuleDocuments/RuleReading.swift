package import JSONDocuments
package import Primitives
package import Routing

/// Rules of routing in JSON, as the API and scenario files have them, as far as they name no other document. The value has been found to have its shape; what is absent stays as it was.
package enum RuleReading {
    package static func media(_ value: JSONValue?) -> MediaType? { value?.text.flatMap { MediaType(name: $0) } }

    /// Seconds, to the microsecond.
    package static func span(_ value: JSONValue) -> Span? {
        value.number.map { Span(microseconds: Int64(($0 * 1_000_000).rounded())) }
    }

    /// Proficiency in tenths.
    private static func level(_ value: JSONValue?) -> UInt8? {
        (value?.number).map { UInt8(clamping: Int(($0 * 10).rounded())) }
    }

    package static func held(_ value: JSONValue?) -> [HeldSkill] {
        (value?.list ?? []).map { item in
            HeldSkill(skill: item["skill"]?.text ?? "", level: level(item["proficiency"]) ?? 10)
        }
    }

    /// A skill that is asked, without whether it may be given up.
    package static func request(_ item: JSONValue) -> SkillRequest {
        SkillRequest(
            skill: item["skill"]?.text ?? "", minimum: level(item["minimumProficiency"]),
            maximum: level(item["maximumProficiency"]))
    }

    package static func names(_ value: JSONValue?) -> [String] { (value?.list ?? []).compactMap(\.text) }

    /// One value for each medium that is named.
    package static func perMedia<Value>(_ value: JSONValue?, _ read: (JSONValue) -> Value?) -> [MediaType: Value] {
        var values: [MediaType: Value] = [:]
        for member in value?.members ?? [] where member.value != .null {
            if let media = MediaType(name: member.name), let read = read(member.value) { values[media] = read }
        }
        return values
    }

    package static func `case`<Case: RawRepresentable<String>>(_ value: JSONValue?) -> Case? {
        value?.text.flatMap { Case(rawValue: $0) }
    }

    // MARK: whole rules

    package static func utilization(_ value: JSONValue?, over base: Utilization) -> Utilization {
        guard let value else { return base }
        var utilization = base
        if let mode: Utilization.Mode = `case`(value["mode"]) { utilization.mode = mode }
        if let capacity = value["capacity"]?.integer { utilization.capacity = Int(capacity) }
        for (media, item) in perMedia(value["media"], { $0 }) {
            var medium = utilization[media]
            if let maximum = item["maximum"]?.integer { medium.maximum = Int(maximum) }
            if let others = item["mayBeInterruptedBy"] {
                medium.mayBeInterruptedBy = Set(names(others).compactMap { MediaType(name: $0) })
            }
            if let weight = item["weight"]?.integer { medium.weight = Int(weight) }
            if let after = item["reserveAfterSeconds"].flatMap(span) { medium.reserveAfter = after }
            if let blocks = item["afterContactWorkBlocks"]?.text { medium.afterContactWorkBlocksAll = blocks == "all" }
            utilization.media[media] = medium
        }
        for member in value["labels"]?.members ?? [] {
            utilization.labels[member.name] = .init(
                maximum: member.value["maximum"]?.integer.map { Int($0) },
                weight: member.value["weight"]?.integer.map { Int($0) })
        }
        return utilization
    }

    package static func rank(_ value: JSONValue) -> RankRules {
        var rules = RankRules()
        if let ordering: Ordering = `case`(value["ordering"]) { rules.ordering = ordering }
        if let seconds = value["secondsPerPriorityPoint"]?.integer { rules.secondsPerPriorityPoint = seconds }
        rules.basePriority = perMedia(value["basePriority"]) { $0.integer.map { Int32(clamping: $0) } }
        return rules
    }

    package static func offers(_ value: JSONValue) -> OfferRules {
        var rules = OfferRules()
        rules.alert = perMedia(value["alertSeconds"], span)
        rules.autoAnswer = value["autoAnswer"]?.flag ?? false
        if let action: DeclineAction = `case`(value["declineAction"]) { rules.declineAction = action }
        if let place: DeclineReturn = `case`(value["declineReturn"]) { rules.declineReturn = place }
        rules.afterContactWork = afterContactWork(value["afterContactWork"])
        return rules
    }

    private static func afterContactWork(_ value: JSONValue?) -> AfterContactWork {
        switch value?.text ?? value?["kind"]?.text {
        case "optional": .optional
        case "mandatory": .mandatory
        case "mandatoryTimed": .mandatoryTimed(value?["seconds"].flatMap(span) ?? .seconds(60))
        default: .none
        }
    }

    /// Evaluation and what goes with it; stages and methods name groups and queues.
    package static func evaluation(_ value: JSONValue, into rules: inout RoutingRules) {
        if let evaluation: Evaluation = `case`(value["evaluation"]) { rules.evaluation = evaluation }
        if let clock: IdleClock = `case`(value["idleClock"]) { rules.idleClock = clock }
        rules.candidateWindow = value["candidateWindow"]?.integer.map { Int($0) }
    }

    package static func callback(_ value: JSONValue?) -> CallbackRules {
        var rules = CallbackRules()
        rules.isEnabled = value?["enabled"]?.flag ?? false
        if let boost = value?["priorityBoost"]?.integer { rules.priorityBoost = Int32(clamping: boost) }
        if let gap = value?["gapSeconds"].flatMap(span) { rules.gap = gap }
        if let attempts = value?["attempts"]?.integer { rules.attempts = Int(attempts) }
        return rules
    }
}
