internal import JSONDocuments
import Routing

/// The bodies of what happens at run time.
extension Schema {
    static let presence = Schema.object([
        .required("presence", .choice(Presence.allCases.map(\.description))),
        .required("onQueue", .flag, "True only with presence available."),
    ])

    private static let contact = Schema.object([
        .optional("email", .text(1...320)), .optional("phone", .text(1...64)), .optional("handle", .text(1...255)),
        .optional("externalId", .text(1...255)),
    ])

    static let newConversation = Schema.object([
        .required("mediaType", mediaType),
        .required("queue", .identifier),
        .optional("direction", .choice(["inbound"], later: ["outbound"]), standard: "inbound"),
        .optional(
            "skills",
            .list(
                .object([
                    .required("skill", .identifier), .optional("minimumProficiency", proficiency),
                    .optional("maximumProficiency", proficiency), .later("supplementary", neutral: false),
                ]), 0...50, unique: "skill")),
        .optional("language", .identifier, "A skill of kind language that is asked for too."),
        .optional("priority", priority, standard: 0),
        .optional("excludedAgents", .list(.identifier, 0...Enqueue.excludedLimit, unique: ""), "Who is never asked."),
        .optional("customer", contact),
        .optional("attributes", .map(.free(1...64), .text(0...4_096), maximum: 100)),
        .optional(
            "externalId", .text(1...255),
            "Names the conversation for its source: a second one is answered with the first."),
        .later("preferredAgents", neutral: []), .later("serviceLine"),
        .later("label"), .later("routing"), .later("threadKey"),
    ])

    static let wrapUp = Schema.object([
        .required("code", .text(1...64), "One of the queue's wrapUpCodes."), .optional("notes", .text(0...4_096)),
    ])

    /// Calls that take no body also take an empty object.
    static let noFields = Schema.object([])
}
