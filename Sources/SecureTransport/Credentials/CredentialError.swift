/// Why a certificate, a key or an authority could not be made, read or written.
public enum CredentialError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A name, address or validity is not allowed; nothing was made.
    case invalid(String)
    /// A file could not be read or written; `state` says what exists now.
    case file(String, state: String)
    /// The text is no certificate or key of the expected kind.
    case unreadable(String)
    /// The certificate does not name exactly one node.
    case noIdentity(String)
    /// OpenSSL refused; nothing was made.
    case openSSL(String)

    public var description: String {
        switch self {
        case .invalid(let text): "\(text); nothing was made"
        case .file(let text, let state): "\(text); \(state)"
        case .unreadable(let text): "\(text); give a PEM file of the right kind"
        case .noIdentity(let text): "\(text); issue a node certificate of this cluster"
        case .openSSL(let text): "OpenSSL refused: \(text); nothing was made"
        }
    }
}
