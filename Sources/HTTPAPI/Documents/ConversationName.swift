import Primitives
import Routing

/// How the ids of conversations are made: 128 bits in base32, behind `c-`.
enum ConversationName {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let prefix = "c-"
    private static let digits = 26

    /// The same for every repetition of a request: from the source's own name for it, else from its key.
    static func derived(principal: String, externalID: String?, key: String?) -> ConversationID {
        let source =
            externalID.map { "external \(principal.utf8.count) \(principal) \($0)" }
            ?? key.map { "key \(principal.utf8.count) \(principal) \($0)" }
        guard let source else {
            var random = SystemRandomNumberGenerator()
            return id(random.next(), random.next())
        }
        return id(StableHash.of("high \(source)"), StableHash.of("low \(source)"))
    }

    private static func id(_ high: UInt64, _ low: UInt64) -> ConversationID {
        var rest = (UInt128(high) << 64) | UInt128(low)
        var text: [UInt8] = []
        for _ in 0..<digits {
            text.append(alphabet[Int(truncatingIfNeeded: rest & 31)])
            rest >>= 5
        }
        return ConversationID(prefix + String(decoding: text, as: UTF8.self))
    }

    /// Nil when no conversation can have this id: nobody is asked then.
    static func id(_ text: String) -> ConversationID? {
        guard text.hasPrefix(prefix), text.utf8.count == prefix.utf8.count + digits,
            text.utf8.dropFirst(prefix.utf8.count).allSatisfy(alphabet.contains)
        else { return nil }
        return ConversationID(text)
    }
}
