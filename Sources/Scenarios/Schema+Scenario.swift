internal import JSONDocuments
internal import Routing

/// The shape of a scenario file (`docs/scenarios.md`). Names are those of the API.
extension Schema {
    /// Seconds to the millisecond, up to a year either way.
    private static let signedSeconds = Schema.number(-31_536_000...31_536_000, step: 0.001)
    private static let seconds = Schema.number(0...31_536_000, step: 0.001)
    private static let media = Schema.choice(MediaType.allCases.map(\.description))
    private static let level = Schema.number(0...5, step: 0.1)
    private static let groups = Schema.list(.identifier, 0...100, unique: "")
    private static let priority = Schema.integer(-25_000_000...25_000_000)

    private static func perMedia(_ schema: Schema) -> Schema {
        .object(MediaType.allCases.map { .optional($0.description, schema) })
    }

    private static func choice<Case: CaseIterable & RawRepresentable<String>>(of type: Case.Type) -> Schema {
        .choice(type.allCases.map(\.rawValue))
    }

    private static let asked = Schema.list(
        .object([
            .required("skill", .identifier), .optional("minimumProficiency", level),
            .optional("maximumProficiency", level), .optional("supplementary", .flag),
        ]), 0...100, unique: "skill")

    private static let held = Schema.list(
        .object([.required("skill", .identifier), .optional("proficiency", level)]), 0...500, unique: "skill")

    private static let stages = Schema.object([
        .optional("lastAgent", .object([.optional("waitSeconds", seconds)])),
        .optional(
            "direct", .object([.optional("waitSeconds", seconds), .optional("backupQueue", .identifier)])),
        .optional(
            "preferred",
            .object([
                .optional(
                    "rules",
                    .list(
                        .object([
                            .optional("minimumScore", .integer(0...100)), .optional("any", .flag),
                            .optional("waitSeconds", .number(2...259_200, step: 0.001)),
                        ]), 1...100, unique: nil)),
                .optional("asksSkills", .flag),
            ])),
    ])

    private static let routing = Schema.object([
        .optional("stages", stages),
        .optional("then", .choice(["standard", "bullseye", "conditionalGroups"])),
        .optional(
            "rings",
            .list(
                .object([
                    .required("waitSeconds", .number(0...259_200, step: 0.001)),
                    .optional("dropSkills", groups), .optional("addGroups", groups),
                ]), 1...100, unique: nil)),
        .optional(
            "conditionalGroups",
            .list(
                .object([
                    .required("metric", choice(of: ConditionalRule.Metric.self)), .required("queue", .identifier),
                    .required("comparison", choice(of: ConditionalRule.Comparison.self)),
                    .required("value", .number(0...1e9, step: nil)), .required("groups", groups),
                    .required("waitSeconds", seconds),
                ]), 1...5, unique: nil)),
        .optional(
            "cascade",
            .list(
                .object([
                    .required("afterSeconds", seconds), .optional("dropSupplementary", .flag),
                    .optional("dropSkills", groups), .optional("lowerMinimumBy", level),
                ]), 0...100, unique: nil)),
    ])

    private static let queue = Schema.object([
        .required("id", .identifier),
        .optional("members", .list(.either([.identifier, member]), 0...20_000, unique: nil)),
        .optional("ordering", choice(of: Ordering.self)),
        .optional("secondsPerPriorityPoint", .integer(0...86_400)),
        .optional("basePriority", perMedia(priority)),
        .optional("evaluation", choice(of: Evaluation.self)),
        .optional("candidateWindow", .integer(1...100_000)),
        .optional("idleClock", choice(of: IdleClock.self)),
        .optional("routing", routing),
        .optional("alertSeconds", perMedia(.number(1...900, step: 0.001))),
        .optional("autoAnswer", .flag),
        .optional("declineAction", choice(of: DeclineAction.self)),
        .optional("declineReturn", choice(of: DeclineReturn.self)),
        .optional(
            "afterContactWork",
            .either([
                .choice(["none", "optional", "mandatory"]),
                .object([
                    .required("kind", .choice(["none", "optional", "mandatory", "mandatoryTimed"])),
                    .optional("seconds", .integer(1...86_400)),
                ]),
            ])),
        .optional("wrapUpCodes", .list(.text(1...64), 0...200, unique: "")),
        .optional("defaultWrapUpCode", .text(1...64)),
        .optional("serviceLevel", perMedia(.object([.required("seconds", seconds)]))),
        .optional("assumedHandleSeconds", perMedia(seconds)),
        .optional(
            "overflow",
            .object([
                .optional("maxWaiting", .integer(0...1_000_000)), .optional("maxWaitSeconds", seconds),
                .optional("whenNoAgents", .choice(["keep", "flowOut"])),
                .required("action", .choice(["queue", "end"], later: ["callback", "message"])),
                .optional("queue", .identifier),
            ])),
        .optional(
            "callback",
            .object([
                .required("enabled", .flag), .optional("priorityBoost", priority),
                .optional("gapSeconds", seconds), .optional("attempts", .integer(1...100)),
            ])),
    ])

