import COpenSSL
public import Primitives

/// The certificates and rules for many TLS connections; TLS 1.3 only, without session resumption.
///
/// Immutable: to rotate certificates make a new context and give it to what makes connections; those that exist keep
/// the old one. Safe to share between loops.
// Proof: the `SSL_CTX` is changed only in `make`, before anybody else has it. Later it is only given to `SSL_new`,
// which OpenSSL documents as safe from several threads, and freed when the last reference is gone.
public final class TLSContext: @unchecked Sendable {
    enum Use: Sendable {
        case cluster(String)
        case server
        case client
    }

    let pointer: OpaquePointer
    let use: Use
    /// What this side's own node certificate says; nil for contexts that are not for a cluster.
    public let identity: NodeIdentity?

    private init(pointer: OpaquePointer, use: Use, identity: NodeIdentity?) {
        self.pointer = pointer
        self.use = use
        self.identity = identity
    }

    deinit { SSL_CTX_free(pointer) }

    /// For the links of a cluster: both sides show a certificate of this authority that names a node of this cluster.
    /// - Parameters: paths of PEM files; the certificate file may hold a chain.
    public static func cluster(
        _ cluster: String, authorityFile: String, certificateFile: String, keyFile: String
    ) throws(TLSError) -> TLSContext {
        try self.cluster(
            cluster, authorityFile: authorityFile, certificateFile: certificateFile, keyFile: keyFile,
            version: TLS1_3_VERSION, checksOwnIdentity: true)
    }

    /// Lets tests be a peer of an older protocol version, by its number on the wire, or one with a wrong certificate.
    package static func cluster(
        _ cluster: String, authorityFile: String, certificateFile: String, keyFile: String, version: Int32,
        checksOwnIdentity: Bool = true
    ) throws(TLSError) -> TLSContext {
        let identity: NodeIdentity?
        do {
            identity = try CertificateDetails(file: certificateFile).nodeIdentity()
        } catch {
            guard !checksOwnIdentity else { throw .configuration("\(error)") }
            identity = nil
        }
        guard !checksOwnIdentity || identity?.cluster == cluster else {
            throw .configuration("the certificate '\(certificateFile)' is not for cluster '\(cluster)'")
        }
        return try make(.cluster(cluster), identity: identity, version: version) { context throws(TLSError) in
            try trust(authorityFile, in: context)
            try present(certificateFile, keyFile, in: context)
        }
    }

    /// For an HTTPS server: asks no certificate of its clients.
    public static func server(certificateFile: String, keyFile: String) throws(TLSError) -> TLSContext {
        try make(.server, identity: nil) { context throws(TLSError) in
            try present(certificateFile, keyFile, in: context)
            // Thousands of quiet event streams: give the record buffers back between records.
            tandem_context_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
        }
    }

    /// For a client that trusts exactly the authorities in this file and checks the server's host name or address.
    public static func client(authorityFile: String) throws(TLSError) -> TLSContext {
        try make(.client, identity: nil) { context throws(TLSError) in try trust(authorityFile, in: context) }
    }

    private static func make(
        _ use: Use, identity: NodeIdentity?, version: Int32 = TLS1_3_VERSION,
        configure: (OpaquePointer) throws(TLSError) -> Void
    ) throws(TLSError) -> TLSContext {
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(TLS_method()) else { throw .configuration(OpenSSLErrors.drainText()) }
        let context = TLSContext(pointer: pointer, use: use, identity: identity)
        let suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
        guard tandem_context_set_versions(pointer, version, version) == 1,
            SSL_CTX_set_ciphersuites(pointer, suites) == 1
        else { throw .configuration(OpenSSLErrors.drainText()) }
        tandem_context_disable_sessions(pointer)
        try configure(pointer)
        return context
    }

    private static func trust(_ authorityFile: String, in context: OpaquePointer) throws(TLSError) {
        ERR_clear_error()
        guard SSL_CTX_load_verify_locations(context, authorityFile, nil) == 1 else {
            throw .configuration("authority file '\(authorityFile)': \(OpenSSLErrors.drainText())")
        }
    }

    private static func present(
        _ certificateFile: String, _ keyFile: String, in context: OpaquePointer
    ) throws(TLSError) {
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(context, certificateFile) == 1 else {
            throw .configuration("certificate file '\(certificateFile)': \(OpenSSLErrors.drainText())")
        }
        guard SSL_CTX_use_PrivateKey_file(context, keyFile, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_check_private_key(context) == 1
        else { throw .configuration("key file '\(keyFile)': \(OpenSSLErrors.drainText())") }
    }

    /// The handler of the accepting side of one connection.
    public func makeServerHandler(handshakeTimeout: Span = TLSHandler.handshakeTimeout) throws(TLSError) -> TLSHandler {
        let expectation: PeerExpectation
        switch use {
        case .cluster(let cluster): expectation = .node(cluster: cluster, nil)
        case .server: expectation = .anonymous
        case .client: throw .configuration("a client context cannot accept connections")
        }
        let session = try TLSSession(context: self, side: .accepting, expectation: expectation)
        return TLSHandler(session: session, handshakeTimeout: handshakeTimeout)
    }

    /// The handler of the connecting side of one connection to a node of this cluster, to this very one if it is given.
    public func makeClientHandler(
        expecting node: NodeID? = nil, handshakeTimeout: Span = TLSHandler.handshakeTimeout
    ) throws(TLSError) -> TLSHandler {
        guard case .cluster(let cluster) = use else { throw .configuration("only a cluster context dials nodes") }
        let session = try TLSSession(
            context: self, side: .connecting, expectation: .node(cluster: cluster, node))
        return TLSHandler(session: session, handshakeTimeout: handshakeTimeout)
    }

    /// The handler of the connecting side of one connection to a server.
    /// - Parameter host: the DNS name or IP address that the server's certificate must carry.
    public func makeClientHandler(
        host: String, handshakeTimeout: Span = TLSHandler.handshakeTimeout
    ) throws(TLSError) -> TLSHandler {
        let session = try TLSSession(context: self, side: .connecting, expectation: .host(host))
        return TLSHandler(session: session, handshakeTimeout: handshakeTimeout)
    }
}
