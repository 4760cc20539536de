/// The complete answer of a server to one request.
public struct APIResponse: Sendable {
    /// The HTTP status code, 200 to 599.
    public let status: Int
    /// The header fields in the order in which they came; a name may occur several times.
    public let headers: [(name: String, value: String)]
    /// The whole body, at most ``ClientLimits/bodyBytes`` bytes.
    public let body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of the first header field of this name, whatever its case; `nil` if there is none.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}
