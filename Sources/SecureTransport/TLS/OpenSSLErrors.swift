import COpenSSL

/// Reads this thread's OpenSSL error queue. One loop thread serves many connections, so the queue is emptied before
/// each call and read straight after it.
enum OpenSSLErrors {
    struct Entry {
        var reason: Int32
        var isTLS: Bool
        var text: String
    }

    /// Takes all errors off the queue, oldest first.
    static func drain() -> [Entry] {
        var entries: [Entry] = []
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return entries }
            let text = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
            entries.append(
                Entry(reason: tandem_error_reason(code), isTLS: tandem_error_is_tls(code) != 0, text: text))
        }
    }

    static func drainText() -> String {
        let entries = drain()
        return entries.isEmpty ? "no reason given" : entries.map(\.text).joined(separator: ", ")
    }

    /// The meaning of a failed handshake, read or write.
    /// - Parameter verification: the result of the certificate check, `X509_V_OK` if it passed or did not happen.
    static func failure(verification: Int, identity: String?) -> TLSError {
        let entries = drain()
        let text = entries.isEmpty ? "no reason given" : entries.map(\.text).joined(separator: ", ")
        if let identity { return .wrongIdentity(identity) }
        let reasons = entries.filter(\.isTLS).map(\.reason)
        if reasons.contains(where: { $0 == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE }) { return .noCertificate }
        if reasons.contains(where: { $0 == SSL_R_CERTIFICATE_VERIFY_FAILED }) {
            return certificateFailure(Int32(truncatingIfNeeded: verification))
        }
        for reason in reasons {
            switch reason {
            case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST, SSL_R_WRONG_VERSION_NUMBER, SSL_R_BAD_RECORD_TYPE,
                SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_RECORD_TOO_SMALL:
                return .notTLS(text)
            case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_UNKNOWN_PROTOCOL, SSL_R_VERSION_TOO_LOW,
                SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
                return .protocolVersion(text)
            case SSL_R_UNEXPECTED_EOF_WHILE_READING: return .truncated
            // OpenSSL numbers a received alert as 1000 and the alert's own number.
            case 1_000..<1_256: return .refusedByPeer(text)
            default: continue
            }
        }
        return .failed(text)
    }

    private static func certificateFailure(_ result: Int32) -> TLSError {
        let text = String(cString: X509_verify_cert_error_string(Int(result)))
        switch result {
        case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID: return .expiredCertificate(text)
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: return .wrongIdentity(text)
        default: return .untrustedCertificate(text)
        }
    }
}
