import COpenSSL
public import Primitives

/// What a certificate says, for people and for checks.
public struct CertificateDetails: Sendable, Equatable {
    public let subject: String
    public let issuer: String
    /// Alternative names as `URI:…`, `DNS:…`, `IP:…`.
    public let alternativeNames: [String]
    public let notBefore: Instant
    public let notAfter: Instant
    /// SHA-256 over the certificate's DER form, as lower-case hexadecimal pairs with colons.
    public let fingerprint: String
    public let isAuthority: Bool
    private let identity: Result<NodeIdentity, CredentialError>

    /// Reads the first certificate of a PEM file.
    public init(file: String) throws(CredentialError) {
        try self.init(pem: try PEMFile.read(file), from: file)
    }

    /// Reads the first certificate of a PEM text.
    public init(pem: String) throws(CredentialError) {
        try self.init(pem: Array(pem.utf8), from: "the text")
    }

    init(pem: [UInt8], from source: String) throws(CredentialError) {
        guard let certificate = PEMFile.parse(pem, { PEM_read_bio_X509($0, nil, nil, nil) }) else {
            throw .unreadable("'\(source)' holds no certificate")
        }
        defer { X509_free(certificate) }
        subject = try Self.name(X509_get_subject_name(certificate))
        issuer = try Self.name(X509_get_issuer_name(certificate))
        alternativeNames = Self.alternativeNames(of: certificate).map(\.description)
        notBefore = try Self.instant(X509_get0_notBefore(certificate))
        notAfter = try Self.instant(X509_get0_notAfter(certificate))
        fingerprint = Self.fingerprint(of: certificate)
        isAuthority = X509_check_ca(certificate) == 1
        do {
            identity = .success(try Self.nodeIdentity(of: certificate))
        } catch {
            identity = .failure(error)
        }
    }

    /// The node that the certificate names: exactly one URI, of the form `tandem://<cluster>/node/<id>`, and a key
    /// usage for both ends of a connection.
    public func nodeIdentity() throws(CredentialError) -> NodeIdentity { try identity.get() }

    static func nodeIdentity(of certificate: OpaquePointer) throws(CredentialError) -> NodeIdentity {
        // Without the extension OpenSSL would accept any use.
        let usage = X509_get_extended_key_usage(certificate)
        let both = UInt32(XKU_SSL_SERVER | XKU_SSL_CLIENT)
        guard usage != UInt32.max, usage & both == both else {
            throw .noIdentity("the certificate is not made for both server and client use")
        }
        var uris: [AlternativeName] = []
        for name in alternativeNames(of: certificate) where name.kind == GEN_URI { uris.append(name) }
        guard let uri = uris.first, uris.count == 1 else {
            throw .noIdentity("the certificate carries \(uris.count) URIs instead of one")
        }
        guard !uri.bytes.contains(0) else { throw .noIdentity("the certificate's URI carries a NUL") }
        guard let identity = NodeIdentity(uri: uri.text) else {
            throw .noIdentity("the certificate's URI '\(uri.text)' names no node")
        }
        return identity
    }

    private struct AlternativeName: CustomStringConvertible {
        var kind: Int32
        var bytes: [UInt8]

        /// Only printable ASCII, so that nothing from a peer can shape a log line.
        var text: String {
            String(decoding: bytes.prefix(256).map { (0x21...0x7E).contains($0) ? $0 : 0x3F }, as: UTF8.self)
        }

        var description: String {
            switch kind {
            case GEN_URI: "URI:\(text)"
            case GEN_DNS: "DNS:\(text)"
            case GEN_IPADD where bytes.count == 4: "IP:" + bytes.map { "\($0)" }.joined(separator: ".")
            case GEN_IPADD where bytes.count == 16:
                "IP:"
                    + stride(from: 0, to: 16, by: 2)
                    .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
                    .joined(separator: ":")
            default: "other(\(kind))"
            }
        }
    }

    private static func alternativeNames(of certificate: OpaquePointer) -> [AlternativeName] {
        guard let names = tandem_alternative_names(certificate) else { return [] }
        defer { tandem_alternative_names_free(names) }
        return (0..<tandem_alternative_name_count(names)).map { index in
            var bytes: UnsafePointer<UInt8>?
            var count = 0
            let kind = tandem_alternative_name(names, index, &bytes, &count)
            return AlternativeName(kind: kind, bytes: Array(UnsafeBufferPointer(start: bytes, count: count)))
        }
    }

    private static func name(_ name: OpaquePointer?) throws(CredentialError) -> String {
        try PEMFile.text { bio in
            tandem_print_name(bio, name) >= 0 ? 1 : 0
        }
    }

    private static func instant(_ time: UnsafePointer<ASN1_TIME>?) throws(CredentialError) -> Instant {
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard let epoch = ASN1_TIME_set(nil, 0) else { throw .openSSL("out of memory") }
        defer { ASN1_TIME_free(epoch) }
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else {
            throw .unreadable("the certificate's validity cannot be read")
        }
        return .zero + .seconds(Int64(days) * 86_400 + Int64(seconds))
    }

    private static func fingerprint(of certificate: OpaquePointer) -> String {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &bytes, &count) == 1 else { return "" }
        let digits = Array("0123456789abcdef".utf8)
        return bytes.prefix(Int(count))
            .map { String(decoding: [digits[Int($0 >> 4)], digits[Int($0 & 15)]], as: UTF8.self) }
            .joined(separator: ":")
    }
}
