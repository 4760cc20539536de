package import JSONDocuments

/// The bodies of answers.
extension Schema {
    private static let anyText = Schema.text(0...65_536)
    private static let count = Schema.integer(0...Int64.max)

    package static let problem = Schema.object([
        .required("type", anyText), .required("title", anyText), .required("status", .integer(400...599)),
        .required("detail", anyText), .required("traceId", .text(32...32)),
        .optional("errors", .list(.object([.required("pointer", anyText), .required("detail", anyText)]))),
    ])

    /// A page of a list.
    package static func page(_ item: Schema) -> Schema {
        .object([
            .required("items", .list(item)), .optional("nextCursor", .text(1...1_024)), .required("asOf", .time),
        ])
    }

    private static func adding(_ fields: [Field], to schema: Schema) -> Schema {
        guard case .object(let own) = schema else { return schema }
        return .object(own.filter { field in !fields.contains { $0.name == field.name } } + fields)
    }

    package static let skillView = adding([.required("id", .identifier)], to: skill)
    package static let queueView = adding([.required("id", .identifier)], to: queue)

    private static let inHand = Schema.object([
        .required("conversation", anyText), .required("queue", anyText), .required("mediaType", anyText),
        .required("state", .choice(["alerting", "connected", "wrapUp"])), .optional("segment", anyText),
        .optional("since", .time), .optional("until", .time),
    ])

    package static let agentView = adding(
        [.required("id", .identifier), .required("queues", .list(.identifier))], to: agent)

    package static let liveAgentView = adding(
        [
            .required("presence", anyText), .required("onQueue", .flag), .optional("idleSince", .time),
            .required("routingStatus", .choice(["offQueue", "idle", "interacting", "notResponding"])),
            .required("inHand", .list(inHand)),
        ], to: agentView)

    package static let memberPage = page(.object([.required("agent", .identifier)]))

    package static let offer = Schema.object([
        .required("offerId", anyText), .required("conversation", anyText), .required("queue", anyText),
        .required("mediaType", anyText), .required("alertUntil", .time),
    ])

    static let accepted = Schema.object([
        .required("offerId", anyText), .required("conversation", anyText), .required("segment", anyText),
    ])

    package static let segment = Schema.object([
        .required("id", anyText), .required("agent", anyText), .required("role", .choice(["owner"])),
        .required(
            "state",
            .choice(["alerting", "connected", "wrapUp", "completed", "declined", "unanswered", "withdrawn"])),
        .optional("offeredAt", .time), .optional("connectedAt", .time), .optional("endedAt", .time),
        .optional("wrapUpCode", anyText), .optional("wrapUpByDefault", .flag), .optional("notes", anyText),
    ])

    private static let interaction: [Field] = [
        .required("state", .choice(["new", "waiting", "alerting", "connected", "ended"])),
        .optional("endReason", .choice(["completed", "abandoned", "cancelled"])),
        .required("mediaType", anyText), .required("direction", anyText), .required("queue", anyText),
        .optional("waitingSince", .time), .optional("position", count),
        .required("priority", .integer(Int64.min...Int64.max)),
        .required("segments", .list(segment)),
    ]

    package static let conversation = Schema.object(
        [
            .required("id", anyText), .required("division", anyText), .required("createdAt", .time),
            .optional("endedAt", .time), .optional("owner", anyText), .optional("externalId", anyText),
            .required("skills", .list(.anything)), .required("customer", .anything), .required("attributes", .anything),
            .required("wrapUpCodes", .list(anyText)), .required("interactions", .list(.object(interaction))),
        ] + interaction)

    package static let waiting = Schema.object([
        .required("total", count), .required("asOf", .time),
        .required(
            "items",
            .list(
                .object([
                    .required("conversation", anyText), .required("position", count), .required("mediaType", anyText),
                    .required("priority", .integer(Int64.min...Int64.max)), .required("waitingSince", .time),
                    .required("waitSeconds", .number(0...Double.greatestFiniteMagnitude, step: nil)),
                ]))),
    ])

