/// Where a server listens: `http://host[:port]` or `https://host[:port]`, nothing behind it but an optional `/`.
struct ServerAddress: Sendable, Equatable, CustomStringConvertible {
    let isSecure: Bool
    let host: String
    let port: Int

    /// `nil` unless the text has exactly that form. An IPv6 address stands in brackets.
    init?(_ text: String) {
        let rest: Substring
        if text.hasPrefix("http://") {
            isSecure = false
            rest = text.dropFirst("http://".count)
        } else if text.hasPrefix("https://") {
            isSecure = true
            rest = text.dropFirst("https://".count)
        } else {
            return nil
        }
        let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard let (host, portText) = Self.split(authority), !host.isEmpty,
            !host.contains(where: { "/?#@ \r\n\t".contains($0) })
        else { return nil }
        self.host = String(host)
        guard let portText else {
            port = isSecure ? 443 : 80
            return
        }
        guard portText.allSatisfy(\.isASCII), portText.allSatisfy(\.isNumber), let port = Int(portText),
            (1...65_535).contains(port)
        else { return nil }
        self.port = port
    }

    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?)? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let host = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            if after.isEmpty { return (host, nil) }
            return after.hasPrefix(":") ? (host, after.dropFirst()) : nil
        }
        let parts = authority.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return (parts[0], nil)
        case 2: return (parts[0], parts[1])
        default: return nil
        }
    }

    /// The value of the `Host` header field.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    var description: String { "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
