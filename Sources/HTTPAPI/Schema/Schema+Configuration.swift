internal import JSONDocuments
import Routing

/// The documents of the configuration.
extension Schema {
    private static let routedMedia = MediaType.routed.map(\.description)
    private static let laterMedia = MediaType.allCases.filter { !MediaType.routed.contains($0) }.map(\.description)
    static let name = Schema.text(1...200)
    static let priority = Schema.integer(-25_000_000...25_000_000)

    private static func choice<Case: CaseIterable & RawRepresentable<String>>(of type: Case.Type) -> Schema {
        .choice(type.allCases.map(\.rawValue))
    }

    static let mediaType = Schema.choice(routedMedia, later: laterMedia)
    /// 0.0 to 5.0 in steps of 0.1.
    static let proficiency = Schema.number(0...5, step: 0.1)

    private static func perMedia(_ schema: Schema) -> Schema {
        .object(
            routedMedia.map { .optional($0, schema) } + laterMedia.map { .later($0) })
    }

    static let skill = Schema.object([
        .optional("id", .identifier, "May repeat the id of the path."),
        .required("name", name),
        .optional("kind", .choice(["skill", "language"]), standard: "skill"),
    ])

    static let afterContactWork = Schema.either([
        .choice(["none", "optional", "mandatory"], later: ["agentRequested"]),
        .object([
            .required("kind", .choice(["none", "optional", "mandatory", "mandatoryTimed"], later: ["agentRequested"])),
            .optional("seconds", .integer(1...86_400), "With mandatoryTimed, and only there."),
            .later("fixed", neutral: false),
        ]),
    ])

    static let queue = Schema.object([
        .optional("id", .identifier, "May repeat the id of the path."),
        .required("name", name),
        .optional("division", .identifier),
        .optional("mediaTypes", .list(mediaType, 1...7, unique: "")),
        .optional("secondsPerPriorityPoint", .integer(0...86_400), standard: 60),
        .optional("alertSeconds", perMedia(.integer(1...900)), "How long an offer rings."),
        .optional("afterContactWork", afterContactWork, standard: "none"),
        .optional("wrapUpCodes", .list(.text(1...64), 0...200, unique: "")),
        .optional("defaultWrapUpCode", .text(1...64), "One of wrapUpCodes."),
        .optional(
            "serviceLevel",
            perMedia(
                .object([
                    .required("percent", .number(0...100, step: nil)), .required("seconds", .integer(1...31_536_000)),
                ]))),
        .optional("ordering", choice(of: Ordering.self), standard: "priorityAndAge"),
        .optional("basePriority", perMedia(priority), "Added to the priority of each interaction."),
        .optional("evaluation", choice(of: Evaluation.self), standard: "allSkills"),
        .optional(
            "candidateWindow", .integer(1...20_000),
            "With bestAvailableSkills: it looks at so many of the longest idle; absent, at all."),
        .optional("idleClock", choice(of: IdleClock.self), standard: "any"),
        .optional("autoAnswer", .flag, standard: false, "An offer is connected as soon as it rings."),
        .optional("declineAction", choice(of: DeclineAction.self), standard: "stayAvailable"),
        .optional("declineReturn", choice(of: DeclineReturn.self), standard: "rank"),
        .later("routing", neutral: ["then": "standard"], [:]),
        .later("whenClosing", neutral: "keep"),
        .later("assumedHandleSeconds"), .later("overflow"), .later("callback"),
    ])

    static let member = Schema.object([
        .required("agent", .identifier), .later("ring", neutral: 1), .later("queueOrder", neutral: 0),
        .later("delaySeconds", neutral: 0),
    ])

    static let membership = Schema.object([
        .optional("agent", .identifier, "May repeat the agent of the path."), .later("ring", neutral: 1),
        .later("queueOrder", neutral: 0), .later("delaySeconds", neutral: 0),
    ])

    /// Twice: the form of the answer, and the bare list.
    static let members = Schema.either([
        .object([.required("items", .list(member, 0...5_000, unique: "agent"))]),
        .list(member, 0...5_000, unique: "agent"),
    ])

    private static let capacity = Schema.object([
        .optional("maximum", .integer(0...25)), .later("mayBeInterruptedBy", neutral: []), .later("weight"),
        .later("reserveAfterSeconds"), .later("afterContactWorkBlocks"),
    ])

    static let agent = Schema.object([
        .optional("id", .identifier, "May repeat the id of the path."),
        .required("name", name),
        .optional("division", .identifier),
        .optional(
            "skills",
            .list(
                .object([
                    .required("skill", .identifier), .optional("proficiency", proficiency, standard: 1.0),
                ]), 0...500, unique: "skill")),
        .optional(
            "utilization",
            .object([
                .optional("media", perMedia(capacity)), .later("mode", neutral: "perMedia"), .later("labels"),
                .later("capacity"), .later("countsDirectCalls", neutral: false),
            ])),
        .later("groups", neutral: []), .later("reconnectSeconds"), .later("managedBy"),
    ])
}
