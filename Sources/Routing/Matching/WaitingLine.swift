internal import Primitives

/// The place of a ticket in the line of one queue: smaller is served first. It orders as ``Rank`` does there, but for what stands in
/// front of all others.
struct LineKey: Sendable, Hashable, Comparable {
    let isFront: Bool
    let key: Int64
    let waitingSince: Instant
    let sequence: UInt64

    init(_ rank: Rank, isFront: Bool) {
        self.isFront = isFront
        key = rank.key
        waitingSince = rank.waitingSince
        sequence = rank.sequence
    }

    static func < (left: LineKey, right: LineKey) -> Bool {
        if left.isFront != right.isFront { return left.isFront }
        if left.key != right.key { return left.key < right.key }
        if left.waitingSince != right.waitingSince { return left.waitingSince < right.waitingSince }
        return left.sequence < right.sequence
    }
}

/// What waits in a queue: by rank, and by what is asked, so that an agent looks only at what it may take.
///
/// Looking for an agent's best costs one look at each part of the line whose leading skill the agent holds, and O(log n) for
/// the tickets in it, whatever stands before them.
struct WaitingLine: Sendable, Equatable {
    typealias Part = TreeMap<LineKey, Waiting>

    struct Waiting: Sendable, Equatable {
        let conversation: ConversationID
        /// Some agent is not asked now.
        let excludes: Bool
    }

    private(set) var all = TreeMap<LineKey, ConversationID>()
    /// By leading skill.
    private var parts = TreeMap<String, TreeMap<Requirement, Part>>()

    mutating func enter(_ queued: QueuedTicket) {
        let (key, requirement) = (queued.lineKey, queued.requirement)
        all.set(key, queued.ticket.conversation)
        if parts[requirement.lead] == nil { parts.set(requirement.lead, TreeMap()) }
        parts.update(requirement.lead) { named in
            if named[requirement] == nil { named.set(requirement, TreeMap()) }
            named.update(requirement) { part in
                part.set(key, Waiting(conversation: queued.ticket.conversation, excludes: queued.excludesAny))
            }
        }
    }

    mutating func leave(_ queued: QueuedTicket) {
        let (key, requirement) = (queued.lineKey, queued.requirement)
        guard all.remove(key) != nil else { return }
        var isEmpty = false
        parts.update(requirement.lead) { named in
            named.update(requirement) { part in
                part.remove(key)
                isEmpty = part.isEmpty
            }
            if isEmpty { named.remove(requirement) }
            isEmpty = named.isEmpty
        }
        if isEmpty { parts.remove(requirement.lead) }
    }

    /// The first that this agent may take: of parts that `isOpen`, none that `isExcluded`.
    func first(
        for snapshot: AgentSnapshot, in isOpen: (Requirement) -> Bool, unless isExcluded: (ConversationID) -> Bool
    ) -> ConversationID? {
        var best: (key: LineKey, value: Waiting)?
        forEachPart(of: snapshot) { requirement, part in
            if let best, let head = part.first, best.key < head.key { return }
            guard isOpen(requirement) else { return }
            let found = part.first { !$1.excludes || !isExcluded($1.conversation) }
            if let found, best.map({ found.key < $0.key }) ?? true { best = found }
        }
        return best?.value.conversation
    }

    /// The first `limit` that this agent may take, in order.
    func first(
        _ limit: Int, for snapshot: AgentSnapshot, in isOpen: (Requirement) -> Bool,
        unless isExcluded: (ConversationID) -> Bool
    ) -> [ConversationID] {
        var found: [Part.Element] = []
        forEachPart(of: snapshot) { requirement, part in
            guard isOpen(requirement) else { return }
            var count = 0
            part.forEach { key, waiting in
                guard !waiting.excludes || !isExcluded(waiting.conversation) else { return true }
                found.append((key, waiting))
                count += 1
                return count < limit
            }
        }
        return found.sorted { $0.key < $1.key }.prefix(limit).map(\.value.conversation)
    }

    /// The parts under no skill and under each that this agent holds.
    private func forEachPart(of snapshot: AgentSnapshot, _ body: (Requirement, Part) -> Void) {
        func visit(_ lead: String) {
            parts[lead]?.forEach { requirement, part in
                body(requirement, part)
                return true
            }
        }
        visit("")
        for held in snapshot.skills { visit(held.skill) }
    }
}
