/// Why a TLS context could not be made, or a TLS connection failed.
///
/// A failed connection is closed and carries no further bytes; nothing else in the process is affected.
public enum TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A certificate, key or authority could not be used; no connection was tried.
    case configuration(String)
    /// The peer's bytes are no TLS records: a plain-text client, or another protocol.
    case notTLS(String)
    /// The peer does not speak TLS 1.3.
    case protocolVersion(String)
    /// The peer's certificate does not lead to the trusted authority, or is not made for this use.
    case untrustedCertificate(String)
    /// The peer's certificate is expired or not yet valid.
    case expiredCertificate(String)
    /// The peer showed no certificate where one is required.
    case noCertificate
    /// The certificate is genuine, but does not name the expected peer.
    case wrongIdentity(String)
    /// The peer ended the connection with an alert: it did not accept us.
    case refusedByPeer(String)
    /// The handshake did not end in time.
    case handshakeTimedOut
    /// The connection ended without the peer's notice: bytes may be missing.
    case truncated
    /// More was written before the handshake ended than may be held back.
    case tooMuchHeldBack(Int)
    /// A write of something that TLS cannot carry, such as a file region.
    case unsupportedWrite
    /// Any other failure, in OpenSSL's words.
    case failed(String)

    public var description: String {
        switch self {
        case .configuration(let text): "TLS is not set up: \(text); correct the files and start again"
        case .notTLS(let text): "the peer does not speak TLS (\(text)); the connection was closed"
        case .protocolVersion(let text): "the peer does not speak TLS 1.3 (\(text)); the connection was closed"
        case .untrustedCertificate(let text): "the peer's certificate is not trusted (\(text)); check its authority"
        case .expiredCertificate(let text): "the peer's certificate is outside its validity (\(text)); issue a new one"
        case .noCertificate: "the peer showed no certificate; give it one issued by this cluster's authority"
        case .wrongIdentity(let text): "the peer's certificate names somebody else: \(text)"
        case .refusedByPeer(let text): "the peer refused this side (\(text)); its log says why"
        case .handshakeTimedOut: "the TLS handshake did not end in time; the connection was closed"
        case .truncated: "the connection ended without notice; bytes may be missing"
        case .tooMuchHeldBack(let limit): "more than \(limit) bytes were written before the handshake ended"
        case .unsupportedWrite: "only byte buffers can be written over TLS; nothing was sent"
        case .failed(let text): "TLS failed: \(text); the connection was closed"
        }
    }
}