    private static let member = Schema.object([
        .required("agent", .identifier), .optional("ring", .integer(1...100)),
        .optional("queueOrder", .integer(-1_000...1_000)), .optional("delaySeconds", seconds),
    ])

    private static let utilization = Schema.object([
        .optional("mode", choice(of: Utilization.Mode.self)),
        .optional("capacity", .integer(1...1_000_000)),
        .optional(
            "media",
            perMedia(
                .object([
                    .optional("maximum", .integer(0...25)),
                    .optional("mayBeInterruptedBy", .list(media, 0...7, unique: "")),
                    .optional("weight", .integer(0...1_000_000)), .optional("reserveAfterSeconds", seconds),
                    .optional("afterContactWorkBlocks", .choice(["all", "slot"])),
                ]))),
        .optional(
            "labels",
            .map(
                .identifier,
                .object([.optional("maximum", .integer(0...25)), .optional("weight", .integer(0...1_000_000))]),
                maximum: 100)),
    ])

    private static let agent = Schema.object([
        .required("id", .identifier), .optional("skills", held), .optional("utilization", utilization),
        .optional("presence", .choice(Presence.allCases.map(\.description))), .optional("onQueue", .flag),
        .optional("idleSince", signedSeconds), .optional("reconnectSeconds", seconds),
        .optional(
            "busyUntil",
            .list(.object([.required("at", seconds), .required("mediaType", media)]), 0...25, unique: nil)),
    ])

    private static let interaction = Schema.object([
        .required("id", .identifier), .required("at", seconds), .required("queue", .identifier),
        .optional("mediaType", media), .optional("priority", priority), .optional("skills", asked),
        .optional("label", .identifier), .optional("direction", .choice(["inbound", "outbound"])),
        .optional("agent", .identifier), .optional("excludedAgents", .list(.identifier, 0...100, unique: "")),
        .optional(
            "preferredAgents",
            .list(
                .object([.required("agent", .identifier), .optional("score", .integer(0...100))]), 0...100,
                unique: "agent")),
        .optional("lastAgent", .identifier), .optional("routing", .object([.optional("direct", .identifier)])),
        .optional("handleSeconds", seconds), .optional("patienceSeconds", seconds),
        .optional("afterContactSeconds", seconds), .optional("number", .text(1...32)),
        .optional("scheduledAt", seconds),
        .optional(
            "dial",
            .list(
                .list(.either([seconds, choice(of: Scenario.Dial.Outcome.self)]), 2...2, unique: nil), 0...100,
                unique: nil)),
    ])

    private static let control = Schema.object([
        .required("at", seconds), .optional("agent", .identifier), .optional("interaction", .identifier),
        .optional("presence", .choice(Presence.allCases.map(\.description))), .optional("onQueue", .flag),
        .optional("connection", .choice(["lost", "back"])), .optional("utilization", utilization),
        .optional("priority", priority), .optional("skills", .either([asked, held])),
        .optional("queue", .identifier), .optional("routingAgeOffset", signedSeconds),
        .optional(
            "transfer",
            .object([
                .optional("queue", .identifier), .optional("agent", .identifier), .optional("keepAge", .flag),
                .optional("priority", priority), .optional("skills", asked), .optional("handleSeconds", seconds),
            ])),
        .optional("consult", .object([.required("agent", .identifier)])),
        .optional("action", choice(of: Scenario.Act.self)),
        .optional("callback", .object([.optional("number", .text(1...32))])),
    ])

    /// Agent, interaction, and how often or how long.
    private static let pairs = Schema.list(
        .list(.either([.identifier, seconds]), 2...3, unique: nil), 0...100_000, unique: nil)

    /// The whole file.
    static let scenario = Schema.object([
        .optional("rule", .text(1...1_000)), .optional("why", .list(.text(1...2_000), 0...100, unique: nil)),
        .required("queues", .list(queue, 1...5_000, unique: "id")),
        .optional(
            "groups",
            .list(
                .object([
                    .required("id", .identifier), .required("members", .list(.identifier, 0...20_000, unique: "")),
                ]),
                0...5_000, unique: "id")),
        .optional("utilization", utilization),
        .required("agents", .list(agent, 0...100_000, unique: "id")),
        .required("interactions", .list(interaction, 0...1_000_000, unique: "id")),
        .optional("controls", .list(control, 0...100_000, unique: nil)),
        .optional("answerDelay", pairs), .optional("unanswered", pairs), .optional("declined", pairs),
        .optional("connectFailed", pairs),
        .optional("expect", .anything),
    ])
}
