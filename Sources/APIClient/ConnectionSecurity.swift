import NIOCore
import SecureTransport

/// How the connections of one client are protected: TLS for `https` addresses, nothing for `http` ones.
struct ConnectionSecurity: Sendable {
    private let context: Result<TLSContext, TLSError>?

    /// - Parameter authorityFile: PEM file of the authority that signed the servers' certificates; read at once, and a failure is
    ///   reported by the first connection to an `https` address.
    init(authorityFile: String?) {
        context = authorityFile.map { file in
            do throws(TLSError) {
                return .success(try TLSContext.client(authorityFile: file))
            } catch {
                return .failure(error)
            }
        }
    }

    /// The handler that goes first in the pipeline of a connection to this server; `nil` for plain `http`.
    func handler(for address: ServerAddress) throws -> (any ChannelHandler)? {
        guard address.isSecure else { return nil }
        guard let context else {
            throw APIClientError.notReachable(
                "https needs the file of the authority that signed the server's certificate")
        }
        return try context.get().makeClientHandler(host: address.host)
    }
}
