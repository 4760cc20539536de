import Cluster
import HTTPAPI
import NodeIO
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import SecureTransport
import Synchronization
import Testing

/// How a server stops: what it does before, and connections that are set up in the moment in which it stops listening.
@Suite struct DroppedConnectionTests {
    @Test(.timeLimit(.minutes(1))) func `a server to which nobody is connected ends after what is to be done before`()
        async throws
    {
        let isDone = Mutex(false)
        try await TestServer.run(beforeClosing: {
            // The hand-over of what the node leads takes its time.
            do { try await Task.sleep(for: .milliseconds(300)) } catch { return }
            isDone.withLock { $0 = true }
        }) { _ in }
        #expect(isDone.withLock { $0 })
    }

    @Test(.timeLimit(.minutes(1))) func `a connection that the server drops is served to its end`() async throws {
        let authority = try TestAuthority()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let plain = HTTP1Channel { _, writer, _ in try await writer.writeResponse(.init(status: .noContent)) }
        let drain = ConnectionDrain()
        let secure = SecureChannel(base: plain, context: try authority.serverContext())
        let drained = DrainedChannel(base: secure, drain: drain) { CallerExecutor(loop: NIOEntityLoop($0)) }
        // As the server's listener: what set-up returns is forgotten, and the handshake comes after that.
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { drained.setup(channel: $0, logger: logger).map { _ in } }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let client = TestClient(port: port, authorityFile: authority.authorityFile)
        #expect(try await client.send("GET", "/").status == 204)
        #expect(await drain.empties(within: .seconds(30)), "it is closed after its answer")
        let idle = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
        while await drain.empties(within: .zero) { try await Task.sleep(for: .milliseconds(5)) }
        #expect(await !drain.empties(within: .milliseconds(200)), "a client that does not leave is waited for")
        drain.release()
        #expect(await drain.empties(within: .seconds(30)), "and sent away")
        try await idle.closeFuture.get()
        try await listener.close()
    }
}
