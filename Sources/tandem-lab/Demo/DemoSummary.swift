import Foundation
import History

/// The figures of a run, as its clients saw them.
struct DemoSummary {
    /// An abandon sooner than this, before division, does not count against the service level.
    private static let shortAbandonSeconds = 5.0

    let interactions: [String: DemoBoard.Interaction]
    let counters: DemoBoard.Counters
    let facts: CentreFacts
    let factor: Double
    /// Customers that called.
    let asked: Int
    let wallSeconds: Double
    let servers: [String]

    /// Whether every customer's request was taken.
    var isComplete: Bool { counters.notTaken == 0 && interactions.count == asked }

    /// Prints the figures; `report` is that of the recorded history.
    func show(_ report: HistoryReport) {
        let violations = report.violations
        let all = Array(interactions.values)
        let waits = all.compactMap { interaction in interaction.answered.map { $0 - interaction.asked } }.sorted()
        let reasons = Dictionary(grouping: all.filter(\.isOver)) { $0.endReason ?? "no reason" }.mapValues(\.count)
        var lines: [(String, String)] = []
        lines.append(("offered", "\(all.count) of \(asked) that called"))
        lines.append(("answered", "\(waits.count)"))
        lines.append(("abandoned", "\(reasons["abandoned"] ?? 0)"))
        lines.append(("ended", Self.list(reasons)))
        lines.append(("declined", "\(counters.declined) offers"))
        lines.append(("unanswered", "\(counters.unanswered) offers (the alert timed out)"))
        lines.append(("answered late", "\(counters.tooLate) offers (refused, as they were over)"))
        lines.append(("wrap-ups", "\(counters.wrapUps) by agents, the others by the servers' timers"))
        lines.append(("service level", serviceLevel()))
        let (middle, long) = (Self.seconds(waits, 0.50), Self.seconds(waits, 0.99))
        lines.append(("wait", "p50 \(middle), p99 \(long) (real time, the agent's reaction included)"))
        let perServer = Dictionary(grouping: all, by: \.server).mapValues(\.count)
        for server in servers { lines.append(("taken by", "\(server)  \(perServer[server] ?? 0)")) }
        lines.append(("wall time", String(format: "%.1f s", wallSeconds)))
        lines.append(("lost", "\(count(violations, .lost, .cameBack, .wrongReason))"))
        lines.append(("doubled", "\(count(violations, .doubled, .answeredTwice, .acceptedTooLate, .notOffered))"))
        lines.append(("over capacity", "\(count(violations, .overCapacity))"))
        let undecided = report.undecided.isEmpty ? "" : ", undecided \(report.undecided.count)"
        lines.append(("not linearizable", "\(count(violations, .notLinearizable))\(undecided)"))
        let other = count(violations, .unusable, .repeatedDifferently)
        if other > 0 { lines.append(("otherwise wrong", "\(other)")) }
        if let refusal = counters.lastRefusal {
            lines.append(("not taken", "\(counters.notTaken), the last: \(refusal)"))
        }
        print("\nThe morning, played \(Self.short(factor)) times as fast:")
        for (name, value) in lines {
            print("  " + name.padding(toLength: 18, withPad: " ", startingAt: 0) + value)
        }
    }

    private func count(_ violations: [HistoryViolation], _ kinds: HistoryViolation.Kind...) -> Int {
        violations.count { kinds.contains($0.kind) }
    }

    private func serviceLevel() -> String {
        var offered = 0
        var inTime = 0
        for interaction in interactions.values {
            let arrival = interaction.arrival
            guard let threshold = facts.threshold(arrival.queue, arrival.mediaType) else { continue }
            if interaction.endReason == "abandoned", interaction.answered == nil,
                arrival.patienceSeconds < Self.shortAbandonSeconds
            {
                continue
            }
            offered += 1
            if let answered = interaction.answered,
                Double(answered - interaction.asked) / 1_000_000 <= threshold / factor
            {
                inTime += 1
            }
        }
        guard offered > 0 else { return "no queue has a threshold" }
        let percent = String(format: "%.1f", 100 * Double(inTime) / Double(offered))
        return "\(percent) % (each queue's threshold divided by \(Self.short(factor)))"
    }

    private static func list(_ counts: [String: Int]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    private static func short(_ number: Double) -> String {
        number == number.rounded() ? String(format: "%.0f", number) : "\(number)"
    }

    private static func seconds(_ sorted: [Int64], _ share: Double) -> String {
        guard !sorted.isEmpty else { return "–" }
        let index = min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.up)) - 1)
        return String(format: "%.2f s", Double(sorted[max(0, index)]) / 1_000_000)
    }
}
