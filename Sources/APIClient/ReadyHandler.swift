import NIOCore

/// Completes a promise when the connection, TLS included, may carry data, or when it turned out that it never will.
final class ReadyHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    private let ready: EventLoopPromise<Void>

    init(ready: EventLoopPromise<Void>) {
        self.ready = ready
    }

    func channelActive(context: ChannelHandlerContext) {
        ready.succeed()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        ready.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ready.fail(error)
        context.fireErrorCaught(error)
    }
}
