package import JSONDocuments

/// How nodes are.
extension Schema {
    private static let anyText = Schema.text(0...65_536)
    private static let count = Schema.integer(0...Int64.max)
    private static let milliseconds = Schema.number(0...Double.greatestFiniteMagnitude, step: nil)

    package static let clusterHealth = Schema.object([
        .required("answeredBy", anyText), .required("asOf", .time),
        .required(
            "items",
            .list(
                .object([
                    .required("node", anyText), .required("reachable", .flag),
                    .optional("reason", anyText, "Why nothing more is known of it."), .optional("version", anyText),
                    .optional("zone", anyText), .optional("draining", .flag),
                    .optional("duty", .choice(["leads", "clockIsOff", "diskIsFull", "drains"])),
                    .optional("dutyText", anyText),
                    .optional(
                        "clockOffsetMs",
                        .number(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude, step: nil),
                        "By how much its clock is ahead of the median of all."),
                    .optional(
                        "fsyncP50Ms", milliseconds,
                        "Half of the syncs since its start took no longer, to the next power of two."),
                    .optional("fsyncP99Ms", milliseconds), .optional("commitP99Ms", milliseconds),
                    .optional("tickLatenessP99Ms", milliseconds),
                    .optional(
                        "certificateDaysLeft", .integer(Int64.min...Int64.max), "Negative when it has ended."),
                    .optional("groupsLed", count), .optional("groupsKept", count),
                    .optional("groupsRepairing", count), .optional("groupsLeaderless", count),
                    .optional("healthScore", count, "0 when it keeps its own times, up to 8."),
                    .optional("diskIsFull", .flag),
                ]))),
    ])
}
