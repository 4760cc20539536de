/// The shape of a JSON value: it checks what comes from outside, and becomes the OpenAPI document, so that the two
/// cannot differ.
package indirect enum Schema: Sendable {
    case flag
    case integer(ClosedRange<Int64>)
    /// - `step`: the value is a multiple of it.
    case number(ClosedRange<Double>, step: Double?)
    case text(TextRule)
    /// One of some words; those in `later` are known but not supported by this version.
    case choice([String], later: [String])
    /// - `unique`: the member (or, when empty, the item itself) that no two items share.
    case list(Schema, ClosedRange<Int>, unique: String?)
    case object([Field])
    /// An object with free names.
    case map(TextRule, Schema, maximum: Int)
    case either([Schema])
    /// RFC 3339, written only.
    case time
    case anything

    /// What a text may be.
    package struct TextRule: Sendable {
        package var length: ClosedRange<Int>
        package var isIdentifier = false

        /// 1 to 64 characters of letters, digits, dot, underscore and hyphen.
        package static let identifier = TextRule(length: 1...64, isIdentifier: true)
        /// Any text of this many characters.
        package static func free(_ length: ClosedRange<Int>) -> TextRule { TextRule(length: length) }

        package static let identifierPattern = "^[A-Za-z0-9._-]{1,64}$"
    }

    /// A member of an object.
    package struct Field: Sendable {
        package enum Support: Sendable {
            case full
            /// Part of the API, but not of this version: only these values, which change nothing, are accepted.
            case later(neutral: [JSONValue])
        }

        package let name: String
        package let schema: Schema
        package let isRequired: Bool
        package let standard: JSONValue?
        package let support: Support
        package let note: String?

        package static func required(_ name: String, _ schema: Schema, _ note: String? = nil) -> Field {
            Field(name: name, schema: schema, isRequired: true, standard: nil, support: .full, note: note)
        }

        package static func optional(
            _ name: String, _ schema: Schema, standard: JSONValue? = nil, _ note: String? = nil
        ) -> Field {
            Field(name: name, schema: schema, isRequired: false, standard: standard, support: .full, note: note)
        }

        package static func later(_ name: String, neutral: JSONValue...) -> Field {
            Field(
                name: name, schema: .anything, isRequired: false, standard: nil, support: .later(neutral: neutral),
                note: nil)
        }
    }

    /// An identifier of the configuration.
    package static let identifier = Schema.text(.identifier)

    package static func text(_ length: ClosedRange<Int>) -> Schema { .text(.free(length)) }
    package static func choice(_ words: [String]) -> Schema { .choice(words, later: []) }
    package static func list(_ item: Schema) -> Schema { .list(item, 0...JSONParser.usualValueLimit, unique: nil) }
}
