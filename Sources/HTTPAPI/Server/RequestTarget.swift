/// The target of a request taken apart: decoded path parts and query parameters.
struct RequestTarget {
    let path: [String]
    let query: [(name: String, value: String)]

    /// - Throws: a 400 problem for bad percent-encoding, bytes that are not UTF-8, and over-long targets.
    init(_ text: String) throws(Problem) {
        guard text.utf8.count <= Self.limit else {
            throw .malformed("The path and query are longer than \(Self.limit) bytes")
        }
        let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        for part in (halves.first ?? "").split(separator: "/", omittingEmptySubsequences: true) {
            path.append(try Self.decode(part, plusIsSpace: false))
        }
        self.path = path
        var query: [(String, String)] = []
        for pair in (halves.count > 1 ? halves[1] : "").split(separator: "&", omittingEmptySubsequences: true) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = sides.count > 1 ? try Self.decode(sides[1], plusIsSpace: true) : ""
            query.append((try Self.decode(sides[0], plusIsSpace: true), value))
        }
        self.query = query
    }

    /// Bytes of path and query. Positions of many shards are long.
    static let limit = 128 << 10

    private static func decode(_ text: Substring, plusIsSpace: Bool) throws(Problem) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+"), plusIsSpace {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(nibble), let low = rest.popFirst().flatMap(nibble) else {
                    throw .malformed("The path or query has a broken percent-encoding")
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw .malformed("The path or query is not valid UTF-8")
        }
        return decoded
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
