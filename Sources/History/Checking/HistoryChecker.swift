/// Checks what clients saw against the promises of Tandem, from the history alone.
///
/// Completeness: the history is whole, and every acknowledged conversation ended with a reason. Promises 1 to 3 and 6
/// of the routing semantics, as far as clients can see them. Only what is certain counts: an unknown outcome never
/// convicts, and work counts from its first acknowledged sign to the moment somebody asked for its end.
/// ``linearizability(workLimit:)`` checks promise 5 apart from these; ``report()`` does everything.
public struct HistoryChecker {
    /// How long a lost agent keeps its work where the history does not say.
    public static let defaultReconnectSeconds = 120
    /// States of an interaction after which nothing comes.
    static let endedState = "ended"

    typealias Line = RecordedHistory.Line

    let history: RecordedHistory
    let index: HistoryIndex

    public init(_ history: RecordedHistory) {
        self.history = history
        index = HistoryIndex(history)
    }

    /// Conversations whose creation was acknowledged.
    public var acknowledged: Int {
        index.conversations.values.count { Self.isAcknowledged($0) }
    }

    /// Every violation of these promises, the earliest first; empty if all held.
    public func violations() -> [HistoryViolation] {
        var found = formViolations()
        found += repetitionViolations()
        for (id, conversation) in index.conversations {
            found += conversationViolations(id, conversation)
        }
        for (id, offer) in index.offers { found += offerViolations(id, offer) }
        found += ownerViolations()
        found += capacityViolations()
        return HistoryViolation.sorted(found)
    }

    static func isAcknowledged(_ conversation: HistoryIndex.Conversation) -> Bool {
        conversation.creates.contains { $0.record.outcome == .ok }
    }

    /// A history that is cut off or has impossible times cannot show that anything held.
    func formViolations() -> [HistoryViolation] {
        var found: [HistoryViolation] = []
        for line in history.lines {
            let record = line.record
            if record.completed < record.invoked {
                let text = "\(record.operation.rawValue) was completed before it was invoked"
                found.append(HistoryViolation(.unusable, text, shownBy: [line]))
            }
            if let text = Self.missingName(record) {
                found.append(HistoryViolation(.unusable, text, shownBy: [line]))
            }
        }
        guard let last = history.lines.last, last.record.operation == .finished else {
            let text = "the history is cut off: its last line is not “finished”"
            return found + [HistoryViolation(.unusable, text, shownBy: history.lines.suffix(1))]
        }
        if last.record.count != history.lines.count - 1 {
            let said = last.record.count.map { "\($0)" } ?? "no number of"
            let text = "“finished” speaks of \(said) records, and there are \(history.lines.count - 1)"
            found.append(HistoryViolation(.unusable, text, shownBy: [last]))
        }
        return found
    }

    /// An acknowledged call without its names would pass every check unseen.
    private static func missingName(_ record: HistoryRecord) -> String? {
        guard record.outcome == .ok else { return nil }
        let needed: [(String, String?)] =
            switch record.operation {
            case .create, .read, .abandon, .end: [("conversation", record.conversation)]
            case .accept: [("conversation", record.conversation), ("offer", record.offer), ("agent", record.agent)]
            case .decline, .offerAlerting, .offerEnded: [("offer", record.offer), ("agent", record.agent)]
            case .wrapUp, .presence, .readAgent, .readOffers, .stream: [("agent", record.agent)]
            case .finished, .readQueue: []
            }
        guard let missing = needed.first(where: { $0.1 == nil }) else { return nil }
        return "\(record.operation.rawValue) is acknowledged but names no \(missing.0)"
    }
}
