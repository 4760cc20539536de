import COpenSSL
import NIOCore

/// One TLS connection between memory: ciphertext goes in and comes out by `feed` and `drain`, plain text by `read` and
/// `write`. Not thread-safe: used on one loop at a time.
final class TLSSession {
    enum Side {
        case accepting
        case connecting
    }

    /// What a step came to.
    enum Progress: Equatable {
        case done
        /// More of the peer's bytes are needed.
        case waiting
        /// The peer said that it will send no more.
        case closed
        case failed(TLSError)
    }

    private let ssl: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let expectation: PeerExpectation
    /// The peer's node identity, once its certificate has been accepted.
    private(set) var peer: NodeIdentity?
    private var identityRefusal: String?

    init(context: TLSContext, side: Side, expectation: PeerExpectation) throws(TLSError) {
        ERR_clear_error()
        guard let ssl = SSL_new(context.pointer) else { throw .configuration(OpenSSLErrors.drainText()) }
        guard let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            throw .configuration("out of memory for a connection")
        }
        tandem_bio_wait_when_empty(input)
        tandem_bio_wait_when_empty(output)
        SSL_set_bio(ssl, input, output)  // `ssl` owns both from here on
        self.ssl = ssl
        self.input = input
        self.output = output
        self.expectation = expectation
        switch side {
        case .accepting: SSL_set_accept_state(ssl)
        case .connecting: SSL_set_connect_state(ssl)
        }
        try expect(expectation)
    }

    deinit { SSL_free(ssl) }

    private func expect(_ expectation: PeerExpectation) throws(TLSError) {
        switch expectation {
        case .anonymous: SSL_set_verify(ssl, SSL_VERIFY_NONE, nil)
        case .host(let host):
            SSL_set_verify(ssl, SSL_VERIFY_PEER, nil)
            SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            let isAddress = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1
            ERR_clear_error()
            if isAddress { return }
            guard SSL_set1_host(ssl, host) == 1, tandem_set_server_name(ssl, host) == 1 else {
                throw .configuration("'\(host)' is no usable host name")
            }
        case .node:
            // The identity is judged inside the certificate check, so that a refusal reaches the peer as an alert.
            guard tandem_ssl_set_owner(ssl, Unmanaged.passUnretained(self).toOpaque()) == 1 else {
                throw .configuration("out of memory for a connection")
            }
            SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT) { chainIsGood, store in
                guard chainIsGood == 1, let store else { return 0 }
                guard X509_STORE_CTX_get_error_depth(store) == 0 else { return 1 }
                guard let ssl = tandem_ssl_of_store(store), let owner = tandem_ssl_owner(ssl) else { return 0 }
                // The session calls OpenSSL and waits for it, so it is alive here.
                let session = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue()
                guard session.accepts(X509_STORE_CTX_get_current_cert(store)) else {
                    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
                    return 0
                }
                return 1
            }
        }
    }

    private func accepts(_ certificate: OpaquePointer?) -> Bool {
        guard let certificate else { return false }
        do {
            let identity = try CertificateDetails.nodeIdentity(of: certificate)
            if let refusal = expectation.refusal(of: identity) {
                identityRefusal = refusal
                return false
            }
            peer = identity
            return true
        } catch {
            identityRefusal = "\(error)"
            return false
        }
    }

    // MARK: Ciphertext

    func feed(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { raw in
            var rest = raw[...]
            while !rest.isEmpty {
                let piece = UnsafeRawBufferPointer(rebasing: rest)
                let taken = BIO_write(input, piece.baseAddress, Int32(clamping: piece.count))
                // A memory BIO takes everything unless memory is out; the handshake then fails by missing bytes.
                guard taken > 0 else { return }
                rest = rest.dropFirst(Int(taken))
            }
        }
    }

    /// Ciphertext that waits to be sent.
    var outputCount: Int { BIO_ctrl_pending(output) }

    func drain(into buffer: inout ByteBuffer) {
        let count = outputCount
        guard count > 0 else { return }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { raw in
            max(0, Int(BIO_read(output, raw.baseAddress, Int32(clamping: count))))
        }
    }

    // MARK: Plain text

    func handshake() -> Progress {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        return result == 1 ? .done : progress(after: result)
    }

    /// Appends all plain text that can be had to `buffer`; never answers `done`.
    func read(into buffer: inout ByteBuffer) -> Progress {
        while true {
            var result: Int32 = 0
            ERR_clear_error()
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 512) { raw in
                var count = 0
                result = SSL_read_ex(ssl, raw.baseAddress, raw.count, &count)
                return result == 1 ? count : 0
            }
            if result != 1 { return progress(after: result) }
        }
    }

    /// Encrypts all of `bytes`, in records of at most 16 KiB.
    func write(_ bytes: UnsafeRawBufferPointer) -> Progress {
        guard bytes.count > 0 else { return .done }
        var count = 0
        ERR_clear_error()
        let result = SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count)
        return result == 1 ? .done : progress(after: result)
    }

    /// Queues the notice that this side sends no more.
    func sayGoodbye() {
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// Must follow the failed call at once: it reads the thread's error queue.
    private func progress(after result: Int32) -> Progress {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .waiting
        case SSL_ERROR_ZERO_RETURN: .closed
        default:
            .failed(OpenSSLErrors.failure(verification: SSL_get_verify_result(ssl), identity: identityRefusal))
        }
    }
}
