import Cluster
import NIOCore
import NIOPosix
import Primitives
import SecureTransport

/// A node that has more to say behind each welcome, and writes both at once.
struct HastyServer: Sendable {
    private final class Greeter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let node: NodeID
        private let behind: [UInt8]
        private var decoder = FrameDecoder()

        init(_ node: NodeID, behind: [UInt8]) {
            self.node = node
            self.behind = behind
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            decoder.append(unwrapInboundIn(data).readableBytesView)
            while let frame = try? decoder.next() {
                guard frame.type == .hello, let theirs = try? Hello(decoding: frame.payload) else { continue }
                let ours = Hello(
                    cluster: theirs.cluster, node: node, linkClass: theirs.linkClass, incarnation: 1,
                    methodTable: theirs.methodTable, shardCount: theirs.shardCount)
                let bytes = Frame(.welcome, payload: ours.encoded).bytes + behind
                context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
            }
        }
    }

    let port: Int
    private let channel: any Channel

    static func start(_ node: NodeID, tls: TLSContext, behind: [UInt8]) async throws -> HastyServer {
        let channel = try await ServerBootstrap(group: TestNode.loops[0])
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try tls.makeServerHandler()
                    let greeter = Greeter(node, behind: behind)
                    try channel.pipeline.syncOperations.addHandlers([handler, greeter])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return HastyServer(port: channel.localAddress?.port ?? 0, channel: channel)
    }

    /// Takes no new connection; those that there are end with their peers.
    func stop() async throws { try await channel.close() }
}
