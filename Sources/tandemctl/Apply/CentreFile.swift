import Yams

/// A contact centre as an operator writes it down: skills, agents, queues and who serves them.
///
/// Field names are those of the API; an entry's `id` (for members: its `queue`) is part of the path there, not of the body.
package struct CentreFile: Sendable {
    /// The lists of the file, in the order in which they depend on each other.
    package enum Kind: String, Sendable, CaseIterable {
        case skills, agents, queues, members
    }

    /// One entry, as it is sent.
    package struct Entry: Sendable, Equatable {
        package let kind: Kind
        package let id: String
        package let body: JSONValue
        /// As in `agents[3]`.
        package let place: String
        package let line: Int?
    }

    /// Everything that is wrong with a file. Nothing was sent.
    package struct Failure: Error, Sendable {
        /// Each with its place and line.
        package let problems: [String]
    }

    /// Longest text that is read, in bytes.
    package static let maximumBytes = 16 * 1024 * 1024

    /// In the order of application.
    package let entries: [Entry]

    /// Reads a YAML text; throws all problems at once.
    package init(yaml text: String) throws(Failure) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw Failure(problems: ["the file is longer than \(Self.maximumBytes) bytes"])
        }
        let document: Node?
        do {
            document = try compose(yaml: text)
        } catch {
            throw Failure(problems: ["the file is not YAML: \(error)"])
        }
        guard let root = document?.mapping else {
            throw Failure(problems: ["the file is not a mapping with the keys skills, agents, queues, members"])
        }
        var problems: [String] = []
        for (key, _) in root where Kind(rawValue: key.string ?? "") == nil {
            problems.append(
                "\(Self.at(key)): unknown key “\(key.string ?? "?")”; known: skills, agents, queues, members")
        }
        var entries: [Entry] = []
        for kind in Kind.allCases {
            guard let list = root[kind.rawValue], list.null == nil else { continue }
            guard let sequence = list.sequence else {
                problems.append("\(Self.at(list)): \(kind) is not a list")
                continue
            }
            var seen: [String: String] = [:]
            for (index, node) in sequence.enumerated() {
                let place = "\(kind)[\(index)]"
                do {
                    let entry = try Self.entry(kind, node, place)
                    if let before = seen.updateValue(place, forKey: entry.id) {
                        problems.append("\(Self.at(node)): \(place) has the id “\(entry.id)” of \(before)")
                    }
                    entries.append(entry)
                } catch {
                    problems.append("line \(error.line ?? node.mark?.line ?? 0): \(place): \(error.text)")
                }
            }
        }
        guard problems.isEmpty else { throw Failure(problems: problems) }
        self.entries = entries
    }

    private static func at(_ node: Node) -> String { "line \(node.mark?.line ?? 0)" }

    private static func entry(_ kind: Kind, _ node: Node, _ place: String) throws(JSONValue.Unfit) -> Entry {
        let line = node.mark?.line
        guard case .object(var fields) = try JSONValue(yaml: node) else {
            throw JSONValue.Unfit(line: line, text: "is not a mapping")
        }
        let name = kind == .members ? "queue" : "id"
        guard let written = node.mapping?[name]?.scalar?.string, !written.isEmpty else {
            throw JSONValue.Unfit(line: line, text: "has no \(name)")
        }
        fields[name] = nil
        let body = kind == .members ? try members(fields, line) : .object(fields)
        return Entry(kind: kind, id: written, body: body, place: place, line: line)
    }

    /// `agents` is a list of ids, or of mappings with `agent` and the fields of a membership.
    private static func members(_ fields: [String: JSONValue], _ line: Int?) throws(JSONValue.Unfit) -> JSONValue {
        guard fields.keys.allSatisfy({ $0 == "agents" }), case .array(let agents)? = fields["agents"] else {
            throw JSONValue.Unfit(line: line, text: "needs the keys queue and agents (a list), and no others")
        }
        var items: [JSONValue] = []
        for agent in agents {
            switch agent {
            case .string, .number: items.append(.object(["agent": .string(agent.text)]))
            case .object(let member) where member["agent"] != nil: items.append(agent)
            default:
                throw JSONValue.Unfit(line: line, text: "agents has an element that is neither an id nor has “agent”")
            }
        }
        return .object(["items": .array(items)])
    }
}
