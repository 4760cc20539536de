import COpenSSL
public import Primitives

/// A small certificate authority for one cluster: an ECDSA P-256 key that signs node certificates.
///
/// The key stays with the operator, in a file that only its owner reads; nodes never need it.
public final class CertificateAuthority: Sendable {
    /// Validity of a new authority, in days.
    public static let defaultValidityDays = 3_650
    /// Longest validity of any certificate, in days.
    public static let longestValidityDays = 7_300

    /// The authority's certificate as PEM: what nodes and clients trust.
    public let certificatePEM: String
    private let key: OpenSSLKey

    private init(certificatePEM: String, key: OpenSSLKey) {
        self.certificatePEM = certificatePEM
        self.key = key
    }

    /// Makes a new authority and its two files.
    ///
    /// - Throws: ``CredentialError``; existing files are refused and left alone.
    public static func create(
        cluster: String, certificateFile: String, keyFile: String, notBefore: Instant,
        validityDays: Int = defaultValidityDays
    ) throws(CredentialError) -> CertificateAuthority {
        guard NodeIdentity.isName(cluster) else { throw .invalid("'\(cluster)' is no cluster name") }
        let key = try OpenSSLKey.makeP256()
        let builder = try CertificateBuilder(
            subject: "Tandem authority \(cluster)", notBefore: notBefore, validityDays: validityDays)
        try builder.use(key)
        try builder.setIssuer(nil)
        try builder.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
        try builder.add(NID_key_usage, "critical,keyCertSign,cRLSign")
        try builder.add(NID_subject_key_identifier, "hash")
        let pem = try builder.sign(with: key)
        try PEMFile.writePair(certificate: pem, to: certificateFile, key: try key.pem(), to: keyFile)
        return CertificateAuthority(certificatePEM: pem, key: key)
    }

    /// Reads an authority from its two files.
    public init(certificateFile: String, keyFile: String) throws(CredentialError) {
        let pem = try PEMFile.read(certificateFile)
        guard try CertificateDetails(pem: pem, from: certificateFile).isAuthority else {
            throw .unreadable("'\(certificateFile)' is not an authority's certificate")
        }
        key = try OpenSSLKey(pem: try PEMFile.read(keyFile), from: keyFile)
        certificatePEM = String(decoding: pem, as: UTF8.self)
        let certificate = try CertificateBuilder.parse(certificatePEM)
        defer { X509_free(certificate) }
        guard X509_check_private_key(certificate, key.pointer) == 1 else {
            ERR_clear_error()
            throw .unreadable("'\(keyFile)' is not the key of '\(certificateFile)'")
        }
    }

    /// Makes a key and a certificate for one node: TLS server and client, named by its URI and the given hosts.
    ///
    /// - Parameters:
    ///   - hosts: DNS names and IP addresses under which the node is reached.
    ///   - notBefore: the first moment of validity.
    public func issue(
        _ identity: NodeIdentity, hosts: [String], notBefore: Instant, validityDays: Int
    ) throws(CredentialError) -> IssuedCertificate {
        var names = ["URI:\(identity.uri)"]
        for host in hosts { names.append(try CertificateBuilder.alternativeName(host: host)) }
        return try issue(
            subject: identity.node.name, names: names, usage: "serverAuth,clientAuth", notBefore: notBefore,
            validityDays: validityDays)
    }

    /// Lets tests make certificates that must be refused.
    package func issue(
        subject: String, names: [String], usage: String, notBefore: Instant, validityDays: Int
    ) throws(CredentialError) -> IssuedCertificate {
        let nodeKey = try OpenSSLKey.makeP256()
        let builder = try CertificateBuilder(subject: subject, notBefore: notBefore, validityDays: validityDays)
        try builder.use(nodeKey)
        try builder.setIssuer(certificatePEM)
        try builder.add(NID_basic_constraints, "critical,CA:FALSE")
        try builder.add(NID_key_usage, "critical,digitalSignature")
        try builder.add(NID_ext_key_usage, usage)
        try builder.add(NID_subject_alt_name, names.joined(separator: ","))
        try builder.add(NID_subject_key_identifier, "hash")
        try builder.add(NID_authority_key_identifier, "keyid:always")
        return IssuedCertificate(certificatePEM: try builder.sign(with: key), keyPEM: try nodeKey.pem())
    }
}
