/// The records of a history, sorted by what they are about.
struct HistoryIndex {
    typealias Line = RecordedHistory.Line

    /// Everything about one conversation, each list by time of invocation.
    struct Conversation {
        var creates: [Line] = []
        var reads: [Line] = []
        var accepts: [Line] = []
        /// Calls of `end` and `abandon` that may have had their effect.
        var releases: [Line] = []
    }

    /// Everything about one offer, each list by time of invocation.
    struct Offer {
        var alerts: [Line] = []
        var accepts: [Line] = []
        var declines: [Line] = []
        var endings: [Line] = []
    }

    /// The work that one successful accept began.
    struct Ownership {
        var conversation: String
        var offer: String
        var agent: String
        var mediaType: String?
        /// The first acknowledged accept.
        var accept: Line
        /// When the first try that may have had its effect was sent.
        var invoked: Int64
    }

    private(set) var conversations: [String: Conversation] = [:]
    private(set) var offers: [String: Offer] = [:]
    /// By conversation: the calls that name it, by time of invocation.
    private(set) var calls: [String: [Line]] = [:]
    private(set) var createsByKey: [String: [Line]] = [:]
    private(set) var agents: [String: Line] = [:]
    private(set) var ownerships: [Ownership] = []
    /// By agent: times without any event stream that are long enough for the agent to lose its work.
    private(set) var absences: [String: [Range<Int64>]] = [:]
    private var streams: [String: [Line]] = [:]

    init(_ history: RecordedHistory) {
        let lines = history.lines.sorted { ($0.record.invoked, $0.number) < ($1.record.invoked, $1.number) }
        for line in lines { add(line) }
        for offer in offers.keys.sorted() { addOwnerships(of: offer) }
        ownerships.sort { left, right in
            (left.accept.record.completed, left.accept.number) < (right.accept.record.completed, right.accept.number)
        }
        for (agent, lines) in streams { absences[agent] = findAbsences(of: agent, lines) }
    }

    /// When the agent may have lost this work by being away, at the earliest.
    func absence(during work: Ownership) -> Int64? {
        let since = work.accept.record.completed
        let found = absences[work.agent]?.first { $0.upperBound > since }
        return found.map { max($0.lowerBound, since) }
    }

    private mutating func add(_ line: Line) {
        let record = line.record
        if record.operation == .create, let key = record.key { createsByKey[key, default: []].append(line) }
        if record.operation == .readAgent, record.limits != nil, let agent = record.agent { agents[agent] = line }
        if record.operation == .stream, record.outcome == .ok, let agent = record.agent {
            streams[agent, default: []].append(line)
        }
        if let id = record.conversation {
            calls[id, default: []].append(line)
            switch record.operation {
            case .create: conversations[id, default: Conversation()].creates.append(line)
            case .read: conversations[id, default: Conversation()].reads.append(line)
            case .accept: conversations[id, default: Conversation()].accepts.append(line)
            case .end, .abandon:
                if record.outcome != .refused { conversations[id, default: Conversation()].releases.append(line) }
            default: break
            }
        }
        if let id = record.offer {
            switch record.operation {
            case .offerAlerting: offers[id, default: Offer()].alerts.append(line)
            case .accept: offers[id, default: Offer()].accepts.append(line)
            case .decline: offers[id, default: Offer()].declines.append(line)
            case .offerEnded: offers[id, default: Offer()].endings.append(line)
            default: break
            }
        }
    }

    /// One for each agent whose accept was acknowledged; more than one is a violation for the checker to find.
    private mutating func addOwnerships(of id: String) {
        guard let offer = offers[id] else { return }
        var seen: Set<String> = []
        let acknowledged = offer.accepts.filter { $0.record.outcome == .ok }
        for line in acknowledged.sorted(by: { $0.record.completed < $1.record.completed }) {
            guard let agent = line.record.agent, let conversation = line.record.conversation else { continue }
            guard seen.insert(agent).inserted else { continue }
            let mine = offer.accepts.filter { $0.record.agent == agent && $0.record.outcome != .refused }
            let alert = offer.alerts.first { $0.record.agent == agent }
            ownerships.append(
                Ownership(
                    conversation: conversation, offer: id, agent: agent,
                    mediaType: alert?.record.mediaType ?? line.record.mediaType, accept: line,
                    invoked: mine.map(\.record.invoked).min() ?? line.record.invoked))
        }
    }

    private func findAbsences(of agent: String, _ lines: [Line]) -> [Range<Int64>] {
        let seconds = agents[agent]?.record.reconnectSeconds ?? HistoryChecker.defaultReconnectSeconds
        // Half of it: the server's clock starts at the last sign of life, which is earlier than the client's notice.
        let shortest = Int64(seconds) * 1_000_000 / 2
        var found: [Range<Int64>] = []
        var seenUntil = lines.first?.record.invoked ?? 0
        for line in lines {
            if line.record.invoked - seenUntil >= shortest, line.record.invoked > seenUntil {
                found.append(seenUntil..<line.record.invoked)
            }
            seenUntil = max(seenUntil, line.record.completed)
        }
        found.append(seenUntil..<Int64.max)
        return found
    }
}
