import Yams

/// Collects the problems of one reading; shared by all its sections.
final class ProblemList {
    private(set) var problems: [NodeConfigurationError.Problem] = []

    func add(_ path: String, _ mark: Mark?, _ text: String) {
        problems.append(NodeConfigurationError.Problem(path: path, line: mark?.line, text: text))
    }
}

/// One mapping of a YAML document: gives out its fields, notes what is wrong, and at the end which keys nobody asked for.
///
/// A getter that finds something wrong notes it and returns `nil`, so that one reading finds all problems.
struct ConfigurationSection {
    let path: String
    private let list: ProblemList
    private let mark: Mark?
    private let fields: [(key: String, mark: Mark?, value: Node)]

    /// `nil`, with a problem noted, unless the node is a mapping with the keys named in `known` only.
    init?(_ node: Node, path: String, known: [String], list: ProblemList) {
        guard let mapping = node.mapping else {
            let keys = known.joined(separator: ", ")
            list.add(path, node.mark, "is \(Self.kind(of: node)); expected a mapping with the keys \(keys)")
            return nil
        }
        self.path = path
        self.list = list
        mark = node.mark
        fields = mapping.map { ($0.key.string ?? "\($0.key)", $0.key.mark, $0.value) }
        for field in fields where !known.contains(field.key) {
            list.add(
                place(field.key), field.mark, "is not a known key; known here: \(known.joined(separator: ", "))")
        }
    }

    /// The place of a key of this section.
    func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func problem(_ key: String, _ text: String) {
        list.add(place(key), field(key)?.mark ?? mark, text)
    }

    /// The value of a key; `nil` if the key is absent or its value is null.
    func field(_ key: String) -> Node? {
        guard let value = fields.first(where: { $0.key == key })?.value, value.null == nil else { return nil }
        return value
    }

    func required(_ key: String, _ meaning: String) -> Node? {
        let node = field(key)
        if node == nil { list.add(place(key), mark, "is missing; it says \(meaning)") }
        return node
    }

    func section(_ key: String, known: [String], _ meaning: String) -> ConfigurationSection? {
        guard let node = required(key, meaning) else { return nil }
        return ConfigurationSection(node, path: place(key), known: known, list: list)
    }

    /// A section that may be absent; `nil` also if it is malformed, which has been noted then.
    func optionalSection(_ key: String, known: [String]) -> ConfigurationSection? {
        field(key).flatMap { ConfigurationSection($0, path: place(key), known: known, list: list) }
    }

    /// The sections of a sequence of mappings.
    func sections(_ key: String, known: [String], _ meaning: String) -> [ConfigurationSection?]? {
        guard let node = required(key, meaning) else { return nil }
        guard let sequence = node.sequence else {
            problem(key, "is \(Self.kind(of: node)); expected a list")
            return nil
        }
        return sequence.enumerated().map { index, element in
            ConfigurationSection(element, path: "\(place(key))[\(index)]", known: known, list: list)
        }
    }

    /// A text that is not empty.
    func text(_ key: String, _ meaning: String) -> String? {
        guard let node = required(key, meaning) else { return nil }
        guard let text = node.scalar?.string else {
            problem(key, "is \(Self.kind(of: node)); expected a text")
            return nil
        }
        guard !text.isEmpty else {
            problem(key, "is empty; it says \(meaning)")
            return nil
        }
        return text
    }

    /// A text that may be absent or empty, which both mean `nil`.
    func optionalText(_ key: String) -> String? {
        guard let node = field(key), node.scalar?.string != "" else { return nil }
        return text(key, "")
    }

    /// A whole number in a range, written without quotation marks.
    func number(_ key: String, in range: ClosedRange<Int>, _ meaning: String) -> Int? {
        guard let node = required(key, meaning) else { return nil }
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any, let number = Int(scalar.string)
        else {
            problem(
                key,
                "is \(Self.kind(of: node)); expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        guard range.contains(number) else {
            problem(key, "is \(number); expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    private static func kind(of node: Node) -> String {
        switch node {
        case .scalar(let scalar): scalar.style == .plain ? "“\(scalar.string.prefix(60))”" : "a quoted text"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
