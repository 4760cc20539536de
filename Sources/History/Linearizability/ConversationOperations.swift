internal import Linearizability

/// The operations on one conversation, made from the records that concern it.
///
/// The tries of one key are one operation: it begins with the first try that may have had its effect, and is over with
/// the first acknowledgement (promise 6). A refused try changes nothing; where its status says something about the
/// state it is an operation of its own.
struct ConversationOperations {
    typealias Line = RecordedHistory.Line
    typealias Timed = TimedOperation<ConversationModel>

    private(set) var operations: [Timed] = []
    /// The lines that each operation was made from.
    private(set) var lines: [[Line]] = []

    /// - Parameters:
    ///   - records: everything recorded of this conversation, and every try of its creation.
    ///   - absences: by agent, the times in which it may have lost its work.
    init(_ records: [Line], absences: [String: [Range<Int64>]]) {
        var tries: [[Line]] = []
        var placeOf: [String: Int] = [:]
        for line in records {
            let record = line.record
            guard let key = record.key, Self.mayChange(record.operation) else {
                tries.append([line])
                continue
            }
            let name = "\(record.operation.rawValue) \(record.offer ?? record.segment ?? "") \(key)"
            if let place = placeOf[name] {
                tries[place].append(line)
            } else {
                placeOf[name] = tries.count
                tries.append([line])
            }
        }
        for lines in tries { add(lines) }
        // Created in a way that the history does not tell of: by a request that was never answered, at the latest.
        if !operations.contains(where: { $0.input == .create && $0.output == .done && $0.completed != nil }) {
            append(.create, nil, from: .min, to: nil, [])
        }
        addLosses(records, absences)
    }

    private static func mayChange(_ operation: HistoryRecord.Operation) -> Bool {
        switch operation {
        case .create, .accept, .decline, .end, .abandon, .wrapUp: true
        case .read, .presence, .readAgent, .readOffers, .readQueue, .offerAlerting, .offerEnded, .stream, .finished:
            false
        }
    }

    private mutating func append(
        _ input: ConversationModel.Input, _ output: ConversationModel.Output?, from: Int64, to: Int64?, _ lines: [Line]
    ) {
        operations.append(Timed(input, output, invoked: from, completed: to))
        self.lines.append(lines)
    }

    /// One call with all its tries.
    private mutating func add(_ tries: [Line]) {
        guard let first = tries.first else { return }
        if first.record.operation == .read { return addRead(first) }
        guard let input = Self.input(first.record) else { return }
        for line in tries where line.record.outcome == .refused {
            guard [409, 410].contains(line.record.status), Self.saysSomething(input) else { continue }
            append(input, .refused, from: line.record.invoked, to: line.record.completed, [line])
        }
        let effective = tries.filter { $0.record.outcome != .refused }
        guard let invoked = effective.map(\.record.invoked).min() else { return }
        let acknowledged = effective.filter { $0.record.outcome == .ok }
        guard let answer = acknowledged.min(by: { $0.record.completed < $1.record.completed }) else {
            if case .wrapUp = input { return }
            append(input, nil, from: invoked, to: nil, effective)
            return
        }
        let completed = answer.record.completed
        let output: ConversationModel.Output = input == .create && answer.record.status == 200 ? .existing : .done
        append(input, output, from: invoked, to: completed, effective)
        if case .release = input, answer.record.status == 200 {
            // 200 and not 202: it had ended when the answer was given.
            let ended = ConversationModel.Output.shown(
                state: ConversationModel.endedName, reason: nil, owner: nil)
            append(.read, ended, from: answer.record.invoked, to: completed, [answer])
        }
    }

    private static func input(_ record: HistoryRecord) -> ConversationModel.Input? {
        switch record.operation {
        case .create: .create
        case .accept: record.agent.map { .accept(agent: $0, offer: record.offer) }
        case .decline: record.offer.map { .decline(offer: $0) }
        case .end: .release(.end, by: asked(record))
        case .abandon: .release(.abandon, by: nil)
        case .wrapUp: record.agent.map { .wrapUp(agent: $0) }
        case .read, .presence, .readAgent, .readOffers, .readQueue, .offerAlerting, .offerEnded, .stream, .finished:
            nil
        }
    }

    /// The agent, if it was its own call.
    private static func asked(_ record: HistoryRecord) -> String? {
        guard let agent = record.agent, record.process == "agent:\(agent)" else { return nil }
        return agent
    }

    /// Whether 409 or 410 tells what state the conversation was in.
    private static func saysSomething(_ input: ConversationModel.Input) -> Bool {
        switch input {
        case .accept, .release: true
        case .create, .read, .decline, .wrapUp, .loss: false
        }
    }

    private mutating func addRead(_ line: Line) {
        let record = line.record
        if record.outcome == .ok, let state = record.state {
            let shown = ConversationModel.Output.shown(
                state: state, reason: record.endReason, owner: record.owner)
            append(.read, shown, from: record.invoked, to: record.completed, [line])
        } else if record.status == 404, !record.process.hasPrefix("agent:") {
            // An agent is shown only conversations that it has a part in.
            append(.read, .missing, from: record.invoked, to: record.completed, [line])
        }
    }

    /// An agent that was away may have lost what it had accepted before the end of that time.
    private mutating func addLosses(_ records: [Line], _ absences: [String: [Range<Int64>]]) {
        var since: [String: Int64] = [:]
        for line in records where line.record.operation == .accept && line.record.outcome != .refused {
            guard let agent = line.record.agent else { continue }
            since[agent] = min(since[agent] ?? .max, line.record.invoked)
        }
        for (agent, accepted) in since.sorted(by: { $0.key < $1.key }) {
            for absence in absences[agent] ?? [] where absence.upperBound > accepted {
                append(.loss(agent: agent), nil, from: max(absence.lowerBound, accepted), to: nil, [])
            }
        }
    }
}
