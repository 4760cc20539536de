public import Linearizability

/// What every check of a history found, in the order in which they ran.
public struct HistoryReport: Sendable, Equatable {
    /// One check and its verdict.
    public struct Check: Sendable, Equatable {
        public enum Verdict: Sendable, Equatable {
            case ok
            case violated(Int)
            /// So many entities were too much work; nothing is known of them.
            case undecided(Int)
            /// The history itself cannot be used.
            case notJudged
        }

        /// What was checked: `promise 5 (linearizable)`.
        public var name: String
        /// How much of what was looked at: `17912 records`.
        public var scope: String
        public var verdict: Verdict
    }

    public var checks: [Check]
    /// Those of all checks, the earliest first.
    public var violations: [HistoryViolation]
    /// Entities that were too much work for the check of promise 5, ascending.
    public var undecided: [String]

    /// Whether every promise was checked and held.
    public var holds: Bool { checks.allSatisfy { $0.verdict == .ok } }
}

extension HistoryChecker {
    /// Runs all checks. A history that proves nothing is not judged any further.
    public func report(workLimit: Int = Linearizability.workLimit) -> HistoryReport {
        let found = violations()
        let isUsable = !found.contains { $0.kind == .unusable }
        let linear = isUsable ? linearizability(workLimit: workLimit) : LinearizabilityResult()
        func check(_ name: String, _ promise: Int?, _ scope: String) -> HistoryReport.Check {
            let count = found.count { $0.kind.promise == promise }
            let isJudged = isUsable || promise == nil
            return .init(name: name, scope: scope, verdict: count > 0 ? .violated(count) : isJudged ? .ok : .notJudged)
        }
        let conversations = "\(acknowledged) conversations"
        var checks = [
            check("the history is whole", nil, "\(history.lines.count) records"),
            check("promise 1 (nothing lost)", 1, conversations),
            check("promise 2 (nothing doubled)", 2, "\(index.ownerships.count) accepted offers"),
            check("promise 3 (nobody over capacity)", 3, "\(index.agents.count) agents"),
            check("promise 6 (repetitions)", 6, "\(keyedCalls) calls with a key"),
        ]
        let verdict: HistoryReport.Check.Verdict =
            if !isUsable {
                .notJudged
            } else if !linear.violations.isEmpty {
                .violated(linear.violations.count)
            } else {
                linear.undecided.isEmpty ? .ok : .undecided(linear.undecided.count)
            }
        let scope = "\(linear.operations) operations on \(linear.entities) conversations"
        checks.append(.init(name: "promise 5 (linearizable)", scope: scope, verdict: verdict))
        return HistoryReport(
            checks: checks, violations: HistoryViolation.sorted(found + linear.violations),
            undecided: linear.undecided)
    }
}
