/// Swift source with comments and string literals blanked, line by line as before, so that rules look at code alone.
///
/// Code inside string interpolations is kept. Bare regex literals are not recognized.
enum CodeText {
    private enum Mode {
        /// Open parentheses count only inside an interpolation.
        case code(parentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
    }

    private struct Scanner {
        let bytes: [UInt8]
        var output: [UInt8]
        var position = 0
        var modes: [Mode] = [.code(parentheses: 0)]

        init(_ text: String) {
            bytes = Array(text.utf8)
            output = bytes
        }

        func starts(with text: StaticString, at offset: Int = 0) -> Bool {
            let start = position + offset
            guard start + text.utf8CodeUnitCount <= bytes.count else { return false }
            return text.withUTF8Buffer { wanted in wanted.indices.allSatisfy { bytes[start + $0] == wanted[$0] } }
        }

        func hashes(at offset: Int) -> Int {
            var end = position + offset
            while end < bytes.count, bytes[end] == 0x23 { end += 1 }
            return end - position - offset
        }

        /// Blanks `count` bytes, but keeps line ends.
        mutating func blank(_ count: Int) {
            for _ in 0..<count where position < bytes.count {
                if bytes[position] != 0x0A { output[position] = 0x20 }
                position += 1
            }
        }

        mutating func run() -> String {
            while position < bytes.count {
                switch modes[modes.count - 1] {
                case .code(let parentheses): code(parentheses)
                case .string(let hashes, let isMultiline): string(hashes, isMultiline)
                }
            }
            return String(decoding: output, as: UTF8.self)
        }

        private mutating func code(_ parentheses: Int) {
            let byte = bytes[position]
            guard byte == 0x2F || byte == 0x22 || byte == 0x23 else {
                count(byte, parentheses)
                position += 1
                return
            }
            if starts(with: "//") {
                while position < bytes.count, bytes[position] != 0x0A { blank(1) }
            } else if starts(with: "/*") {
                comment()
            } else if let hashes = openingQuote() {
                let isMultiline = starts(with: "\"\"\"", at: hashes)
                blank(hashes + (isMultiline ? 3 : 1))
                modes.append(.string(hashes: hashes, isMultiline: isMultiline))
            } else {
                position += 1
            }
        }

        private mutating func count(_ byte: UInt8, _ parentheses: Int) {
            guard modes.count > 1 else { return }
            switch byte {
            case 0x28: modes[modes.count - 1] = .code(parentheses: parentheses + 1)
            case 0x29 where parentheses == 0: modes.removeLast()
            case 0x29: modes[modes.count - 1] = .code(parentheses: parentheses - 1)
            default: break
            }
        }

        private func openingQuote() -> Int? {
            let hashes = hashes(at: 0)
            return starts(with: "\"", at: hashes) ? hashes : nil
        }

        private mutating func comment() {
            var depth = 0
            repeat {
                if starts(with: "/*") {
                    depth += 1
                    blank(2)
                } else if starts(with: "*/") {
                    depth -= 1
                    blank(2)
                } else {
                    blank(1)
                }
            } while depth > 0 && position < bytes.count
        }

        private mutating func string(_ hashes: Int, _ isMultiline: Bool) {
            if bytes[position] == 0x5C, self.hashes(at: 1) >= hashes {
                if starts(with: "(", at: 1 + hashes) {
                    blank(2 + hashes)
                    modes.append(.code(parentheses: 0))
                } else {
                    blank(2 + hashes)
                }
                return
            }
            let quotes = isMultiline ? 3 : 1
            if isMultiline ? starts(with: "\"\"\"") : starts(with: "\""), self.hashes(at: quotes) >= hashes {
                blank(quotes + hashes)
                modes.removeLast()
            } else {
                blank(1)
            }
        }
    }

    static func blanked(_ text: String) -> String {
        var scanner = Scanner(text)
        return scanner.run()
    }
}
