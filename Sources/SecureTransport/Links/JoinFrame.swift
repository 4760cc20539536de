import Cluster
import Primitives

/// The payload of a `join` frame: the request, and the secret of a token. It travels inside TLS to a node whose certificate
/// was checked.
struct JoinFrame: WireValue, Equatable {
    /// Larger payloads are no request.
    static let sizeLimit = 2_048

    var request: JoinRequest
    var secret: String

    init(_ request: JoinRequest, secret: String) {
        self.request = request
        self.secret = secret
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(request)
        writer.write(secret)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        request = try reader.read()
        secret = try reader.readString()
        guard secret.utf8.count <= JoinSecret.textLimit else { throw .tooLong(secret.utf8.count) }
    }
}
