package import JSONDocuments

extension Schema {
    /// The same shape in JSON Schema 2020-12, as OpenAPI 3.1 uses it.
    package var openAPI: JSONValue {
        switch self {
        case .flag: ["type": "boolean"]
        case .time: ["type": "string", "format": "date-time"]
        case .anything: [:]
        case .integer(let range):
            ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        case .number(let range, let step):
            .fields([
                "type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
                "multipleOf": step.map { .number($0) },
            ])
        case .text(let rule): rule.openAPI
        case .choice(let words, _): ["type": "string", "enum": .list(words.map { .text($0) })]
        case .list(let item, let count, let unique):
            .fields([
                "type": "array", "items": item.openAPI,
                "minItems": count.lowerBound > 0 ? .integer(Int64(count.lowerBound)) : nil,
                "maxItems": .integer(Int64(count.upperBound)), "uniqueItems": unique == "" ? true : nil,
            ])
        case .object(let fields): Self.openAPI(fields)
        case .map(let names, let schema, let maximum):
            [
                "type": "object", "propertyNames": names.openAPI, "additionalProperties": schema.openAPI,
                "maxProperties": .integer(Int64(maximum)),
            ]
        case .either(let schemas): ["anyOf": .list(schemas.map(\.openAPI))]
        }
    }

    private static func openAPI(_ fields: [Field]) -> JSONValue {
        let required = fields.filter(\.isRequired).map { JSONValue.text($0.name) }
        return .fields([
            "type": "object", "properties": .object(fields.compactMap(\.openAPI)),
            "required": required.isEmpty ? nil : .list(required), "additionalProperties": false,
        ])
    }
}

extension Schema.TextRule {
    var openAPI: JSONValue {
        if isIdentifier { return ["type": "string", "pattern": .text(Self.identifierPattern)] }
        return [
            "type": "string", "minLength": .integer(Int64(length.lowerBound)),
            "maxLength": .integer(Int64(length.upperBound)),
        ]
    }
}

extension Schema.Field {
    /// Nil for fields of later versions that have no neutral value.
    var openAPI: JSONValue.Member? {
        switch support {
        case .later(let neutral):
            guard !neutral.isEmpty else { return nil }
            return .init(name, ["enum": .list(neutral), "description": "Other values are not yet supported."])
        case .full:
            guard case .object(var members) = schema.openAPI else { return nil }
            if let note { members.append(.init("description", .text(note))) }
            if let standard { members.append(.init("default", standard)) }
            return .init(name, .object(members))
        }
    }
}
