import COpenSSL
import Cluster

/// The secret of a join token, which only its holder has.
public enum JoinSecret {
    /// Bytes of randomness.
    private static let size = 32
    /// Longest text that is looked at.
    static let textLimit = 256

    /// A new one, as text.
    /// - Throws: ``CredentialError`` when the system gives no randomness.
    public static func make() throws(CredentialError) -> String {
        var bytes = [UInt8](repeating: 0, count: size)
        guard RAND_bytes(&bytes, CInt(bytes.count)) == 1 else { throw .openSSL(OpenSSLErrors.drainText()) }
        return "tandem-join-"
            + bytes.map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
    }

    /// What the registry knows of it (SHA-256); 256 bits of randomness need no salt.
    /// - Throws: ``CredentialError`` when OpenSSL cannot.
    public static func digest(_ secret: String) throws(CredentialError) -> [UInt8] {
        let text = Array(secret.utf8)
        var digest = [UInt8](repeating: 0, count: JoinToken.digestSize)
        guard EVP_Digest(text, text.count, &digest, nil, EVP_sha256(), nil) == 1 else {
            throw .openSSL(OpenSSLErrors.drainText())
        }
        return digest
    }
}
