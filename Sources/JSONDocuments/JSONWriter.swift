/// Writes JSON texts without spaces.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private static let digits = Array("0123456789abcdef".utf8)

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: write(raw: "null")
        case .flag(let flag): write(raw: flag ? "true" : "false")
        case .integer(let integer): write(raw: "\(integer)")
        case .number(let number): write(number)
        case .text(let text): write(text)
        case .list(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(item)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(member.name)
                bytes.append(UInt8(ascii: ":"))
                write(member.value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func write(raw text: String) { bytes.append(contentsOf: text.utf8) }

    /// JSON has no infinities: they become null.
    private mutating func write(_ number: Double) {
        if let integer = Int64(exactly: number), abs(integer) < 1 << 53 { return write(raw: "\(integer)") }
        write(raw: number.isFinite ? "\(number)" : "null")
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: write(raw: "\\n")
            case 0x0D: write(raw: "\\r")
            case 0x09: write(raw: "\\t")
            case 0..<0x20, 0x7F:
                write(raw: "\\u00"); bytes += [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONValue {
    /// The JSON text in UTF-8.
    package var encoded: [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }
}
