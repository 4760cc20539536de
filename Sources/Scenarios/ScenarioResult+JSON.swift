package import JSONDocuments
internal import Primitives
internal import Routing

extension ScenarioResult {
    /// The result as the file of `tandem-lab replay` holds it.
    package var json: JSONValue {
        .fields([
            "offers": moments(offers), "starts": moments(starts), "unanswered": moments(unanswered),
            "declined": moments(declined), "abandoned": moments(abandoned),
            "completed": map(completed) { $0.seconds },
            "ended": map(ended) { .list([$0.at.seconds, .text($0.reason.rawValue)]) },
            "estimates": map(estimates) { $0.map { JSONValue.number($0) } ?? .null },
            "agentStatus": .list(
                agentStatus.map { .list([$0.at.seconds, .text($0.agent.key), .text($0.status.rawValue)]) }),
            "refused": .list(
                refused.map { .list([$0.at.seconds, .text($0.interaction), .integer(Int64($0.status))]) }),
            "statistics": statistics.json,
        ])
    }

    private func moments(_ moments: [Moment]) -> JSONValue {
        .list(
            moments.map { moment in
                .list([moment.at.seconds, .text(moment.interaction)] + (moment.agent.map { [.text($0.key)] } ?? []))
            })
    }

    private func map<Value>(_ values: [String: Value], _ json: (Value) -> JSONValue) -> JSONValue {
        .object(values.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, json($0.value)) })
    }

    /// Where this result is not what was expected: one line for each. Keys that `expected` lacks are not compared; of the
    /// statistics only the named figures are.
    package func differences(from expected: JSONValue) -> [String] {
        let found = json
        return (expected.members ?? []).flatMap { member -> [String] in
            let value = found[member.name] ?? .null
            guard member.name == "statistics" else { return Self.difference(member.name, value, member.value) }
            return (member.value.members ?? []).flatMap { figure in
                Self.difference("statistics/\(figure.name)", value[figure.name] ?? .null, figure.value)
            }
        }
    }

    private static func difference(_ name: String, _ found: JSONValue, _ expected: JSONValue) -> [String] {
        found.isClose(to: expected) ? [] : ["\(name): \(found.line), expected \(expected.line)"]
    }
}

extension ScenarioResult.Statistics {
    var json: JSONValue {
        func figure(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        return .object([
            .init("offered", count(offered)), .init("answered", count(answered)), .init("abandoned", count(abandoned)),
            .init("shortAbandons", count(shortAbandons)), .init("flowOuts", count(flowOuts)),
            .init("abandonRate", figure(abandonRate)),
            .init("averageSpeedOfAnswerSeconds", figure(averageSpeedOfAnswerSeconds)),
            .init("longestWaitSeconds", figure(longestWaitSeconds)), .init("serviceLevel", figure(serviceLevel)),
            .init("occupancy", figure(occupancy)),
        ])
    }
}

extension Instant {
    /// As JSON: whole seconds without a fraction.
    var seconds: JSONValue {
        microseconds % 1_000_000 == 0
            ? .integer(microseconds / 1_000_000) : .number(Double(microseconds) / 1_000_000)
    }
}

extension JSONValue {
    /// Equal, with numbers equal to nine digits and the members of objects in any order.
    func isClose(to other: JSONValue) -> Bool {
        if let one = number, let two = other.number {
            return abs(one - two) <= 1e-9 * max(1, abs(one), abs(two))
        }
        switch (self, other) {
        case (.list(let one), .list(let two)):
            return one.count == two.count && zip(one, two).allSatisfy { $0.isClose(to: $1) }
        case (.object(let one), .object(let two)):
            guard one.count == two.count else { return false }
            return one.allSatisfy { member in
                two.contains { $0.name == member.name && $0.value.isClose(to: member.value) }
            }
        default: return self == other
        }
    }

    /// The text of this value in one line.
    var line: String { String(decoding: encoded, as: UTF8.self) }
}
