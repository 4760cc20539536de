/// What became of one entry of a file.
package struct ApplyResult: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        case unchanged
        case created
        case changed([FieldDifference])
        /// The server's reasons, one text each. The entry is as it was before.
        case refused([String])
    }

    package let entry: CentreFile.Entry
    package let outcome: Outcome
}

/// What became of a whole file.
package struct ApplySummary: Sendable, Equatable {
    package var results: [ApplyResult] = []
    /// Entries that were not tried, because something they may depend on was refused.
    package var skipped = 0

    package init() {}

    package func count(_ isCounted: (ApplyResult.Outcome) -> Bool) -> Int { results.count { isCounted($0.outcome) } }
    package var unchanged: Int { count { $0 == .unchanged } }
    package var created: Int { count { $0 == .created } }
    package var changed: Int { count { if case .changed = $0 { true } else { false } } }
    package var refused: Int { count { if case .refused = $0 { true } else { false } } }
}
