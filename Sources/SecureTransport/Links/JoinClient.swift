public import Cluster
import NIOCore
public import NIOPosix
public import Primitives
import Synchronization

/// Asks a node of a cluster to take this one in: one connection, one question, one answer.
public struct JoinClient: Sendable {
    /// For connecting, the handshake, and the answer, each.
    private static let patience = Span.seconds(10)

    private let tls: TLSContext
    private let group: MultiThreadedEventLoopGroup

    public init(tls: TLSContext, group: MultiThreadedEventLoopGroup) {
        self.tls = tls
        self.group = group
    }

    /// - Parameter node: the only one that may answer.
    /// - Returns: the answer; ``JoinAnswer/notNow(_:)`` also when the node cannot be reached or says nothing.
    public func ask(
        host: String, port: Int, expecting node: NodeID? = nil, _ request: JoinRequest, secret: String
    ) async -> JoinAnswer {
        let loop = group.next()
        let answer = loop.makePromise(of: JoinAnswer.self)
        let timeout = Self.patience
        do {
            let channel = try await ClientBootstrap(group: loop)
                .connectTimeout(.microseconds(timeout.microseconds))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = try tls.makeClientHandler(expecting: node, handshakeTimeout: timeout)
                        let asker = JoinHandler(
                            JoinFrame(request, secret: secret), answer, isStrangerFinal: node == nil)
                        try channel.pipeline.syncOperations.addHandlers([handler, asker])
                    }
                }
                .connect(host: host, port: port).get()
            let timer = loop.scheduleTask(in: .microseconds(2 * timeout.microseconds)) {
                answer.succeed(.notNow("no answer came in time"))
            }
            let result = try await answer.futureResult.get()
            timer.cancel()
            channel.close(promise: nil)
            return result
        } catch {
            // Nobody waits for it any more.
            answer.succeed(.notNow("\(error)"))
            return .notNow("\(error)")
        }
    }
}

/// Sends the question and takes the answer.
private final class JoinHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let frame: JoinFrame
    private let answer: EventLoopPromise<JoinAnswer>
    /// Whether a node of another authority or cluster is an answer. It is none where a certain node was to be asked: another
    /// one may be on its address.
    private let isStrangerFinal: Bool
    private var decoder = FrameDecoder()

    init(_ frame: JoinFrame, _ answer: EventLoopPromise<JoinAnswer>, isStrangerFinal: Bool) {
        self.frame = frame
        self.answer = answer
        self.isStrangerFinal = isStrangerFinal
    }

    func channelActive(context: ChannelHandlerContext) {
        var writer = ByteWriter()
        Frame(.join, payload: frame.encoded).encode(into: &writer)
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: writer.bytes)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unwrapInboundIn(data).withUnsafeReadableBytes { decoder.append($0) }
        do {
            guard let first = try decoder.next() else { return }
            switch first.type {
            case .joinAnswer: answer.succeed(try JoinAnswer(decoding: first.payload))
            case .refusal:
                let text = LinkHandler.text(of: first)
                let isFinal = [RefusalReason.wrongName, .wrongCluster].contains { text.hasPrefix("\($0.rawValue):") }
                answer.succeed(isFinal ? .refused(text) : .notNow(text))
            default: answer.succeed(.notNow("a \(first.type) instead of an answer"))
            }
        } catch {
            answer.succeed(.notNow("the answer cannot be read: \(error)"))
        }
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Another cluster or authority stays what it is.
        switch error as? TLSError {
        case .wrongIdentity, .untrustedCertificate, .expiredCertificate:
            answer.succeed(isStrangerFinal ? .refused("\(error)") : .notNow("\(error)"))
        default: answer.succeed(.notNow("\(error)"))
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.succeed(.notNow("the connection was closed without an answer"))
    }
}
