import Cluster
import NIOCore
import NIOPosix
import Primitives
import SecureTransport
import Synchronization

/// A connection that says whatever a test wants, and remembers what it hears.
final class RawClient: Sendable {
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let client: RawClient
        init(_ client: RawClient) { self.client = client }

        func channelActive(context: ChannelHandlerContext) { client.state.withLock { $0.isActive = true } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            client.state.withLock { $0.received += bytes }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            client.state.withLock { $0.errors.append("\(error)") }
        }
    }

    private struct State {
        var isActive = false
        var received: [UInt8] = []
        var errors: [String] = []
    }

    private let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)

    var isActive: Bool { state.withLock { $0.isActive } }
    var received: [UInt8] { state.withLock { $0.received } }
    var errors: [String] { state.withLock { $0.errors } }
    var isClosed: Bool { channel.withLock { !($0?.isActive ?? false) } }

    /// - Parameter tls: makes the TLS handler; nil for plain text.
    static func connect(
        port: Int, tls: (@Sendable () throws -> TLSHandler)?, first: (any ChannelHandler & Sendable)? = nil
    ) async throws -> RawClient {
        let client = RawClient()
        let channel = try await ClientBootstrap(group: TestNode.loops[0])
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let first { try channel.pipeline.syncOperations.addHandler(first) }
                    if let tls { try channel.pipeline.syncOperations.addHandler(try tls()) }
                    try channel.pipeline.syncOperations.addHandler(Collector(client))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        client.channel.withLock { $0 = channel }
        return client
    }

    func send(_ bytes: [UInt8]) {
        guard let channel = channel.withLock({ $0 }) else { return }
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    func trigger(_ event: some Sendable) { channel.withLock { $0 }?.triggerUserOutboundEvent(event, promise: nil) }

    func close() { channel.withLock { $0 }?.close(promise: nil) }
}

extension Frame {
    var bytes: [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes
    }
}
