extension Schema {
    package static let unknownField = "unknown field"
    package static let notYetSupported = "not yet supported"
    /// Errors told of one body; more would not help anybody.
    package static let problemLimit = 100

    /// Everything that is wrong with a value, with pointers into it (RFC 6901).
    package func problems(of value: JSONValue) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        check(value, at: "", &problems)
        return Array(problems.prefix(Self.problemLimit))
    }

    private func check(_ value: JSONValue, at pointer: String, _ problems: inout [FieldProblem]) {
        switch self {
        case .anything: break
        case .flag: expect(value.flag != nil, "must be true or false", pointer, &problems)
        case .time: expect(value.text != nil, "must be a time", pointer, &problems)
        case .integer(let range):
            let isFitting = value.integer.map(range.contains) ?? false
            let limits = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            expect(isFitting, limits, pointer, &problems)
        case .number(let range, let step): check(number: value, range, step, at: pointer, &problems)
        case .text(let rule): check(text: value, rule, at: pointer, &problems)
        case .choice(let words, let later):
            if let text = value.text, later.contains(text) {
                return problems.append(FieldProblem(pointer, Self.notYetSupported))
            }
            let isFitting = value.text.map(words.contains) ?? false
            expect(isFitting, "must be one of \(words.joined(separator: ", "))", pointer, &problems)
        case .list(let item, let count, let unique):
            check(list: value, item, count, unique, at: pointer, &problems)
        case .object(let fields): check(object: value, fields, at: pointer, &problems)
        case .map(let names, let schema, let maximum):
            check(map: value, names, schema, maximum, at: pointer, &problems)
        case .either(let schemas): check(value, either: schemas, at: pointer, &problems)
        }
    }

    private func expect(_ isMet: Bool, _ detail: String, _ pointer: String, _ problems: inout [FieldProblem]) {
        if !isMet { problems.append(FieldProblem(pointer, detail)) }
    }

    private func check(
        number value: JSONValue, _ range: ClosedRange<Double>, _ step: Double?, at pointer: String,
        _ problems: inout [FieldProblem]
    ) {
        let limits = "must be a number from \(range.lowerBound) to \(range.upperBound)"
        guard let number = value.number, range.contains(number) else {
            return problems.append(FieldProblem(pointer, limits))
        }
        guard let step else { return }
        let steps = number / step
        expect(abs(steps - steps.rounded()) < 1e-6, "\(limits) in steps of \(step)", pointer, &problems)
    }

    private func check(
        text value: JSONValue, _ rule: TextRule, at pointer: String, _ problems: inout [FieldProblem]
    ) {
        guard let text = value.text else { return problems.append(FieldProblem(pointer, "must be a text")) }
        if rule.isIdentifier {
            let detail = "must be 1 to 64 characters of letters, digits, '.', '_' and '-'"
            return expect(text.isIdentifier, detail, pointer, &problems)
        }
        let limits = "must have \(rule.length.lowerBound) to \(rule.length.upperBound) characters"
        expect(rule.length.contains(text.unicodeScalars.count), limits, pointer, &problems)
    }

    private func check(
        list value: JSONValue, _ item: Schema, _ count: ClosedRange<Int>, _ unique: String?, at pointer: String,
        _ problems: inout [FieldProblem]
    ) {
        guard let items = value.list else { return problems.append(FieldProblem(pointer, "must be a list")) }
        let limits = "must have \(count.lowerBound) to \(count.upperBound) items"
        expect(count.contains(items.count), limits, pointer, &problems)
        var seen: Set<String> = []
        for (index, element) in items.enumerated() {
            item.check(element, at: "\(pointer)/\(index)", &problems)
            guard let unique, let name = unique.isEmpty ? element.text : element[unique]?.text else { continue }
            let place = unique.isEmpty ? "\(pointer)/\(index)" : "\(pointer)/\(index)/\(unique)"
            expect(seen.insert(name).inserted, "occurs twice", place, &problems)
        }
    }

    private func check(
        object value: JSONValue, _ fields: [Field], at pointer: String, _ problems: inout [FieldProblem]
    ) {
        guard let members = value.members else { return problems.append(FieldProblem(pointer, "must be an object")) }
        for member in members {
            let place = "\(pointer)/\(member.name.pointerEscaped)"
            guard let field = fields.first(where: { $0.name == member.name }) else {
                problems.append(FieldProblem(place, Self.unknownField))
                continue
            }
            switch field.support {
            case .later(let neutral):
                expect(member.value == .null || neutral.contains(member.value), Self.notYetSupported, place, &problems)
            case .full:
                // Null stands for absence.
                if member.value != .null { field.schema.check(member.value, at: place, &problems) }
            }
        }
        for field in fields where field.isRequired && value[field.name] == nil {
            problems.append(FieldProblem("\(pointer)/\(field.name)", "is required"))
        }
    }

    private func check(
        map value: JSONValue, _ names: TextRule, _ schema: Schema, _ maximum: Int, at pointer: String,
        _ problems: inout [FieldProblem]
    ) {
        guard let members = value.members else { return problems.append(FieldProblem(pointer, "must be an object")) }
        expect(members.count <= maximum, "must have at most \(maximum) members", pointer, &problems)
        for member in members {
            let place = "\(pointer)/\(member.name.pointerEscaped)"
            check(text: .text(member.name), names, at: place, &problems)
            schema.check(member.value, at: place, &problems)
        }
    }

    /// Tells of the alternative that fits best: the one with the fewest problems.
    private func check(
        _ value: JSONValue, either schemas: [Schema], at pointer: String, _ problems: inout [FieldProblem]
    ) {
        var best: [FieldProblem]?
        for schema in schemas {
            var found: [FieldProblem] = []
            schema.check(value, at: pointer, &found)
            if found.isEmpty { return }
            // What is wrong deep inside fits better than a wrong type.
            let isDeeper =
                found.contains { $0.pointer != pointer } && !(best?.contains { $0.pointer != pointer } ?? false)
            if best == nil || isDeeper { best = found }
        }
        problems += best ?? []
    }
}

extension String {
    /// 1 to 64 characters of letters, digits, dot, underscore and hyphen.
    package var isIdentifier: Bool {
        (1...64).contains(utf8.count)
            && utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
    }

    /// As a part of a JSON pointer (RFC 6901 section 3).
    package var pointerEscaped: String {
        var text = ""
        for character in self {
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.append(character)
            }
        }
        return text
    }
}
