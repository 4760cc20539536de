/// The paths of the API that the demo uses, with every identifier percent-encoded.
enum Path {
    private static let base = "/api/v1"

    static func queue(_ id: String) -> String { "\(base)/queues/\(encoded(id))" }
    static func agent(_ id: String) -> String { "\(base)/agents/\(encoded(id))" }
    static func presence(_ agent: String) -> String { "\(base)/agents/\(encoded(agent))/presence" }
    static func offers(_ agent: String) -> String { "\(base)/agents/\(encoded(agent))/offers" }
    static func offer(_ id: String, _ verb: String) -> String { "\(base)/offers/\(encoded(id))/\(verb)" }
    static func events(_ agent: String) -> String { "\(base)/events?topics=agent:\(encoded(agent))" }
    static var conversations: String { "\(base)/conversations" }
    static func conversation(_ id: String) -> String { "\(conversations)/\(encoded(id))" }
    static func conversation(_ id: String, _ verb: String) -> String { "\(conversation(id))/\(verb)" }
    static func wrapUp(_ segment: String) -> String { "\(base)/segments/\(encoded(segment))/wrap-up" }

    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
