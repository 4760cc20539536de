import History

/// A history made by hand, one call after the other, for the tests of the checker.
struct HandMadeHistory {
    private(set) var records: [HistoryRecord] = []
    private var clock: Int64 = 1_000
    private var keys = 0

    /// Two agents with one voice call or two chats each, and streams that are never away.
    init() {
        for agent in ["ada", "ben"] {
            add(.readAgent) { record in
                record.agent = agent
                record.limits = ["voice": .init(maximum: 1), "chat": .init(maximum: 2), "email": .init(maximum: 1)]
                record.reconnectSeconds = 120
            }
            records.append(stream(agent, 0, 1_000_000_000))
        }
    }

    /// Adds a record that takes 100 µs, 1 ms after the one before.
    mutating func add(
        _ operation: HistoryRecord.Operation, _ outcome: HistoryRecord.Outcome = .ok,
        _ fill: (inout HistoryRecord) -> Void = { _ in }
    ) {
        clock += 1_000
        var record = HistoryRecord(
            operation, process: "test", invoked: clock, completed: clock + 100, outcome: outcome)
        fill(&record)
        records.append(record)
    }

    mutating func pass(seconds: Int64) { clock += seconds * 1_000_000 }

    mutating func create(_ id: String, _ medium: String = "voice", key: String? = nil) {
        keys += 1
        let key = key ?? "key\(keys)"
        add(.create) { ($0.conversation, $0.mediaType, $0.key, $0.status) = (id, medium, key, 201) }
    }

    mutating func ring(_ id: String, at agent: String, _ medium: String = "voice", offer: String? = nil) {
        add(.offerAlerting) {
            ($0.conversation, $0.agent, $0.mediaType, $0.offer) = (id, agent, medium, offer ?? "\(id)-1")
        }
    }

    mutating func accept(
        _ id: String, by agent: String, _ outcome: HistoryRecord.Outcome = .ok, offer: String? = nil
    ) {
        add(.accept, outcome) { ($0.conversation, $0.agent, $0.offer) = (id, agent, offer ?? "\(id)-1") }
    }

    mutating func decline(_ id: String, by agent: String, offer: String? = nil) {
        add(.decline) { ($0.conversation, $0.agent, $0.offer) = (id, agent, offer ?? "\(id)-1") }
    }

    mutating func offerEnded(
        _ outcome: HistoryRecord.OfferOutcome, _ id: String, at agent: String, offer: String? = nil
    ) {
        add(.offerEnded) { ($0.offerOutcome, $0.agent, $0.offer) = (outcome, agent, offer ?? "\(id)-1") }
    }

    mutating func end(_ id: String, _ outcome: HistoryRecord.Outcome = .ok) {
        add(.end, outcome) { $0.conversation = id }
    }

    mutating func abandon(_ id: String, _ outcome: HistoryRecord.Outcome = .ok) {
        add(.abandon, outcome) { $0.conversation = id }
    }

    mutating func read(_ id: String, _ state: String, _ reason: String? = nil) {
        add(.read) { ($0.conversation, $0.state, $0.endReason, $0.status) = (id, state, reason, 200) }
    }

    /// Rings at an agent who accepts.
    mutating func connect(_ id: String, with agent: String, _ medium: String = "voice") {
        ring(id, at: agent, medium)
        accept(id, by: agent)
    }

    /// Comes, is answered by the agent, ends and is read once more.
    mutating func wholeCall(_ id: String, with agent: String, _ medium: String = "voice") {
        create(id, medium)
        connect(id, with: agent, medium)
        end(id)
        read(id, "ended", "completed")
    }

    /// Replaces the always open stream of an agent.
    mutating func setStreams(_ agent: String, _ spans: [(Int64, Int64)]) {
        records.removeAll { $0.operation == .stream && $0.agent == agent }
        for span in spans { records.append(stream(agent, span.0, span.1)) }
    }

    /// The times as a complete history, which ends with its number of records.
    func finished() -> RecordedHistory {
        var copy = self
        let count = records.count
        copy.add(.finished) { $0.count = count }
        return copy.cutOff()
    }

    /// The same without its last line.
    func cutOff() -> RecordedHistory {
        let header = HistoryHeader(
            startedAt: "2026-01-05T08:00:00Z", seed: 1, factor: 80, interactions: 1, servers: ["http://127.0.0.1:8081"])
        let lines = records.enumerated().map { RecordedHistory.Line(number: $0.offset + 2, record: $0.element) }
        return RecordedHistory(header: header, lines: lines)
    }

    func kinds() -> [HistoryViolation.Kind] { HistoryChecker(finished()).violations().map(\.kind) }

    /// Whether promise 5 is seen to hold.
    var isLinearizable: Bool {
        let result = HistoryChecker(finished()).linearizability()
        return result.violations.isEmpty && result.undecided.isEmpty
    }

    private func stream(_ agent: String, _ from: Int64, _ to: Int64) -> HistoryRecord {
        var record = HistoryRecord(.stream, process: "test", invoked: from, completed: to)
        record.agent = agent
        return record
    }
}
