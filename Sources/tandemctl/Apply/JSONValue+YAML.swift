package import Yams

extension JSONValue {
    /// A YAML value that has no counterpart in JSON, with its line.
    package struct Unfit: Error {
        package let line: Int?
        package let text: String
    }

    /// The JSON value of a YAML node, by the core schema of YAML 1.2: `yes` and `on` are texts, `0o7` is no number.
    package init(yaml node: Node) throws(Unfit) {
        switch node {
        case .scalar(let scalar):
            self = scalar.style == .plain || scalar.style == .any ? Self.plain(scalar.string) : .string(scalar.string)
        case .sequence(let sequence):
            var items: [JSONValue] = []
            for element in sequence { items.append(try JSONValue(yaml: element)) }
            self = .array(items)
        case .mapping(let mapping):
            var fields: [String: JSONValue] = [:]
            for (key, value) in mapping {
                guard let name = key.scalar?.string, name != "<<" else {
                    throw Unfit(line: key.mark?.line, text: "a key is not a plain name; write out what it stands for")
                }
                fields[name] = try JSONValue(yaml: value)
            }
            self = .object(fields)
        case .alias:
            throw Unfit(line: node.mark?.line, text: "an alias names nothing; write out what it stands for")
        }
    }

    private static func plain(_ text: String) -> JSONValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default:
            let looksLikeNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
            guard looksLikeNumber, let number = Double(text), number.isFinite else { return .string(text) }
            return .number(number)
        }
    }
}
