import COpenSSL
import Primitives

/// Puts one X.509 certificate together. Not shared between threads.
final class CertificateBuilder {
    private let certificate: OpaquePointer
    private var issuer: OpaquePointer?

    init(subject: String, notBefore: Instant, validityDays: Int) throws(CredentialError) {
        let longest = CertificateAuthority.longestValidityDays
        guard (1...longest).contains(validityDays) else {
            throw .invalid("a validity of \(validityDays) days is outside 1...\(longest)")
        }
        ERR_clear_error()
        guard let certificate = X509_new() else { throw .openSSL("out of memory") }
        self.certificate = certificate
        let start = time_t(notBefore.microseconds / 1_000_000)
        let name = X509_get_subject_name(certificate)
        guard X509_set_version(certificate, Int(X509_VERSION_3)) == 1,
            Self.setSerial(of: certificate),
            ASN1_TIME_set(X509_getm_notBefore(certificate), start) != nil,
            ASN1_TIME_set(X509_getm_notAfter(certificate), start + validityDays * 86_400) != nil,
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, subject, -1, -1, 0) == 1
        else { throw .openSSL(OpenSSLErrors.drainText()) }
    }

    deinit {
        X509_free(certificate)
        X509_free(issuer)
    }

    static func parse(_ pem: String) throws(CredentialError) -> OpaquePointer {
        guard let parsed = PEMFile.parse(Array(pem.utf8), { PEM_read_bio_X509($0, nil, nil, nil) }) else {
            throw .unreadable("the text holds no certificate")
        }
        return parsed
    }

    /// A positive random number of 127 bits.
    private static func setSerial(of certificate: OpaquePointer) -> Bool {
        guard let number = BN_new() else { return false }
        defer { BN_free(number) }
        return BN_rand(number, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
    }

    func use(_ key: OpenSSLKey) throws(CredentialError) {
        guard X509_set_pubkey(certificate, key.pointer) == 1 else { throw .openSSL(OpenSSLErrors.drainText()) }
    }

    /// Names the issuer by its certificate; nil means the certificate itself.
    func setIssuer(_ pem: String?) throws(CredentialError) {
        if let pem { issuer = try Self.parse(pem) }
        guard X509_set_issuer_name(certificate, X509_get_subject_name(issuer ?? certificate)) == 1 else {
            throw .openSSL(OpenSSLErrors.drainText())
        }
    }

    func add(_ extensionIdentifier: Int32, _ value: String) throws(CredentialError) {
        ERR_clear_error()
        guard tandem_add_extension(certificate, issuer ?? certificate, extensionIdentifier, value) == 1 else {
            throw .openSSL(OpenSSLErrors.drainText())
        }
    }

    func sign(with key: OpenSSLKey) throws(CredentialError) -> String {
        guard X509_sign(certificate, key.pointer, EVP_sha256()) > 0 else {
            throw .openSSL(OpenSSLErrors.drainText())
        }
        return try PEMFile.text { PEM_write_bio_X509($0, certificate) }
    }

    /// `IP:` for an address, `DNS:` for a name of letters, digits, dots and hyphens.
    static func alternativeName(host: String) throws(CredentialError) -> String {
        let address = a2i_IPADDRESS(host)
        ERR_clear_error()
        if let address {
            ASN1_OCTET_STRING_free(address)
            return "IP:\(host)"
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            !label.isEmpty && !label.hasPrefix("-")
                && label.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
                }
        }
        guard isName, host.utf8.count <= 253 else { throw .invalid("'\(host)' is no host name or IP address") }
        return "DNS:\(host)"
    }
}
