import Primitives
import SecureTransport

/// Makes client handlers with any certificate, also one that names no node.
struct TLSClient: Sendable {
    let authority: TestAuthority
    let certificate: String

    func handler(expecting node: String) throws -> TLSHandler {
        try TLSContext.cluster(
            TestAuthority.cluster, authorityFile: authority.authorityFile,
            certificateFile: authority.file("\(certificate).pem"), keyFile: authority.file("\(certificate)-key.pem"),
            version: 0x0304, checksOwnIdentity: false
        ).makeClientHandler(expecting: NodeID(node))
    }
}
