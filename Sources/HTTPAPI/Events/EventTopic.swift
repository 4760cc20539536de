import Cluster
internal import JSONDocuments
import Primitives

/// What a reader wants to hear of: one entity, or all of a kind.
struct EventTopic: Sendable, Hashable {
    static let kinds: [EntityKind] = [.queue, .agent, .conversation]
    /// Topics of one stream.
    static let limit = 100

    let kind: EntityKind
    /// Nil for all.
    let key: String?

    /// Reads `queue:q1,agent:a1,conversation:*`.
    static func list(_ text: String) throws(Problem) -> [EventTopic] {
        var topics: [EventTopic] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let kind = kinds.first(where: { $0.description == sides[0] }),
                sides[1] == "*" || String(sides[1]).isIdentifier
            else {
                throw .malformed(
                    "'\(part.prefix(80))' is no topic: write queue:ID, agent:ID, conversation:ID, or * for the ID")
            }
            topics.append(EventTopic(kind: kind, key: sides[1] == "*" ? nil : String(sides[1])))
        }
        guard topics.count <= limit else { throw .malformed("A stream takes at most \(limit) topics") }
        return topics
    }

    func covers(_ entity: EntityID) -> Bool { entity.kind == kind && key.map { $0 == entity.key } ?? true }
}
