/// A field that is not as the file wants it.
package struct FieldDifference: Sendable, Equatable {
    /// As in `alertSeconds.voice` or `skills[english].proficiency`.
    package let field: String
    /// `nil` if the field is absent.
    package let before: JSONValue?
    package let after: JSONValue?

    /// Lists whose order has no meaning.
    private static let unordered: Set<String> = ["mediaTypes", "groups"]
    /// Fields that name an element of a list, which is then compared by name.
    private static let names = ["skill", "agent", "label"]

    /// What differs, in the order of the names.
    ///
    /// A field that the file leaves out is not compared: the API fills in defaults, and adds fields of its own.
    package static func between(
        wanted: JSONValue, actual: JSONValue?, field: String = ""
    ) -> [FieldDifference] {
        switch (wanted, actual) {
        case (.null, nil), (.null, .null?):
            return []
        case (.object(let wanted), .object(let actual)?):
            return wanted.keys.sorted().flatMap { key in
                between(
                    wanted: wanted[key] ?? .null, actual: actual[key], field: field.isEmpty ? key : "\(field).\(key)")
            }
        case (.array(let wanted), .array(let actual)?):
            return between(lists: wanted, actual, field)
        default:
            return wanted == actual ? [] : [FieldDifference(field: field, before: actual, after: wanted)]
        }
    }

    private static func between(lists wanted: [JSONValue], _ actual: [JSONValue], _ field: String) -> [FieldDifference]
    {
        if let wantedByName = byName(wanted), let actualByName = byName(actual) {
            return Set(wantedByName.keys).union(actualByName.keys).sorted().flatMap { name in
                let place = "\(field)[\(name)]"
                guard let after = wantedByName[name] else {
                    return [FieldDifference(field: place, before: actualByName[name], after: nil)]
                }
                return between(wanted: after, actual: actualByName[name], field: place)
            }
        }
        if wanted.count == actual.count {
            if unordered.contains(field), wanted.map(\.text).sorted() == actual.map(\.text).sorted() { return [] }
            let all = zip(wanted, actual).flatMap { between(wanted: $0, actual: $1, field: field) }
            if all.isEmpty { return [] }
        }
        return [FieldDifference(field: field, before: .array(actual), after: .array(wanted))]
    }

    /// `nil` unless all elements have different names.
    private static func byName(_ list: [JSONValue]) -> [String: JSONValue]? {
        var result: [String: JSONValue] = [:]
        for element in list {
            guard let name = names.lazy.compactMap({ element[$0] }).first?.text,
                result.updateValue(element, forKey: name) == nil
            else { return nil }
        }
        return result
    }
}