    package static let cluster = Schema.object([
        .required("cluster", anyText), .required("answeredBy", anyText), .required("shards", count),
        .required("mapEpoch", count, "Rises with each change of who keeps what."),
        .optional(
            "registryLeader", anyText,
            "Who leads the registry, as far as is known here; a node without a copy of it names the one that it asks."),
        .required(
            "nodes",
            .list(
                .object([
                    .required("id", anyText),
                    .required("state", .choice(["alive", "suspect", "dead", "left", "unseen"])),
                    .required("linked", .flag), .required("shardsLed", count), .optional("address", anyText),
                    .optional("zone", anyText), .optional("draining", .flag), .optional("replicas", count),
                    .optional("version", anyText), .optional("incarnation", anyText),
                    .optional("load", .number(0...1, step: nil)), .optional("since", .time),
                    .optional("uptimeSeconds", .number(0...Double.greatestFiniteMagnitude, step: nil)),
                ]))),
    ])

    package static let shards = Schema.object([
        .required("answeredBy", anyText), .required("asOf", .time), .required("nodesAnswered", .list(anyText)),
        .required(
            "items",
            .list(
                .object([
                    .required("shard", count), .optional("leader", anyText, "None: nobody leads it at the moment."),
                    .optional("term", count),
                    .optional("movingTo", .list(anyText), "The nodes that are to keep it, while it moves."),
                    .required(
                        "replicas",
                        .list(
                            .object([
                                .required("node", anyText),
                                .optional("role", .choice(["follower", "learner", "candidate", "leader"])),
                                .required("condition", .choice(["intact", "tailUncertain", "repairing", "unknown"])),
                                .optional("committed", count), .optional("applied", count), .optional("last", count),
                                .optional("lag", count, "Entries of the leader's log that it does not hold."),
                                .optional("snapshot", count),
                                .optional("bytes", count, "Of its newest snapshot and the records behind it."),
                                .optional("needsSnapshot", .flag),
                            ]))),
                ]))),
    ])

    package static let shardLeader = Schema.object([.required("shard", count), .required("leader", anyText)])

    private static let placementStep = Schema.object([
        .required("shard", count, "The number of shards itself stands for the meta group."),
        .required("from", .list(anyText)), .required("to", .list(anyText), "The first should lead."),
        .required("state", .choice(["waiting", "running", "done", "cancelled", "overtaken"])),
        .optional("startedAt", .time),
        .optional("learningAt", .time, "New replicas began to be given the log; they have no vote yet."),
        .optional("exchangingAt", .time, "They had it, and the members began to be exchanged."),
        .optional("endedAt", .time, "The exchange was committed, or the step was given up."),
    ])

    package static let placementPlan = Schema.object([
        .required("asOf", .time), .required("moves", count), .required("steps", .list(placementStep)),
    ])

    private static let operationSummary = Schema.object([
        .required("id", anyText), .required("kind", .choice(["move", "rebalance", "drain", "replace"])),
        .required("state", .choice(["running", "done", "cancelled"])), .optional("node", anyText),
        .required("createdAt", .time),
        .optional("movedAt", .time, "When one of its steps began, got on or ended last."),
        .optional("endedAt", .time), .required("maxConcurrentMoves", count),
        .required("moves", count), .required("done", count), .required("running", count), .required("waiting", count),
        .required("cancelled", count), .required("overtaken", count),
    ])

    package static let operation = adding([.required("steps", .list(placementStep))], to: operationSummary)
    package static let operations = Schema.object([
        .required("items", .list(operationSummary)), .required("asOf", .time),
    ])

    private static let joinToken: [Field] = [
        .required("id", anyText), .optional("node", anyText, "The only node that it is for."),
        .required("expiresAt", .time),
    ]

    static let newJoinToken = Schema.object(joinToken + [.required("token", anyText)])
    static let joinTokens = Schema.object([.required("items", .list(.object(joinToken))), .required("asOf", .time)])

    static let versionFloor = Schema.object([
        .required("floor", count), .required("highestPossible", count),
        .required(
            "nodes",
            .list(.object([.required("id", anyText), .required("oldest", count), .required("newest", count)]))),
    ])

    static let health = Schema.object([.required("status", anyText)])
}
