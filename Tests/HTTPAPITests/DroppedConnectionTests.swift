import HTTPAPI
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import SecureTransport
import Testing

/// Connections that are set up in the moment in which the server stops listening.
@Suite struct DroppedConnectionTests {
    @Test(.timeLimit(.minutes(1))) func `a connection that the server drops is served to its end`() async throws {
        let authority = try TestAuthority()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let plain = HTTP1Channel { _, writer, _ in try await writer.writeResponse(.init(status: .noContent)) }
        let drain = ConnectionDrain()
        let secure = SecureChannel(base: plain, context: try authority.serverContext())
        let drained = DrainedChannel(base: secure, drain: drain)
        // As the server's listener: what set-up returns is forgotten, and the handshake comes after that.
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { drained.setup(channel: $0, logger: logger).map { _ in } }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let client = TestClient(port: port, authorityFile: authority.authorityFile)
        #expect(try await client.send("GET", "/").status == 204)
        try await listener.close()
    }
}
