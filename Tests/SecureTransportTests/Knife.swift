import NIOCore

/// Stands below TLS and closes the socket without TLS's notice.
final class Knife: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    struct Cut: Sendable {}
}

extension Knife: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if event is Cut { return context.close(promise: promise) }
        context.triggerUserOutboundEvent(event, promise: promise)
    }
}

extension RawClient {
    /// Ends the connection as a lost peer would; needs a ``Knife`` as first handler.
    func cut() { trigger(Knife.Cut()) }
}
