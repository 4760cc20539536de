import COpenSSL

/// A private or public key in OpenSSL's hands.
// Proof: the key is never changed after `init`, and OpenSSL allows concurrent use of an unchanging `EVP_PKEY`, whose
// reference count is atomic.
final class OpenSSLKey: @unchecked Sendable {
    let pointer: OpaquePointer

    init(taking pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    static func makeP256() throws(CredentialError) -> OpenSSLKey { try made(tandem_make_p256_key()) }
    static func makeEd25519() throws(CredentialError) -> OpenSSLKey { try made(tandem_make_ed25519_key()) }

    private static func made(_ pointer: OpaquePointer?) throws(CredentialError) -> OpenSSLKey {
        guard let pointer else { throw .openSSL(OpenSSLErrors.drainText()) }
        return OpenSSLKey(taking: pointer)
    }

    /// Reads an unencrypted private key in PEM form.
    init(pem: [UInt8], from source: String) throws(CredentialError) {
        // The callback refuses to ask for a password.
        let key = PEMFile.parse(pem) { bio in PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil) }
        guard let key else { throw .unreadable("'\(source)' holds no unencrypted private key") }
        pointer = key
    }

    func pem() throws(CredentialError) -> String {
        try PEMFile.text { tandem_write_private_key($0, pointer) }
    }
}
