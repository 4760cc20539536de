import Foundation
import Primitives

/// The JSON of tokens and key sets (RFC 7515, 7517, 7519, 8037).
enum TokenFormat {
    struct Header: Codable {
        var alg: String
        var kid: String?
        var typ: String?
        /// Extensions that must be understood; this verifier knows none.
        var crit: [String]?
    }

    struct Claims: Codable {
        var sub: String
        var roles: [String]
        var divisions: [String]?
        var exp: Double
        var nbf: Double?
    }

    struct Key: Codable {
        var kty: String
        var crv: String?
        var x: String?
        var kid: String?
        var alg: String?
        var use: String?
    }

    struct KeySet: Codable {
        var keys: [Key]
    }

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) -> Value? {
        try? JSONDecoder().decode(type, from: Data(bytes))
    }

    /// Seconds since 1970 as a moment; nil outside the years 1970 to 9999.
    static func instant(_ seconds: Double) -> Instant? {
        guard seconds >= 0, seconds <= 253_402_300_799 else { return nil }
        return Instant(microseconds: Int64(seconds * 1_000_000))
    }
}
