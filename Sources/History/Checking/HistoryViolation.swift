/// A promise that a history shows broken, with the lines that show it.
public struct HistoryViolation: Sendable, Equatable {
    /// What is wrong. The numbers are those of the promises in the routing semantics.
    public enum Kind: String, Sendable, CaseIterable {
        /// The history itself is cut off or contradicts itself, so it proves nothing.
        case unusable
        /// 1: an acknowledged conversation did not end, or is not known any more.
        case lost
        /// 1: an ended conversation was seen open, or ended otherwise, later.
        case cameBack
        /// 1: it ended for a reason that nobody gave.
        case wrongReason
        /// 2: one conversation was with two agents.
        case doubled
        /// 2: one offer had two answers.
        case answeredTwice
        /// 2: an offer that was over, or of an ended conversation, was accepted.
        case acceptedTooLate
        /// 2: an agent accepted what never rang at it.
        case notOffered
        /// 3: an agent had more in hand than it may have.
        case overCapacity
        /// 5: no order of the calls on one conversation explains their answers.
        case notLinearizable
        /// 6: a repeated request had another answer, or two requests had one.
        case repeatedDifferently

        /// The promise that is broken; `nil` for a history that cannot be judged.
        public var promise: Int? {
            switch self {
            case .unusable: nil
            case .lost, .cameBack, .wrongReason: 1
            case .doubled, .answeredTwice, .acceptedTooLate, .notOffered: 2
            case .overCapacity: 3
            case .notLinearizable: 5
            case .repeatedDifferently: 6
            }
        }
    }

    public var kind: Kind
    /// One sentence with the names involved.
    public var explanation: String
    /// Numbers of the lines that show it, ascending.
    public var lines: [Int]
    /// When it was complete, in microseconds of the history's clock; violations are reported in this order.
    public var at: Int64

    public init(_ kind: Kind, _ explanation: String, shownBy lines: [RecordedHistory.Line]) {
        self.kind = kind
        self.explanation = explanation
        self.lines = Set(lines.map(\.number)).sorted()
        at = lines.map(\.record.completed).max() ?? .max
    }

    /// The earliest first.
    static func sorted(_ violations: [HistoryViolation]) -> [HistoryViolation] {
        violations.sorted { ($0.at, $0.kind.rawValue, $0.explanation) < ($1.at, $1.kind.rawValue, $1.explanation) }
    }
}
