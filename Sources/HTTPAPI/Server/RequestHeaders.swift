/// Rules for header fields that more than one route has.
enum RequestHeaders {
    static let keyLimit = 255

    /// - Throws: a 400 problem unless the key has 1 to 255 visible ASCII characters.
    static func idempotencyKey(_ text: String?) throws(Problem) -> String? {
        guard let text else { return nil }
        guard (1...keyLimit).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed("The Idempotency-Key must have 1 to \(keyLimit) visible ASCII characters")
        }
        return text
    }

    /// True when `Accept` allows one of the types. Quality counts only where it is zero.
    static func accept(_ header: String?, allows types: [String]) -> Bool {
        guard let header, !header.allSatisfy(\.isWhitespace) else { return true }
        return header.split(separator: ",").contains { range in
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let name = parts.first else { return false }
            let isRefused = parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
            guard !isRefused else { return false }
            return types.contains { type in
                name == "*/*" || name == type || name == "\(type.split(separator: "/").first ?? "")/*"
            }
        }
    }

    /// - Throws: a 415 problem unless the type is `application/json`, in UTF-8 where a charset is named.
    static func requireJSON(contentType header: String?) throws(Problem) {
        guard let header else { throw .unsupportedMediaType("The Content-Type is missing") }
        let parts = header.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
        guard parts.first == "application/json" else {
            throw .unsupportedMediaType("The Content-Type is not application/json")
        }
        for parameter in parts.dropFirst() where parameter.hasPrefix("charset=") {
            let name = parameter.dropFirst("charset=".count).filter { $0 != "\"" }
            guard name == "utf-8" else { throw .unsupportedMediaType("The charset is not UTF-8") }
        }
    }

    /// The token of `Authorization: Bearer`.
    static func bearer(_ header: String?) throws(Problem) -> String {
        guard let header else { throw .unauthorized("The Authorization header is missing") }
        let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw .unauthorized("The Authorization header has no bearer token")
        }
        return String(parts[1])
    }
}

/// An `If-Match` or `If-None-Match` condition on a configuration document.
enum VersionCondition {
    case none
    case any
    case versions([UInt64])

    /// - Throws: a 400 problem when it is no list of entity tags. Weak and foreign tags match nothing.
    init(_ header: String?) throws(Problem) {
        guard let header else {
            self = .none
            return
        }
        let parts = header.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
        if parts == ["*"] {
            self = .any
            return
        }
        guard !parts.isEmpty,
            parts.allSatisfy({ $0.hasSuffix("\"") && $0.count > 1 && $0.contains("\"") && $0 != "\"" })
        else { throw .malformed("If-Match and If-None-Match take *, or entity tags in quotes") }
        self = .versions(parts.compactMap { UInt64($0.dropFirst().dropLast()) })
    }
}
