/// A certificate and its private key, as PEM texts.
public struct IssuedCertificate: Sendable {
    public let certificatePEM: String
    /// Secret: write it only to a file that its owner alone reads.
    public let keyPEM: String

    /// Makes the two files, the key readable by its owner only.
    /// - Throws: ``CredentialError`` when a file exists; it is left alone, and neither file is made.
    public func write(certificateFile: String, keyFile: String) throws(CredentialError) {
        try PEMFile.writePair(certificate: certificatePEM, to: certificateFile, key: keyPEM, to: keyFile)
    }
}
